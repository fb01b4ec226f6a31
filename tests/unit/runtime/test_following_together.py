"""Records that arrive together are stored together, once each and in order, and told afterwards."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from services.common.runtime.database import Database
from services.common.runtime.follower import JournalFollower
from services.common.runtime.following import FollowedRecord
from services.common.runtime.following_batches import InBatches, run_after
from services.common.runtime.journal_source import SourceUnavailableError
from tests.support.journal_source import JournalInMemory, record
from tests.support.runtime_store import Effect, effects, open_store

LENGTH = 20


class Applying:
    """Applies batches, remembers the size of each transaction, and refuses one record while told to."""

    def __init__(self, refuses: int = 0) -> None:
        self.sizes: list[int] = []
        self.refuses = refuses

    def __call__(self, session: Session, records: Sequence[FollowedRecord]) -> None:
        for followed in records:
            if followed.sequence == self.refuses:
                raise RuntimeError("this record cannot be booked")
            session.add(Effect(partition=followed.partition, sequence=followed.sequence))
        self.sizes.append(len(records))


@pytest.fixture
async def store() -> AsyncIterator[Database]:
    database = open_store("sqlite://")
    yield database
    await database.close()


def records(*sequences: int) -> list[FollowedRecord]:
    return [record(sequence) for sequence in sequences]


def up_to(head: int) -> list[tuple[int, int]]:
    return [(0, sequence) for sequence in range(1, head + 1)]


def test_what_follows_the_position_without_a_gap_is_applied_next() -> None:
    unbounded = InBatches(Applying())
    assert run_after(2, records(3, 4, 6), unbounded) == records(3, 4)
    assert run_after(2, records(4, 1, 3, 4, 2), unbounded) == records(3, 4)
    assert run_after(2, records(1, 2), unbounded) == []
    assert run_after(2, records(4, 5), unbounded) == []
    assert run_after(2, [], unbounded) == []


def test_a_run_ends_with_the_records_or_the_octets_of_a_batch() -> None:
    assert run_after(0, records(1, 2, 3), InBatches(Applying(), records=2)) == records(1, 2)
    assert run_after(0, records(1, 2, 3), InBatches(Applying(), octets=1)) == records(1)


async def test_many_that_arrived_together_are_one_transaction(store: Database) -> None:
    applying, journal = Applying(), JournalInMemory()
    follower = JournalFollower("f", store, None, journal, InBatches(applying))
    await follower.receive_all(records(*range(1, 201)))
    assert applying.sizes == [200]
    assert await store.run(effects) == up_to(200)
    assert journal.reads == []


async def test_what_is_too_much_for_one_batch_is_several(store: Database) -> None:
    applying = Applying()
    follower = JournalFollower("f", store, None, JournalInMemory(), InBatches(applying, records=80))
    await follower.receive_all(records(*range(1, 201)))
    assert applying.sizes == [80, 80, 40]
    assert await store.run(effects) == up_to(200)


async def test_before_a_record_that_cannot_be_applied_all_is_stored_and_nothing_after(
    store: Database,
) -> None:
    applying = Applying(refuses=4)
    follower = JournalFollower("f", store, None, JournalInMemory(head=6), InBatches(applying))
    for _ in range(2):
        with pytest.raises(RuntimeError, match="cannot be booked"):
            await follower.receive_all(records(*range(1, 7)))
        assert await store.run(effects) == up_to(3)
    applying.refuses = 0
    await follower.receive_all(records(*range(1, 7)))
    assert await store.run(effects) == up_to(6)
    assert follower.status()[0].sequence == 6


async def test_twice_in_one_batch_is_applied_once_and_disorder_is_put_right(store: Database) -> None:
    applying, journal = Applying(), JournalInMemory()
    follower = JournalFollower("f", store, None, journal, InBatches(applying))
    await follower.receive_all(records(2, 1, 1, 3, 2))
    await follower.receive_all(records(3, 2, 4, 4))
    assert applying.sizes == [3, 1]
    assert await store.run(effects) == up_to(4)
    assert journal.reads == [], "nothing was missing"


async def test_a_gap_inside_a_batch_is_filled_from_the_journal(store: Database) -> None:
    applying, journal = Applying(), JournalInMemory(head=6)
    follower = JournalFollower("f", store, None, journal, InBatches(applying))
    await follower.receive_all(records(1, 2, 5, 7))
    assert await store.run(effects) == up_to(7)
    assert journal.reads == [2], "asked once, after what could be applied without it"
    assert applying.sizes == [2, 4, 1]


async def test_a_gap_that_cannot_be_filled_holds_only_what_lies_beyond_it(store: Database) -> None:
    journal = JournalInMemory(head=4)
    journal.away = True
    follower = JournalFollower("f", store, None, journal, InBatches(Applying()))
    with pytest.raises(SourceUnavailableError):
        await follower.receive_all(records(1, 2, 4))
    assert await store.run(effects) == up_to(2)
    journal.away = False
    await follower.receive_all(records(1, 2, 4))
    assert await store.run(effects) == up_to(4)


@settings(max_examples=60, deadline=None)
@given(
    arrivals=st.lists(st.lists(st.integers(1, LENGTH), min_size=1, max_size=12), max_size=8),
    bound=st.integers(1, LENGTH),
    crashes=st.sets(st.integers(0, 8), max_size=3),
)
def test_whatever_arrives_together_each_is_stored_and_told_once_and_in_order(
    arrivals: list[list[int]], bound: int, crashes: set[int]
) -> None:
    """A crash is a new follower that knows only what the database has."""

    async def story() -> tuple[list[tuple[int, int]], list[int]]:
        store, told = open_store("sqlite://"), list[int]()

        def follower() -> JournalFollower:
            return JournalFollower(
                "f",
                store,
                None,
                JournalInMemory(head=LENGTH),
                InBatches(Applying(), bound),
                after=lambda applied: told.extend(followed.sequence for followed in applied),
            )

        living = follower()
        for index, sequences in enumerate(arrivals):
            if index in crashes:
                living = follower()
            await living.receive_all(records(*sequences))
        await living.catch_up(0)
        stored = await store.run(effects)
        await store.close()
        return list(stored), told

    stored, told = asyncio.run(story())
    assert stored == up_to(LENGTH)
    assert told == list(range(1, LENGTH + 1))


async def test_after_each_commit_what_was_applied_is_told_on_the_event_loop(store: Database) -> None:
    told: list[list[int]] = []

    def after(applied: Sequence[FollowedRecord]) -> None:
        assert threading.current_thread() is threading.main_thread()
        told.append([followed.sequence for followed in applied])

    journal = JournalInMemory(head=9)
    batches = InBatches(Applying(), records=3)
    follower = JournalFollower("f", store, None, journal, batches, after=after)
    await follower.receive_all(records(1, 2))
    await follower.receive_all(records(1, 2))
    await follower.catch_up(0)
    assert told == [[1, 2], [3, 4, 5], [6, 7, 8], [9]]


async def test_what_another_process_applied_is_not_told(store: Database) -> None:
    told: list[int] = []

    def follower() -> JournalFollower:
        return JournalFollower(
            "f",
            store,
            None,
            JournalInMemory(),
            InBatches(Applying()),
            after=lambda applied: told.extend(followed.sequence for followed in applied),
        )

    one, other = follower(), follower()
    await other.receive(record(1))
    await one.receive_all(records(1, 2, 3))
    told.clear()
    await other.receive_all(records(2, 3, 4))
    assert told == [4]
    assert await store.run(effects) == up_to(4)


async def test_nothing_is_told_of_what_was_not_committed(store: Database) -> None:
    told: list[list[int]] = []
    follower = JournalFollower(
        "f",
        store,
        None,
        JournalInMemory(),
        InBatches(Applying(refuses=2)),
        after=lambda applied: told.append([followed.sequence for followed in applied]),
    )
    with pytest.raises(RuntimeError):
        await follower.receive_all(records(1, 2, 3))
    assert told == [[1]]


async def test_an_afterwards_that_fails_holds_nothing(store: Database) -> None:
    def after(applied: Sequence[FollowedRecord]) -> None:
        raise RuntimeError("nobody listens")

    follower = JournalFollower("f", store, None, JournalInMemory(), InBatches(Applying()), after=after)
    await follower.receive_all(records(1, 2))
    await follower.receive(record(3))
    assert await store.run(effects) == up_to(3)
