"""Delivering on a real database, as the service does it, by a clock that the test turns."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlmodel import Session, col, select

from services.common.runtime.database import Database
from services.common.runtime.database_engine import SQLITE, open_engine
from services.notification.adapters.channels.addresses import AddressReader
from services.notification.adapters.channels.webhook import new_secret
from services.notification.adapters.delivery.planning import DeliveryPlanner, new_id
from services.notification.adapters.delivery.sql_deliveries import SqlDeliveries
from services.notification.adapters.delivery.sql_endpoints import SqlEndpoints
from services.notification.adapters.delivery.sql_log import SqlDeliveryLog
from services.notification.adapters.delivery.sql_preferences import SqlPreferences
from services.notification.adapters.migrations.parts.delivery import create_tables
from services.notification.adapters.tables.delivery import AttemptTable, DeliveryTable
from services.notification.application.delivery.breakers import Breakers
from services.notification.application.delivery.caps import Caps
from services.notification.application.delivery.dispatching import Dispatcher
from services.notification.application.delivery.ports import ChannelPort, Taken
from services.notification.application.delivery.registering import EndpointBook
from services.notification.application.delivery.sending import Sender, SendingPorts
from services.notification.application.delivery.wishing import PreferenceKeeper
from services.notification.application.delivery_ports import DeliveryShown
from services.notification.domain.channels import Endpoint, Outgoing, SendOutcome, Sent
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import Channel, Draft
from services.notification.domain.rules import AlertRules
from tests.support.notification_delivery import ANNA, FakeDirectory, FixedRules, alert_rules, entry
from tests.support.notification_delivery_clock import ManualAlarm
from tests.support.waiting import ended, eventually

OVER = ("delivered", "failed", "dropped")


def open_with_tables(url: str) -> Database:
    """A database with the tables of delivering; those that are there stay."""
    engine = open_engine(url, 4)
    with engine.begin() as connection:
        if not engine.dialect.has_table(connection, "delivery"):
            create_tables(Operations(MigrationContext.configure(connection)))
    return Database(engine, 1 if engine.dialect.name == SQLITE else 4)


class Recorded:
    """A channel that remembers and answers by a script; then it takes everything."""

    def __init__(self, *script: SendOutcome) -> None:
        self.got: list[tuple[str, Outgoing]] = []
        self.script = list(script)

    @property
    def ids(self) -> list[str]:
        """Of messages, in the order in which they came."""
        return [outgoing.message_id for _, outgoing in self.got]

    async def send(self, endpoint: Endpoint, outgoing: Outgoing) -> SendOutcome:
        """Takes it."""
        self.got.append((endpoint.endpoint_id, outgoing))
        return self.script.pop(0) if self.script else Sent()


class DeliveryWorld:
    """Everything that delivers, built anew by `start` as after a restart."""

    def __init__(
        self, url: str, channels: Mapping[Channel, ChannelPort], rules: AlertRules | None = None
    ) -> None:
        self.database = open_with_tables(url)
        self.alarm = ManualAlarm()
        self.directory = FakeDirectory()
        self.rules = FixedRules(rules or alert_rules())
        self.channels = channels
        self.failures: list[str] = []
        rows = SqlPreferences(self.database)
        self.preferences = PreferenceKeeper(rows, self.rules, self.alarm)
        self.endpoint_rows = SqlEndpoints(self.database)
        self.endpoints = EndpointBook(
            self.endpoint_rows, AddressReader(allow_private=True), self.alarm, new_id, new_secret
        )
        self.log = SqlDeliveryLog(self.database)
        self.planner = DeliveryPlanner(frozenset(channels))
        self._task: asyncio.Task[None] | None = None
        self.start()

    def start(self) -> None:
        """A new dispatcher, which remembers nothing."""
        deliveries = SqlDeliveries(self.database, frozenset(self.channels))
        chance = random.Random(6)
        self.breakers = breakers = Breakers()
        ports = SendingPorts(
            deliveries,
            self.channels,
            self.rules,
            self.directory,
            self.alarm,
            lambda: chance.randrange(1000),
            self._failed,
        )
        sender = Sender(ports, Caps(deliveries), breakers)
        self.deliveries = deliveries
        self.dispatcher = Dispatcher(deliveries, sender, breakers, self.alarm, self._failed)
        self._task = asyncio.create_task(self.dispatcher.run())

    async def stop(self) -> None:
        """The dispatcher ends; what it was sending is cut off."""
        if self._task is not None:
            await ended(self._task)
            self._task = None

    async def close(self) -> None:
        """Ends everything."""
        await self.stop()
        await self.database.close()

    async def tell(self, *drafts: Draft, recipient: Recipient | None = None) -> list[str]:
        """New inbox entries; gives the ids of their notifications."""
        entries = [entry(draft, self.alarm.now(), recipient) for draft in drafts]
        await self.database.run(lambda session: self.planner.plan(session, entries, self.rules))
        self.dispatcher.wake()
        return [notification.notification_id for notification, _ in entries]

    async def at_rest(self) -> None:
        """Returns once nothing is under way, and nothing is due that could be."""

        async def rests() -> bool:
            now = self.alarm.now()
            broken = Taken((), self.breakers.open_hosts(now), ())
            due = await self.deliveries.due(now, broken, 1)
            return not due and self.dispatcher.under_way == 0

        await eventually(rests)

    async def over(self, count: int) -> None:
        """Returns once so many deliveries are over."""

        async def are_over() -> bool:
            return sum(row.state in OVER for row in await self.rows()) >= count

        await eventually(are_over, 20)

    async def rows(self) -> Sequence[DeliveryTable]:
        """All deliveries, oldest first."""

        def look(session: Session) -> Sequence[DeliveryTable]:
            return session.exec(select(DeliveryTable).order_by(col(DeliveryTable.id))).all()

        return await self.database.run(look)

    async def states(self) -> Counter[str]:
        """How many deliveries stand where."""
        return Counter(f"{row.state} {row.reason}".strip() for row in await self.rows())

    async def attempts(self) -> Sequence[AttemptTable]:
        """All attempts, oldest first."""

        def look(session: Session) -> Sequence[AttemptTable]:
            return session.exec(select(AttemptTable).order_by(col(AttemptTable.id))).all()

        return await self.database.run(look)

    async def shown(self, recipient: Recipient = ANNA) -> Sequence[DeliveryShown]:
        """The delivery log."""
        return await self.log.of(recipient)

    async def turn_until_over(self, count: int, step: int, most_steps: int = 400) -> None:
        """Lets time pass in steps until so many deliveries are over."""
        for _ in range(most_steps):
            await self.at_rest()
            if sum(row.state in OVER for row in await self.rows()) >= count:
                return
            self.alarm.turn(step)
        raise AssertionError(f"not over: {await self.states()}")

    def _failed(self, what: str, error: Exception) -> None:
        self.failures.append(f"{what}: {error!r}")


@asynccontextmanager
async def delivery_world(
    url: str, channels: Mapping[Channel, ChannelPort], rules: AlertRules | None = None
) -> AsyncIterator[DeliveryWorld]:
    """A world that is closed at the end, in which nothing may break unseen."""
    world = DeliveryWorld(url, channels, rules)
    try:
        yield world
        assert world.failures == []
    finally:
        await world.close()
