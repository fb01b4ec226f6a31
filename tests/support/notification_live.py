"""Notification as it really runs, with charging, the catalog, offers and a bus: what stories act on.

Everything goes by one clock, notification's deliveries too. Its rules are the examples'; every chain of
channels ends in a webhook, so that each message can be seen to leave.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from tidemark.notification.v1 import (
    notification_api_pb2,
    notification_pb2,
    rules_api_pb2,
)

from services.common.kernel.clock import SECOND, Instant
from services.common.runtime.bus import Bus, StreamSpec
from services.common.runtime.grpc_client import connect
from services.notification import composition
from services.notification import main as notification_main
from services.notification.adapters.http.server import HttpServer
from services.notification.settings import NotificationSettings
from services.offers.settings import OffersSettings
from tests.support.live_charging import NOWHERE, Node, journal_status
from tests.support.notification_delivery_receivers import http_receiver
from tests.support.notification_example_rules import example_rules
from tests.support.notification_listeners import Hook, Telephone, token_of
from tests.support.notification_process import NotificationProcess
from tests.support.notification_talking import shipped_model
from tests.support.notification_tools_server import SECRET
from tests.support.offers_clock import TurnedClock
from tests.support.offers_customer import Customer
from tests.support.offers_live import CALL_SECONDS, WAIT_SECONDS, OffersWorld, offers_world
from tests.support.waiting import eventually

api = notification_api_pb2
WEBHOOK = api.CHANNEL_WEBHOOK
LOOK_SECONDS = 0.05
STREAMS = (
    StreamSpec("OFFERS", ("tidemark.offers.v1.>",)),
    StreamSpec("PARTNER_SETTLEMENT", ("tidemark.partner_settlement.v1.>",)),
)


def state_of(delivery: notification_api_pb2.Delivery) -> str:
    """`STATE REASON`."""
    state = api.DeliveryState.Name(delivery.state).removeprefix("DELIVERY_STATE_")
    return f"{state} {delivery.reason}".strip()


def notification_settings(folder: Path, **changed: Any) -> NotificationSettings:
    """Notification on a database in a folder, with nobody around unless told where."""
    key_file = folder / "secret"
    key_file.write_bytes(SECRET)
    shipped_model()
    settings: dict[str, Any] = {
        "database_url": f"sqlite:///{folder / 'notification.sqlite'}",
        "nats_url": f"nats://{NOWHERE}",
        "charging_address": NOWHERE,
        "catalog_address": NOWHERE,
        "offers_address": NOWHERE,
        "drain_seconds": 1,
        "token_key_file": key_file,
        "allow_private_addresses": True,
    }
    return NotificationSettings(**settings | changed)


class TurnedAlarm:
    """Waits by a story's clock, which jumps: it is looked at often. In the place of `SystemAlarm`."""

    def __init__(self, clock: TurnedClock) -> None:
        self._clock = clock

    def now(self) -> Instant:
        """The present instant."""
        return self._clock.now()

    async def until(self, at: Instant) -> None:
        """Returns soon after it is so late."""
        # A clock that is turned tells nobody.
        while self._clock.now() < at:  # noqa: ASYNC110
            await asyncio.sleep(min(LOOK_SECONDS, max(0, at - self._clock.now()) / SECOND))


