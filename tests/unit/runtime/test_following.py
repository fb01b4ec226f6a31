"""Whatever happens to messages on the way, each record is applied once and in order."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from services.common.runtime.follower import BrokenJournalError, JournalFollower
from services.common.runtime.following import FollowedRecord, Step, decide
from services.common.runtime.journal_source import SourceUnavailableError
from tests.support.journal_source import JournalInMemory, record
from tests.support.runtime_store import Effect, effects, open_store

LENGTH = 12


@given(st.integers(0, 2**53), st.integers(1, 2**53))
def test_only_the_next_record_is_ever_applied(position: int, sequence: int) -> None:
    step = decide(position, sequence)
    assert (step is Step.APPLY) == (sequence == position + 1)
    assert (step is Step.SKIP) == (sequence <= position)


# What the bus delivers of a journal: any part of it, in any order, any number of times.
deliveries = st.lists(st.integers(1, LENGTH), max_size=40)


@given(deliveries)
def test_deliveries_lost_doubled_and_reordered_end_in_order_once_each(arrivals: list[int]) -> None:
    position, applied = 0, list[int]()
    for sequence in arrivals:
        step = decide(position, sequence)
        if step is Step.FETCH_GAP:
            applied += range(position + 1, sequence)
            position = sequence - 1
            step = decide(position, sequence)
        if step is Step.APPLY:
            applied.append(sequence)
            position = sequence
    assert applied == list(range(1, max(arrivals, default=0) + 1))


@settings(max_examples=40, deadline=None)
@given(arrivals=deliveries, crashes=st.sets(st.integers(0, 40), max_size=4))
def test_the_follower_itself_stores_each_effect_once_and_in_order(
    arrivals: list[int], crashes: set[int]
) -> None:
    """A crash is a new follower that knows only what the database has."""

    async def story() -> list[tuple[int, int]]:
        store = open_store("sqlite://")
        journal = JournalInMemory(head=LENGTH)

        def follower() -> JournalFollower:
            return JournalFollower("test", store, None, journal, apply)

        living = follower()
        for index, sequence in enumerate(arrivals):
            if index in crashes:
                living = follower()
            await living.receive(record(sequence))
        await living.catch_up(0)
        stored = await store.run(effects)
        await store.close()
        return list(stored)

    assert asyncio.run(story()) == [(0, sequence) for sequence in range(1, LENGTH + 1)]


def apply(session: Session, followed: FollowedRecord) -> None:
    session.add(Effect(partition=followed.partition, sequence=followed.sequence))


async def test_a_gap_that_cannot_be_filled_applies_nothing_beyond_it() -> None:
    store = open_store("sqlite://")
    journal = JournalInMemory(head=3)
    journal.away = True
    follower = JournalFollower("test", store, None, journal, apply)
    await follower.receive(record(1))
    with pytest.raises(SourceUnavailableError):
        await follower.receive(record(3))
    assert await store.run(effects) == [(0, 1)]
    journal.away = False
    await follower.receive(record(3))
    assert await store.run(effects) == [(0, 1), (0, 2), (0, 3)]
    await store.close()


async def test_a_journal_that_leaves_a_record_out_is_not_believed() -> None:
    store = open_store("sqlite://")
    journal = JournalInMemory(head=5)
    journal.leaves_out = 3
    follower = JournalFollower("test", store, None, journal, apply)
    with pytest.raises(BrokenJournalError, match="gave 4 where 3"):
        await follower.receive(record(5))
    assert all(sequence < 3 for _, sequence in await store.run(effects))
    await store.close()


async def test_an_effect_that_fails_moves_no_position() -> None:
    store = open_store("sqlite://")
    refuse = True

    def sometimes(session: Session, followed: FollowedRecord) -> None:
        apply(session, followed)
        session.flush()
        if refuse:
            raise RuntimeError("no")

    follower = JournalFollower("test", store, None, JournalInMemory(), sometimes)
    with pytest.raises(RuntimeError):
        await follower.receive(record(1))
    assert await store.run(effects) == []
    refuse = False
    await follower.receive(record(1))
    assert await store.run(effects) == [(0, 1)]
    await store.close()


async def test_partitions_have_positions_of_their_own() -> None:
    store = open_store("sqlite://")
    follower = JournalFollower("test", store, None, JournalInMemory(head=2), apply, partitions=(0, 1))
    await follower.receive(record(1, partition=1))
    await follower.receive(record(2, partition=0))
    assert sorted(await store.run(effects)) == [(0, 1), (0, 2), (1, 1)]
    assert [(s.partition, s.sequence, s.fault) for s in follower.status()] == [(0, 2, ""), (1, 1, "")]
    await store.close()


async def test_a_long_history_is_caught_up_whole(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/store.sqlite")
    journal = JournalInMemory(head=1050)
    follower = JournalFollower("test", store, None, journal, apply)
    assert await follower.catch_up(0) == 1050
    assert await store.run(effects) == [(0, sequence) for sequence in range(1, 1051)]
    assert await follower.catch_up(0) == 1050
    assert journal.reads == [0, 1050]
    await store.close()
