"""Profiles on both databases: each record once, offline the same bytes, and what is erased stays away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.common.kernel.clock import MINUTE, SECOND
from services.common.runtime.database import Database, open_database
from services.offers.adapters.profiles.decode import decode
from services.offers.adapters.profiles.offline import OfflineFold
from services.offers.domain.customer import AllowanceState
from services.offers.domain.policies import Purpose
from services.offers.domain.profiles.fold import Stirred
from services.offers.domain.profiles.packed import packed
from services.offers.main import MIGRATIONS
from tests.support import offers_profiles as journal
from tests.support.offers_profile_world import (
    ProfileWorld,
    emptied,
    stored_buckets,
    stored_profiles,
    traces_of,
)
from tests.support.offers_profiles import BEGIN, ProfileBook, books
from tests.support.postgres import new_postgres_database


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path}/offers.sqlite" if request.param == "sqlite" else new_postgres_database()
    opened = open_database(url, MIGRATIONS)
    yield opened
    await opened.close()


def offline(book: ProfileBook) -> dict[str, tuple[str, int, bytes]]:
    """Account, feature_seq and bytes of every profile, folded without a database."""
    fold = OfflineFold()
    fold.fold(book.rows)
    return {key: (one.account_id, one.feature_seq, packed(one.profile)) for key, one in fold.profiles.items()}


async def followed_somehow(database: Database, book: ProfileBook, data: st.DataObject) -> None:
    """Follows in portions of any size, some of them again, with restarts and a small memory."""
    world = ProfileWorld(database, book, at_hand=data.draw(st.integers(1, 3)))
    position = 0
    while position < len(book.rows):
        begin = data.draw(st.integers(max(0, position - 3), position))
        end = data.draw(st.integers(position + 1, len(book.rows)))
        await world.follower.receive_all(book.rows[begin:end])
        position = end
        if data.draw(st.integers(0, 3)) == 0:
            world = ProfileWorld(database, book, at_hand=data.draw(st.integers(1, 3)))


def folds_alike(url: str, book: ProfileBook, data: st.DataObject) -> None:
    """Followed somehow into a database that is emptied for it, and at once, against the fold offline."""

    async def run() -> None:
        database = await asyncio.to_thread(open_database, url, MIGRATIONS)
        try:
            await database.run(emptied)
            await followed_somehow(database, book, data)
            assert await database.run(stored_profiles) == offline(book)
            buckets = await database.run(stored_buckets)
            await database.run(emptied)
            await ProfileWorld(database, book).follow()
            assert await database.run(stored_buckets) == buckets
        finally:
            await database.close()

    asyncio.run(run())


SOMEHOW = settings(deadline=None, suppress_health_check=list(HealthCheck))


def test_online_in_any_portions_and_offline_come_to_the_same_bytes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/offers.sqlite"

    @settings(SOMEHOW, max_examples=40)
    @given(books(), st.data())
    def in_any_portions(book: ProfileBook, data: st.DataObject) -> None:
        folds_alike(url, book, data)

    in_any_portions()


def test_on_postgresql_too() -> None:
    url = new_postgres_database()

    @settings(SOMEHOW, max_examples=10)
    @given(books(), st.data())
    def in_any_portions(book: ProfileBook, data: st.DataObject) -> None:
        folds_alike(url, book, data)

    in_any_portions()


async def test_a_customer_is_the_same_at_hand_and_from_the_database(database: Database) -> None:
    world = ProfileWorld(database)
    world.book.record(
        journal.added(segment="gold"),
        journal.money_opened("anna", 5_000_000, floor=-1_000_000),
        journal.bucket_opened("anna", "b", 1_000, rating_groups=[10]),
    )
    world.book.record(
        journal.opened("anna", "s", "home"),
        journal.bucket_moved("anna", "b", 300, 50),
        journal.used(units=700, session="s", bucket="b"),
        journal.advanced("s", "eu"),
        journal.bucket_moved("anna", "money", 4_000_000),
    )
    await world.follow()
    view = await world.view()
    assert view == await ProfileWorld(database).view()
    assert view is not None
    assert (view.feature_seq, view.account_id, view.zone, view.roaming) == (
        *(2, journal.account_of("anna")),
        *("eu", True),
    )
    assert view.usage["data"].units == (700,) * 5
    assert view.allowances["data"] == AllowanceState(300, 1_000)
    assert (view.money_minor_micros, view.currency_code) == (5_000_000, "EUR")
    assert (view.segment, view.time_zone) == ("gold", "Europe/Berlin")
    assert view.offering_codes == {"go"}


async def test_a_view_moves_with_the_journal_buckets_included(database: Database) -> None:
    world = ProfileWorld(database)
    world.book.record(journal.added(), journal.bucket_opened("anna", "b", 1_000))
    world.book.record(journal.added("bert"))
    await world.follow()
    before = await world.view()
    assert before is not None
    # Bert's record is in what is at hand, though it changed nothing of Anna's.
    assert (before.feature_seq, before.allowances["data"].left) == (2, 1_000)
    world.book.record(journal.used(units=400), journal.bucket_moved("anna", "b", 600))
    await world.follow()
    after = await world.view()
    assert after is not None
    assert (after.feature_seq, after.allowances["data"].left, after.usage["data"].units[0]) == (3, 600, 400)


async def test_nobody_is_seen_before_anything_happened(database: Database) -> None:
    world = ProfileWorld(database)
    assert await world.view() is None
    assert await world.customers.consents("anna") == frozenset()
    assert await world.customers.account_of("anna") is None


async def test_a_session_is_known_by_whom_it_was_opened_for_after_a_restart_too(database: Database) -> None:
    book = ProfileBook()
    book.record(journal.opened("anna", "s", "home"))
    await ProfileWorld(database, book).follow()
    book.record(journal.advanced("s", "eu", BEGIN + 1))
    world = ProfileWorld(database, book)
    await world.follow()
    assert await _zone(world) == "eu"
    book.record(journal.closed("s"))
    book.record(journal.advanced("s", "world", BEGIN + 2))
    await world.follow()
    assert await _zone(world) == "eu"


async def _zone(world: ProfileWorld) -> str:
    view = await world.view()
    assert view is not None
    return view.zone


async def test_a_commit_whose_answer_is_lost_is_neither_forgotten_nor_folded_twice(
    database: Database,
) -> None:
    world = ProfileWorld(database)
    world.book.record(journal.used(units=1))
    await world.follow()
    second = world.book.record(journal.used(units=10))
    # Effect and position were stored; the follower never heard of it.
    await ProfileWorld(database, world.book).follow()
    third = world.book.record(journal.used(units=100))
    await world.follower.receive_all([second, third])
    view = await world.view()
    assert view is not None
    assert (view.usage["data"].units[0], view.feature_seq) == (111, 3)
    assert await database.run(stored_profiles) == offline(world.book)


async def test_what_was_rolled_back_is_not_at_hand(database: Database) -> None:
    world = ProfileWorld(database)
    world.book.record(journal.used(units=1))
    await world.follow()
    second = world.book.record(journal.used(units=10))
    with pytest.raises(RuntimeError, match="power"):
        await database.run(lambda session: _cut_off(world, session, second))
    before = await world.view()
    assert before is not None
    assert before.usage["data"].units[0] == 1
    await world.follow()
    after = await world.view()
    assert after is not None
    assert after.usage["data"].units[0] == 11


def _cut_off(world: ProfileWorld, session: object, record: object) -> None:
    world.journal.apply(session, [record])  # type: ignore[arg-type, list-item]
    raise RuntimeError("the power is gone")


async def test_a_consent_holds_as_soon_as_it_is_answered_and_for_every_process_that_starts(
    database: Database,
) -> None:
    world = ProfileWorld(database)
    world.book.record(journal.added())
    await world.follow()
    before = await world.view()
    assert before is not None
    assert before.consents == frozenset()
    await world.consent(Purpose.PERSONALISED_OFFERS, Purpose.OUTBOUND)
    after = await world.view()
    assert after is not None
    assert after.consents == {Purpose.PERSONALISED_OFFERS, Purpose.OUTBOUND}
    await world.consent(withdrawn=[Purpose.OUTBOUND], request_id="r2")
    for process in (world, ProfileWorld(database)):
        view = await process.view()
        assert view is not None
        assert view.consents == {Purpose.PERSONALISED_OFFERS}
    assert await world.consents.has("anna", Purpose.PERSONALISED_OFFERS)
    await world.consents.withdraw("anna", Purpose.PERSONALISED_OFFERS, "said so")
    assert not await world.consents.has("anna", Purpose.PERSONALISED_OFFERS)


async def test_no_view_keeps_a_consent_that_was_withdrawn_while_usage_was_folded(database: Database) -> None:
    world = ProfileWorld(database)
    world.book.record(journal.added())
    await world.follow()

    async def fold() -> None:
        for number in range(40):
            world.book.record(journal.used(units=number))
            await world.follow()

    async def change() -> None:
        for number in range(20):
            given = number % 2 == 0
            purposes = [Purpose.PERSONALISED_OFFERS]
            await world.consent(
                *(purposes if given else []),
                withdrawn=[] if given else purposes,
                request_id=f"r-{number}",
            )
            view = await world.view()
            assert view is not None
            assert (Purpose.PERSONALISED_OFFERS in view.consents) is given

    await asyncio.gather(fold(), change())


async def test_erasing_leaves_no_trace_and_what_comes_after_is_somebody_new(database: Database) -> None:
    world = ProfileWorld(database)
    world.book.record(
        journal.added("anna"),
        journal.added("bert"),
        journal.money_opened("anna", 5_000_000),
        journal.bucket_opened("anna", "anna/go/data", 1_000, subscriber_ids=["anna"]),
        journal.bucket_opened("anna", "shared", 1_000, subscriber_ids=["anna", "bert"]),
        journal.opened("anna", "s", "home"),
    )
    await world.follow()
    await world.consent(Purpose.OUTBOUND)
    world.book.record(journal.used(session="s"))
    await world.follow()
    before = await world.view()
    assert before is not None
    assert len(await world.waiting()) == 1
    assert await world.erase() == 0
    assert await world.view() is None
    assert await database.run(lambda session: traces_of(session, "anna")) == {}
    assert await database.run(lambda session: traces_of(session, before.pseudonym)) == {}
    buckets = await database.run(stored_buckets)
    assert [(row[1], row[-1]) for row in buckets] == [("money", ""), ("shared", "bert")]
    world.book.record(journal.used(units=5))
    await world.follow()
    after = await world.view()
    assert after is not None
    assert after.pseudonym != before.pseudonym
    assert (after.consents, after.usage["data"].units[0], after.offering_codes) == (
        frozenset(), 5, frozenset(),
    )  # fmt: skip
    assert after.money_minor_micros == 5_000_000


async def test_an_erasure_sent_again_forgets_nothing_of_who_came_after(database: Database) -> None:
    world = ProfileWorld(database)
    world.book.record(journal.used())
    await world.follow()
    await world.erase()
    world.book.record(journal.used(units=5))
    await world.follow()
    assert await world.erase() == 0
    assert await world.view() is not None


async def test_a_row_that_another_process_erased_is_not_written_again(database: Database) -> None:
    world, other = ProfileWorld(database), ProfileWorld(database)
    world.book.record(journal.used(units=1_000), journal.used("bert", units=1))
    await world.follow()
    await other.erase()
    world.book.record(journal.used(units=5), journal.used("bert", units=1))
    await world.follow()
    for process in (world, ProfileWorld(database)):
        anna, bert = await process.view(), await process.view("bert")
        assert anna is not None
        assert bert is not None
        assert (anna.usage["data"].units[0], bert.usage["data"].units[0]) == (5, 2)


async def test_a_row_that_was_there_before_its_first_usage_is_kept_with_its_consent(
    database: Database,
) -> None:
    world, other = ProfileWorld(database), ProfileWorld(database)
    world.book.record(journal.used("bert"))
    await world.follow()
    await other.consent(Purpose.OUTBOUND)
    world.book.record(journal.used(units=5))
    await world.follow()
    view = await world.view()
    assert view is not None
    assert view.consents == {Purpose.OUTBOUND}
    assert view.usage["data"].units[0] == 5


async def test_only_those_who_let_offers_come_unasked_wait_for_a_look_once_each(database: Database) -> None:
    world = ProfileWorld(database)
    world.book.record(journal.added("anna"), journal.added("bert"))
    await world.follow()
    await world.consent(Purpose.OUTBOUND)
    await world.consent(Purpose.PERSONALISED_OFFERS, who="bert", request_id="r2")
    world.book.record(journal.used("anna"), journal.used("bert"), at=BEGIN)
    world.book.record(journal.used("anna", bucket="b", zone="eu"), at=BEGIN + MINUTE)
    await world.follow()
    (waiting,) = await world.waiting()
    assert (waiting.subscriber_id, waiting.sequence, world.woken) == ("anna", 3, 1)
    assert waiting.kinds == Stirred.USAGE | Stirred.ALLOWANCE | Stirred.ZONE


async def test_what_happened_after_a_look_waits_on(database: Database) -> None:
    world = ProfileWorld(database)
    world.book.record(journal.added())
    await world.follow()
    await world.consent(Purpose.OUTBOUND)
    world.book.record(journal.used(), at=BEGIN + SECOND)
    await world.follow()
    looked_at = await world.waiting()
    world.book.record(journal.used(), at=BEGIN + 2 * SECOND)
    await world.follow()
    await world.forget(looked_at)
    (waiting,) = await world.waiting()
    assert waiting.sequence == 3
    await world.forget([waiting])
    assert await world.waiting() == []


async def test_a_damaged_profile_holds_the_partition_and_names_the_fault(database: Database) -> None:
    world = ProfileWorld(database)
    world.book.record(journal.used())
    await world.follow()
    await database.run(
        lambda session: session.execute(text("UPDATE subscriber SET profile = :x"), {"x": b"x"})
    )
    world.book.record(journal.used())
    with pytest.raises(ValueError, match="packed profile"):
        await ProfileWorld(database, world.book).follow()


def test_a_journal_is_folded_in_order_or_not_at_all() -> None:
    book = ProfileBook()
    rows = [book.record(journal.used()) for _ in range(2)]
    assert decode(rows, lambda _: "").happened["anna"].sequence == 2
    with pytest.raises(ValueError, match="does not follow"):
        OfflineFold().fold(rows[1:])
