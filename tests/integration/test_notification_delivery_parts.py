"""Parts of delivering: tables, preferences, endpoints, breakers, faults of the database, pruning."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import inspect

from services.common.kernel.clock import DAY, MINUTE, SECOND, Instant
from services.common.kernel.outcome import RefusedError
from services.common.runtime.system_clock import SystemClock
from services.notification.adapters.delivery.sql_preferences import SqlPreferences
from services.notification.adapters.delivery.system_alarm import SystemAlarm
from services.notification.adapters.tables.base import NotificationTable
from services.notification.application.delivery.ports import Lane
from services.notification.domain.channels import Endpoint, Outgoing, SendOutcome, Sent, TryLater
from services.notification.domain.delivery.pacing import BREAKS_AFTER
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import Category, Channel
from services.notification.domain.preferences import Preferences, Wish
from tests.support.notification_delivery import ANNA, draft, topped_up
from tests.support.notification_delivery_clock import NOON
from tests.support.notification_delivery_world import Recorded, delivery_world, open_with_tables
from tests.support.postgres import new_postgres_database
from tests.support.waiting import ended, eventually

HOOK = Channel.WEBHOOK
TABLES = ("endpoint", "preferences", "told", "delivery", "delivery_lane", "delivery_attempt")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind."""
    return "sqlite://" if request.param == "sqlite" else new_postgres_database()


async def test_the_migration_makes_the_tables_that_the_classes_describe(url: str) -> None:
    database = open_with_tables(url)
    found = inspect(database.engine)
    for name in TABLES:
        described = {
            (column.name, column.nullable) for column in NotificationTable.metadata.tables[name].columns
        }
        assert {(column["name"], column["nullable"]) for column in found.get_columns(name)} == described
    await database.close()


async def test_preferences_are_kept_and_languages_known(url: str) -> None:
    database = open_with_tables(url)
    rows = SqlPreferences(database)
    wishes = (Wish(Category.SERVICE, False, "bill-ready", Channel.SMS), Wish(Category.MARKETING, True))
    whole = Preferences("de", "Europe/Vienna", 1320, 420, wishes, True, "web form", NOON)
    assert await rows.get("s-1") is None
    await rows.put("s-1", Preferences(language="fr"))
    await rows.put("s-1", whole)
    await rows.put("s-2", Preferences())
    assert await rows.get("s-1") == whole
    asked = ["s-1", "s-2", "s-3", *(f"x-{number}" for number in range(600))]
    assert await database.run(lambda session: rows.languages(session, asked)) == {"s-1": "de"}
    await database.close()


async def test_at_most_ten_endpoints_even_when_all_come_at_once(url: str) -> None:
    async with delivery_world(url, {}) as world:
        registered = [
            await world.endpoints.register(ANNA, Channel.EMAIL, f"a{number}@example.com")
            for number in range(9)
        ]
        results = await asyncio.gather(
            *(world.endpoints.register(ANNA, Channel.EMAIL, f"b{number}@example.com") for number in range(4)),
            *(world.endpoints.register(ANNA, Channel.EMAIL, "a0@example.com") for _ in range(3)),
            return_exceptions=True,
        )
        assert sum(isinstance(one, RefusedError) for one in results) == 3
        assert results[-1] == registered[0]
        assert len(await world.endpoints.of(ANNA)) == 10
        await world.endpoints.remove(registered[3].endpoint.endpoint_id)
        await world.endpoints.register(ANNA, Channel.EMAIL, "c@example.com")
        with pytest.raises(RefusedError, match="TOO_MANY_ENDPOINTS"):
            await world.endpoints.register(ANNA, Channel.EMAIL, "a3@example.com")


class _DownFor:
    """Down for one host, until it is told otherwise."""

    def __init__(self, host: str) -> None:
        self._host = host
        self.is_down = True
        self.asked = 0

    async def send(self, endpoint: Endpoint, outgoing: Outgoing) -> SendOutcome:
        """Takes what is not for the host."""
        if self._host not in endpoint.address:
            return Sent()
        self.asked += 1
        await asyncio.sleep(0)
        return TryLater("down") if self.is_down else Sent()


async def test_a_host_that_is_down_is_left_alone_whoever_is_behind_it() -> None:
    channel = _DownFor("down.example")
    async with delivery_world("sqlite://", {HOOK: channel}) as world:
        people = [Recipient(f"s-{number}", "acme-1") for number in range(40)]
        for whom in people:
            await world.endpoints.register(whom, HOOK, f"https://down.example/{whom.subscriber_id}")
        await world.tell(*(draft(topped_up("c-1", whom), HOOK) for whom in people))
        await world.at_rest()
        assert BREAKS_AFTER <= channel.asked < 2 * 8
        for _ in range(10):
            asked = channel.asked
            world.alarm.turn(MINUTE)
            await world.at_rest()
            assert channel.asked <= asked + 1, "one to find out"
        await world.endpoints.register(ANNA, HOOK, "https://up.example/")
        await world.tell(draft(topped_up("c-2"), HOOK))
        await world.over(1)
        channel.is_down = False
        await world.turn_until_over(41, 5 * MINUTE)
        assert await world.states() == {"delivered": 41}


async def test_a_step_that_raises_pauses_its_lane_and_is_taken_up_again() -> None:
    hook = Recorded()
    async with delivery_world("sqlite://", {HOOK: hook}) as world:
        await world.stop()
        sender, faults = world.dispatcher._sender, [RuntimeError("the database is away")]
        step = sender.step

        async def faulty(lane: Lane) -> bool:
            if faults:
                raise faults.pop()
            return await step(lane)

        sender.step = faulty  # type: ignore[method-assign]
        await world.endpoints.register(ANNA, HOOK, "https://up.example/")
        ids = await world.tell(draft(topped_up("c-1"), HOOK))
        running = asyncio.create_task(world.dispatcher.run())
        await eventually(lambda: bool(world.failures))
        assert hook.got == []
        world.alarm.turn(30 * SECOND)
        await world.over(1)
        await ended(running)
        assert hook.ids == ids
        assert len(world.failures) == 1
        world.failures.clear()


async def test_pruning_runs_by_the_clock() -> None:
    async with delivery_world("sqlite://", {HOOK: Recorded()}) as world:
        await world.endpoints.register(ANNA, HOOK, "https://up.example/")
        await world.tell(draft(topped_up("c-1"), HOOK))
        await world.over(1)
        pruning = asyncio.create_task(world.dispatcher.run_pruning())

        async def is_pruned() -> bool:
            world.alarm.turn(1 * DAY)
            return not await world.rows()

        await eventually(is_pruned)
        assert world.alarm.now() > NOON + 30 * DAY
        await ended(pruning)


async def test_the_computers_clock_wakes() -> None:
    alarm = SystemAlarm(SystemClock())
    await asyncio.wait_for(alarm.until(Instant(alarm.now() - SECOND)), 5)
    await asyncio.wait_for(alarm.until(Instant(alarm.now() + SECOND // 100)), 5)
