"""What is told by the clock: buckets that end soon, bills; and what is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.common.kernel.clock import DAY, HOUR, MINUTE, SECOND, Instant
from services.notification.application.ports import Bill
from services.notification.domain.facts import Fact, FactKind, Recipient
from tests.support import notification_mirror as journal
from tests.support.notification_mirror import BEGIN, EURO, euro
from tests.support.notification_mirror_world import MirrorWorld, alert_rules, open_mirror_database
from tests.support.postgres import new_postgres_database
from tests.support.waiting import ended, eventually

DECEMBER = Instant(1_796_083_200 * SECOND - HOUR)
"""2026-12-01T00:00 in Berlin."""


@pytest.fixture(params=["sqlite", "postgresql"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[MirrorWorld]:
    """Anna and Bert share an account."""
    database = open_mirror_database("sqlite://" if request.param == "sqlite" else new_postgres_database())
    opened = MirrorWorld(database)
    opened.book.record(journal.account(), journal.joined(), journal.joined("bert"), journal.money(10 * EURO))
    yield opened
    await opened.database.close()


async def step(world: MirrorWorld, at: int) -> list[Fact]:
    """The facts of one step of the clock at an instant."""
    world.clock.time = Instant(at)
    before = len(world.intake.facts)
    await world.ticking.step()
    return world.intake.facts[before:]


def told(facts: list[Fact]) -> list[tuple[str, str, object]]:
    return [(fact.about, fact.recipient.subscriber_id, fact.values["hours"]) for fact in facts]


async def test_each_mark_is_told_once_and_what_is_empty_or_gone_is_not(world: MirrorWorld) -> None:
    end = BEGIN + 10 * DAY
    world.book.record(
        journal.bucket("data", 1_000, ends=end, subscriber_ids=["bert"]),
        journal.bucket("empty", 0, ends=end),
        journal.bucket("gone", 5, ends=end),
        journal.bucket("later", 5, ends=end + DAY),
        journal.bucket("endless", 5),
        journal.closed("gone"),
    )
    await world.follow()
    mark = end - 72 * HOUR
    assert await step(world, mark) == []
    assert told(await step(world, mark + 2 * MINUTE)) == [("data", "bert", 72)]
    assert world.hub.keys == ["subscriber-bert"]
    assert await step(world, mark + 3 * MINUTE) == []
    assert told(await step(world, mark + DAY + 2 * MINUTE)) == [("later", "anna", 72), ("later", "bert", 72)]
    assert told(await step(world, end - DAY + 2 * MINUTE)) == [("data", "bert", 24)]
    assert await step(world, end + 9 * DAY) == []


async def test_after_a_long_silence_only_the_nearest_mark_is_told(world: MirrorWorld) -> None:
    world.book.record(journal.bucket("data", 1_000, ends=BEGIN + 10 * DAY))
    await world.follow()
    assert told(await step(world, BEGIN + 9 * DAY + 2 * MINUTE)) == [
        ("data", "anna", 24),
        ("data", "bert", 24),
    ]


async def test_a_pass_of_a_day_does_not_end_soon_when_it_is_bought(world: MirrorWorld) -> None:
    await world.follow()
    await step(world, BEGIN)
    world.book.record(journal.bucket("day", 1_000, ends=BEGIN + DAY), journal.bucket("first", 1_000))
    world.book.record(journal.started("first", BEGIN + HOUR + DAY), at=BEGIN + HOUR)
    await world.follow()
    for hour in range(26):
        assert await step(world, BEGIN + hour * HOUR) == []


async def test_what_is_prolonged_is_told_again_before_its_new_end(world: MirrorWorld) -> None:
    world.book.record(journal.bucket("data", 1_000, ends=BEGIN + 5 * DAY))
    await world.follow()
    assert len(await step(world, BEGIN + 4 * DAY + 2 * MINUTE)) == 2
    world.book.record(journal.started("data", BEGIN + 9 * DAY), at=BEGIN + 4 * DAY)
    await world.follow()
    facts = await step(world, BEGIN + 8 * DAY + 2 * MINUTE)
    assert told(facts) == [("data", "anna", 24), ("data", "bert", 24)]
    assert len({fact.cause_id for fact in world.intake.of(FactKind.EXPIRES_SOON)}) == 2


async def test_many_that_end_together_are_told_in_portions(world: MirrorWorld) -> None:
    names = [f"b-{number:04}" for number in range(1_100)]
    world.book.record(
        *(journal.bucket(name, 1, ends=BEGIN + 5 * DAY, subscriber_ids=["anna"]) for name in names)
    )
    await world.follow()
    assert [fact.about for fact in await step(world, BEGIN + 4 * DAY + 2 * MINUTE)] == names


async def test_a_month_closes_after_its_end_with_one_bill(world: MirrorWorld) -> None:
    world.book.record(journal.used(paid=EURO), journal.fee(EURO), at=DECEMBER - 1)
    world.book.record(journal.used(paid=7 * EURO, subscriber_id="bert"), at=DECEMBER)
    await world.follow()
    assert await step(world, DECEMBER + 4 * MINUTE) == []
    facts = await step(world, DECEMBER + 6 * MINUTE)
    assert [(fact.kind, fact.recipient.subscriber_id) for fact in facts] == [
        (FactKind.BILL_READY, "anna"),
        (FactKind.BILL_READY, "bert"),
    ]
    assert facts[0].at == DECEMBER, "so that nobody is told of bills of long ago"
    assert facts[0].values == {"month": "2026-11", "total": euro(2 * EURO), "charges": 2}
    assert await step(world, DECEMBER + HOUR) == []
    assert await world.directory.bills("home") == [
        Bill("home", "2026-12", euro(7 * EURO), 1, False),
        Bill("home", "2026-11", euro(2 * EURO), 2, True),
    ]


async def test_while_the_journal_is_behind_nothing_is_told(world: MirrorWorld) -> None:
    world.book.record(journal.used(paid=EURO), journal.bucket("data", 1, ends=DECEMBER + HOUR))
    await world.follow()
    world.is_behind = True
    assert await step(world, DECEMBER + 6 * MINUTE) == []
    world.is_behind = False
    kinds = [FactKind.EXPIRES_SOON, FactKind.BILL_READY]
    assert [fact.kind for fact in await step(world, DECEMBER + 6 * MINUTE)][::2] == kinds


async def test_lines_and_counters_go_when_nobody_asks_any_more(world: MirrorWorld) -> None:
    world.book.record(*(journal.used(charge_id=f"old-{number}") for number in range(2_500)))
    world.book.record(journal.counted("roaming", 5), journal.counted("ever", 5, period=""))
    world.book.record(journal.used(charge_id="new"), at=BEGIN + 2 * DAY)
    await world.follow()
    await step(world, BEGIN + 91 * DAY)
    assert [line.charge_id for line in await world.directory.charges("home", limit=5)] == ["new"]
    await step(world, BEGIN + 401 * DAY)
    present = await world.directory.present(Recipient(subscriber_id="anna"))
    assert present.counters == {"ever/": 5}


async def test_the_task_goes_on_after_a_fault(world: MirrorWorld) -> None:
    world.book.record(journal.used(paid=EURO))
    await world.follow()
    world.clock.time = Instant(DECEMBER + HOUR)
    world.intake.fails = True
    task = asyncio.create_task(world.ticking.run())
    await eventually(lambda: world.intake.tried > 1)
    world.intake.fails = False
    await eventually(lambda: len(world.intake.facts) == 2)
    await ended(task)


async def test_without_marks_months_close_all_the_same(world: MirrorWorld) -> None:
    world.rules.rules = alert_rules(hours=())
    world.book.record(journal.used(paid=EURO))
    await world.follow()
    assert len(await step(world, DECEMBER + HOUR)) == 2
