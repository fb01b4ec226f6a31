"""The mirror on both databases: in any portions the same; bills are sums of lines; facts know their cause."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from services.common.kernel.clock import DAY, HOUR, MINUTE, Instant
from services.common.runtime.database import Database
from services.notification.adapters.mirror.following import Lag
from services.notification.adapters.mirror.journal import Mirror
from services.notification.adapters.tools.sql_proposals import SqlSuspensions
from services.notification.application.ports import Bill, ChargeLine, UsageSlice
from services.notification.domain.customers import Bucket, Customer, Present
from services.notification.domain.facts import FactKind, Recipient, Units
from services.notification.domain.mirror.calendar import month_of
from tests.support import notification_mirror as journal
from tests.support.notification_mirror import BEGIN, EURO, MirrorBook, euro
from tests.support.notification_mirror_books import books
from tests.support.notification_mirror_world import MirrorWorld, emptied, open_mirror_database
from tests.support.postgres import new_postgres_database
from tests.support.waiting import ended, eventually

ANNA = Recipient(subscriber_id="anna", account_id="home")
BERT = Recipient(subscriber_id="bert", account_id="home")
SOMEHOW = settings(deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """An empty one of either kind."""
    opened = open_mirror_database("sqlite://" if request.param == "sqlite" else new_postgres_database())
    yield opened
    await opened.close()


def family(world: MirrorWorld) -> MirrorBook:
    """Anna and Bert share an account with ten euro and a gigabyte."""
    world.book.record(
        journal.account(),
        journal.joined(segment="gold"),
        journal.joined("bert", time_zone="Asia/Tokyo"),
        journal.money(10 * EURO),
        journal.bucket("data", 1_000, ends=BEGIN + 30 * DAY, offering_code="go"),
    )
    return world.book


async def in_any_portions(database: Database, book: MirrorBook, data: st.DataObject) -> None:
    """Followed in portions, some again, with restarts and a small memory; and all in one go."""
    await database.run(emptied)
    at_once = MirrorWorld(database, book)
    await at_once.follow()
    wanted, facts = await at_once.stored(), at_once.intake.facts
    await database.run(emptied)
    world = MirrorWorld(database, book, at_hand=data.draw(st.integers(1, 3)))
    intake, position = world.intake, 0
    while position < len(book.rows):
        begin = data.draw(st.integers(max(0, position - 3), position))
        end = data.draw(st.integers(position + 1, len(book.rows)))
        await world.follower.receive_all(book.rows[begin:end])
        position = end
        if data.draw(st.integers(0, 3)) == 0:
            world = MirrorWorld(database, book, data.draw(st.integers(1, 3)), intake)
    assert await world.stored() == wanted
    assert intake.facts == facts
    bills_are_sums(wanted)


def bills_are_sums(stored: dict[str, list[Any]]) -> None:
    """Month totals are the sums of the lines booked in them."""
    zones = {row[0]: row[4] for row in stored["mirrored_account"]}
    homes = {row[0]: row[1] for row in stored["mirrored_subscriber"]}
    sums: dict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for subscriber_id, _, booked_at, _, _, paid in stored["charge_line"]:
        if paid:
            home = homes[subscriber_id]
            key = (home, month_of(booked_at, zones[home]))
            sums[key] = (sums[key][0] + paid, sums[key][1] + 1)
    assert {(row[0], row[1]): (row[2], row[3]) for row in stored["month_total"]} == sums


@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 25), ("postgresql", 4)])
def test_in_any_portions_it_comes_to_the_same(kind: str, examples: int) -> None:
    database = open_mirror_database("sqlite://" if kind == "sqlite" else new_postgres_database())

    @settings(SOMEHOW, max_examples=examples)
    @given(books(), st.data())
    def somehow(book: MirrorBook, data: st.DataObject) -> None:
        asyncio.run(in_any_portions(database, book, data))

    somehow()
    asyncio.run(database.close())


async def test_what_another_process_has_followed_is_seen(database: Database) -> None:
    here = MirrorWorld(database)
    family(here)
    await here.follow()
    there = MirrorWorld(database, here.book)
    there.book.record(journal.moved("data", 500), journal.bucket("more", 5))
    await there.follow()
    here.book.record(journal.crossed("more", 80, 1), journal.moved("data", 400))
    await here.follow()
    assert [fact.about for fact in here.intake.facts] == ["more", "more"]
    assert await here.directory.balances("home") == await MirrorWorld(database).directory.balances("home")


async def test_what_is_applied_twice_has_the_same_causes(database: Database) -> None:
    world = MirrorWorld(database)
    book = family(world)
    book.record(
        journal.crossed("data", 80, 200),
        journal.refused(),
        journal.moved("home/money", 30 * EURO, reason="TOPPED_UP", delta=20 * EURO),
        journal.subscribed("plus"),
    )

    def facts() -> set[tuple[str, str]]:
        mirror = Mirror(world.hand, world.rules, lambda *_: None)
        with database.engine.begin() as connection, Session(connection) as session:
            return {(each.recipient.key, each.cause_id) for each in mirror.apply(session, book.rows)}

    first = await asyncio.to_thread(facts)
    assert len(first) == 2 + 1 + 2 + 1
    assert await asyncio.to_thread(facts) == first


async def test_a_customer_its_balances_and_what_is_so_now(database: Database) -> None:
    world = MirrorWorld(database)
    family(world)
    world.book.record(
        journal.bucket("own", 50, subscriber_ids=["bert"]),
        journal.bucket("gone", 5),
        journal.closed("gone"),
        journal.moved("data", 400),
        journal.counted("roaming", 77),
        journal.counted("all", 99, owner_id="home"),
        journal.described(barred=True),
        journal.session_opened("eu"),
        at=BEGIN + HOUR,
    )
    for directory in (world.directory, MirrorWorld(database).directory):
        if directory is world.directory:
            await world.follow()
        assert await directory.customer("anna") == Customer(
            *("anna", "home", "EUR", "Europe/Berlin", "gold", "", 0, "eu", True, frozenset({"go"})),
        )
        assert await directory.customer("nobody") is None
        assert await directory.account_of("bert") == "home"
        assert await directory.account_of("nobody") is None
        assert list(await directory.subscribers_of("home")) == ["anna", "bert"]
        assert list(await directory.subscribers_of("nowhere")) == []
        balances = await directory.balances("home")
        assert balances is not None
        assert (balances.feature_seq, balances.at) == (2, BEGIN + HOUR)
        data = Bucket(
            *("data", "home", "data pass", False, "octets", 400, 1_000, Instant(BEGIN + 30 * DAY), "go"),
        )
        held = {each.bucket_id: each for each in balances.buckets}
        assert held.keys() == {"data", "own", "home/money"}
        assert held["data"] == data
        assert await directory.balances("nowhere") is None
        assert await directory.present(ANNA) == Present(
            euro(10 * EURO),
            {"data": data, "home/money": held["home/money"]},
            {"roaming/2026-11": 77, "all/2026-11": 99},
            frozenset(),
            {"data": Units(400, "octets")},
        )
        assert await directory.present(Recipient(operator=True)) == Present()
        assert await directory.present(Recipient(subscriber_id="nobody")) == Present()


async def test_streams_hear_of_balances_after_the_commit(database: Database) -> None:
    world = MirrorWorld(database)
    family(world)
    await world.follow()
    world.hub.balances.clear()
    world.book.record(journal.used(), journal.moved("data", 900))
    world.book.record(journal.used(paid=0), journal.moved("data", 800), journal.crossed("data", 80, 200))
    await world.follow()
    (balances,) = world.hub.balances
    assert balances == await world.directory.balances("home")
    assert balances.feature_seq == 3
    assert world.hub.keys == ["subscriber-anna", "subscriber-bert"]
    # What moved no bucket tells nobody anything.
    world.book.record(journal.used())
    await world.follow()
    assert len(world.hub.balances) == 1


async def test_what_the_intake_cannot_take_is_not_mirrored_either(database: Database) -> None:
    world = MirrorWorld(database)
    family(world)
    await world.follow()
    world.book.record(journal.moved("data", 100), journal.crossed("data", 80, 100))
    world.intake.fails = True
    with pytest.raises(RuntimeError):
        await world.follow()
    balances = await world.directory.balances("home")
    assert balances is not None
    assert balances.feature_seq == 1
    world.intake.fails = False
    await world.follow()
    assert [fact.values["left"] for fact in world.intake.facts] == [Units(100, "octets")] * 2


async def test_lines_usage_and_bills(database: Database) -> None:
    world = MirrorWorld(database)
    family(world)
    at = Instant(BEGIN + HOUR)
    world.book.record(
        journal.used(500, EURO, at=at - 10 * MINUTE, charge_id="c-1"),
        journal.used(300, at=at, charge_id="c-2"),
        journal.used(3, EURO, "bert", at=at - MINUTE, charge_id="c-3", concurrency="sessions"),
        at=at,
    )
    world.book.record(journal.fee(2 * EURO), journal.refunded(EURO), journal.corrected(-5), at=at + 1)
    await world.follow()
    ask = world.directory
    lines = await ask.charges("home")
    assert [line.charge_id for line in lines] == ["k", "r", "f", "c-2", "c-3", "c-1"]
    assert [line.charge_id for line in await ask.charges("home", "anna", before=at, limit=1)] == ["c-1"]
    assert [line.charge_id for line in await ask.charges("home", limit=2)] == ["k", "r"]
    assert list(await ask.charges("away", "anna")) == []
    assert lines[-1] == ChargeLine(
        *("c-1", "anna", Instant(at - 10 * MINUTE), "usage", "go", 10, "home", "octets", 500, euro(EURO))
    )
    assert [(line.kind, line.amount.minor_micros) for line in lines[:3]] == [
        *(("correction", -5), ("refund", -EURO), ("fee", 2 * EURO)),
    ]
    assert await ask.bills("home") == [Bill("home", "2026-11", euro(3 * EURO - 5), 5, False)]
    since = Instant(at - 15 * MINUTE)
    assert await ask.usage("anna", since, 10) == [
        UsageSlice(since, 10, "octets", 500, euro(EURO)),
        UsageSlice(Instant(since + 10 * MINUTE), 10, "octets", 300, euro(0)),
    ]
    assert [each.units for each in await ask.usage("bert", since, 60)] == [0]
    with pytest.raises(ValueError, match="no length"):
        await ask.usage("anna", since, 0)


async def test_a_day_that_costs_many_times_the_usual_is_told_once(database: Database) -> None:
    world = MirrorWorld(database)
    family(world)
    for day in range(8):
        world.book.record(journal.used(paid=EURO), at=BEGIN + day * DAY)
        world.book.record(journal.fee(30 * EURO), at=BEGIN + day * DAY + HOUR)
    await world.follow()
    assert world.intake.of(FactKind.UNUSUAL_USAGE) == []
    for minute in range(10):
        world.book.record(journal.used(paid=EURO), at=BEGIN + 8 * DAY + minute * MINUTE)
        await world.follow()
    (fact,) = world.intake.of(FactKind.UNUSUAL_USAGE)
    assert fact.values == {"spent": euro(5 * EURO), "usual": euro(EURO), "factor": 3, "day": "2026-12-03"}
    assert (fact.cause_id, fact.recipient) == ("unusual-anna-2026-12-03", ANNA)


async def test_it_is_behind_while_it_goes_through_what_was_long_ago_or_is_stuck(database: Database) -> None:
    world = MirrorWorld(database)
    lag = Lag(world.follower, world.hand, world.clock)
    assert not lag()
    family(world)
    await world.follow()
    assert lag()
    assert not lag(), "the journal is quiet"
    world.book.record(journal.used(), at=world.clock.now() - MINUTE)
    await world.follow()
    assert not lag()
    world.book.record(journal.used(), at=BEGIN)
    await world.follow()
    assert lag()
    world.intake.fails = True
    world.book.record(journal.crossed("data", 80, 1), at=world.clock.now())
    running = asyncio.create_task(world.follower.run())
    await eventually(lambda: bool(world.follower.status()[0].fault))
    assert lag()
    await ended(running)


@pytest.mark.parametrize(
    ("happened", "is_kept"),
    [
        ((True, "assistant"), True),
        ((True, "assistant", True, ""), True),
        ((True, "kim"), False),
        ((True, "assistant", True, "kim"), False),
        ((True, "assistant", False, ""), False),
    ],
    ids=["by its holder", "a new profile", "by staff", "by both", "freed by nobody named"],
)
async def test_whom_staff_barred_or_freed_no_longer_has_a_line_of_ones_own_to_resume(
    database: Database, happened: tuple[bool | str, ...], is_kept: bool
) -> None:
    world = MirrorWorld(database)
    family(world)
    await world.follow()
    suspensions = SqlSuspensions(database)
    await suspensions.put("anna", Instant(BEGIN + HOUR))
    await suspensions.put("bert", Instant(BEGIN + 3 * HOUR))
    steps = list(zip(happened[::2], happened[1::2], strict=True))
    for subscriber_id in ("anna", "bert"):
        events = [journal.described(subscriber_id, barred=bool(b), actor=str(actor)) for b, actor in steps]
        world.book.record(*events, at=BEGIN + 2 * HOUR)
    await world.follow()
    assert (await suspensions.since("anna") is not None) is is_kept
    assert await suspensions.since("bert") is not None, "what was before it does not end a suspension"