class NotificationWorld:
    """The service, and those who ask it."""

    def __init__(
        self, node: Node | NotificationProcess, folder: Path, clock: TurnedClock, charging: Node
    ) -> None:
        self.node = node
        self.folder = folder
        self.clock = clock
        self.charging = charging
        self.url = ""
        """Of the HTTP port."""
        self._numbers = itertools.count(1)
        self._stack = AsyncExitStack()
        self._phones: dict[str, Telephone] = {}

    def phone(self, token: str | None = None) -> Telephone:
        """Calls with a token, by default the operator's; `""`: without one."""
        bearer = token_of() if token is None else token
        key = f"{self.node.address} {bearer}"
        if key not in self._phones:
            channel = connect(self.node.address, token=bearer)
            self._stack.push_async_callback(channel.close, None)
            self._phones[key] = Telephone(channel)
        return self._phones[key]

    async def publish_rules(self, source: rules_api_pb2.RulesSource | None = None) -> None:
        """Rules in force from now on, the example's unless given."""
        request = rules_api_pb2.PublishRulesRequest(
            request_id=f"rules-{next(self._numbers)}", source=source or example_rules()
        )
        published = await self.phone().rules.PublishRules(request, timeout=60)
        assert published.published, published.findings

    async def head(self) -> int:
        """The last record of charging's journal."""
        return int((await journal_status(self.charging.channel)).head_sequence)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of notification's database."""
        file = f"file:{self.folder / 'notification.sqlite'}?mode=ro"
        with contextlib.closing(sqlite3.connect(file, uri=True)) as connection:
            return connection.execute(query).fetchall()

    def mirrored_to(self) -> int:
        """The last record of charging's journal that was mirrored."""
        found = self.rows("SELECT sequence FROM follower_position WHERE name = 'notification'")
        return int(found[0][0]) if found else 0

    async def inbox(
        self, subscriber_id: str = "", party_code: str = "", hidden: bool = True
    ) -> Sequence[notification_pb2.Notification]:
        """All entries, oldest first."""
        request = api.ListNotificationsRequest(page_size=500, include_hidden=hidden)
        if party_code:
            request.party_code = party_code
        else:
            request.subscriber_id = subscriber_id
        return (await self.phone().inboxes.ListNotifications(request, timeout=CALL_SECONDS)).notifications

    async def knows(self, subscriber_id: str) -> None:
        """Waits until a subscriber is mirrored."""

        async def is_known() -> bool:
            try:
                await self.inbox(subscriber_id)
            except grpc.aio.AioRpcError as error:
                assert error.code() is grpc.StatusCode.NOT_FOUND, error
                return False
            return True

        await eventually(is_known, WAIT_SECONDS, f"{subscriber_id} is mirrored")

    async def told(self, subscriber_id: str, alert: str, count: int = 1) -> notification_pb2.Notification:
        """Waits for so many entries of an alert; returns the newest."""

        async def is_told() -> bool:
            entries = await self.inbox(subscriber_id)
            return sum(one.alert_code == alert for one in entries) >= count

        await eventually(is_told, WAIT_SECONDS, f"{subscriber_id} is told {alert}")
        found = [one for one in await self.inbox(subscriber_id) if one.alert_code == alert]
        assert len(found) == count, found
        return found[-1]

    async def deliveries(self, subscriber_id: str) -> dict[str, str]:
        """`STATE REASON` of the newest delivery of each alert."""
        request = api.ListDeliveriesRequest(subscriber_id=subscriber_id, page_size=500)
        answer = await self.phone().inboxes.ListDeliveries(request, timeout=CALL_SECONDS)
        return {one.alert_code: state_of(one) for one in reversed(answer.deliveries)}

    async def delivery_is(self, subscriber_id: str, alert: str, state: str) -> None:
        """Waits until the delivery of an alert has come to a state (`HELD QUIET_HOURS`)."""

        async def has() -> bool:
            return (await self.deliveries(subscriber_id)).get(alert) == state

        await eventually(has, WAIT_SECONDS, f"{alert} of {subscriber_id} is {state}")

    async def wishes(self, subscriber_id: str, **wishes: Any) -> None:
        """Sets preferences."""
        request = api.SetPreferencesRequest(
            subscriber_id=subscriber_id, preferences=api.Preferences(**wishes)
        )
        await self.phone().inboxes.SetPreferences(request, timeout=CALL_SECONDS)

    async def hook(self, subscriber_id: str = "", party_code: str = "") -> Hook:
        """A webhook of somebody on a receiver of its own."""
        receiver = await self._stack.enter_async_context(http_receiver())
        request = api.RegisterEndpointRequest(channel=WEBHOOK, address=f"{receiver.url}hook")
        if party_code:
            request.party_code = party_code
        else:
            request.subscriber_id = subscriber_id
        registered = await self.phone().inboxes.RegisterEndpoint(request, timeout=CALL_SECONDS)
        return Hook(receiver, registered.signing_secret)

    async def close(self) -> None:
        """Hangs up, and ends receivers."""
        await self._stack.aclose()


class Suite(NotificationWorld):
    """With offers and everything around it; customers are those of offers' stories."""

    def __init__(self, node: Node, world: OffersWorld, bus: Bus) -> None:
        super().__init__(node, world.folder, world.clock, world.charging)
        self.world = world
        self.bus = bus

    def token(self, customer: Customer) -> str:
        """Of the holder of the customer's account."""
        return token_of(customer.account_id)

    async def mirrored(self, customer: Customer) -> None:
        """Waits until notification knows of a customer."""
        await self.knows(customer.subscriber_id)


@asynccontextmanager
async def suite(folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Suite]:
    """Everything, at noon on a Wednesday, with prices, policies and alert rules in force."""
    key_file = folder / "secret"
    key_file.write_bytes(SECRET)
    async with offers_world(folder, patch, token_key_file=key_file) as world:
        assert isinstance(world.offers, Node)
        around = world.offers.settings
        assert isinstance(around, OffersSettings)
        world.operator = connect(world.offers.address, token=token_of())
        settings = notification_settings(
            folder,
            nats_url=around.nats_url,
            charging_address=world.charging.address,
            catalog_address=around.catalog_address,
            offers_address=world.offers.address,
        )
        bus = await Bus.open(around.nats_url, "story", STREAMS)
        try:
            async with notification(settings, world.clock, patch) as (node, http):
                live = Suite(node, world, bus)
                live.url = http[-1].url
                try:
                    await live.publish_rules()
                    yield live
                finally:
                    await live.close()
        finally:
            await bus.close()
            await world.operator.close(None)


@asynccontextmanager
async def notification(
    settings: NotificationSettings, clock: TurnedClock, patch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Node, list[HttpServer]]]:
    """The service in this event loop by a story's clock, and the HTTP hosts that it began."""
    hosts: list[HttpServer] = []

    def build_http(*parts: Any) -> HttpServer:
        hosts.append(composition.build_http(*parts))
        return hosts[-1]

    patch.setattr(notification_main, "SystemClock", lambda: clock)
    patch.setattr(notification_main, "build_http", build_http)
    patch.setattr(composition, "SystemAlarm", TurnedAlarm)
    node = Node("notification", notification_main.serve, settings)
    await node.start()
    try:
        yield node, hosts
    finally:
        await node.stop()
