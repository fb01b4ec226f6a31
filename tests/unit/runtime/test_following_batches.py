"""A follower that applies records together stores what one would that applies them one by one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from services.common.runtime.database import Database
from services.common.runtime.follower import JournalFollower
from services.common.runtime.following import FollowedRecord
from services.common.runtime.following_batches import InBatches
from services.common.runtime.journal_source import SourceUnavailableError
from tests.support.journal_source import JournalInMemory, record
from tests.support.runtime_store import Effect, effects, open_store

LENGTH = 30


class Applied:
    """Applies batches, remembers their sizes, and refuses one record while told to."""

    def __init__(self, refuses: int = 0) -> None:
        self.sizes: list[int] = []
        self.refuses = refuses

    def __call__(self, session: Session, records: Sequence[FollowedRecord]) -> None:
        for followed in records:
            if followed.sequence == self.refuses:
                raise RuntimeError("this record cannot be booked")
            session.add(Effect(partition=followed.partition, sequence=followed.sequence))
        self.sizes.append(len(records))


def follower(store: Database, journal: object, apply: InBatches) -> JournalFollower:
    return JournalFollower("test", store, None, journal, apply)  # type: ignore[arg-type]


def up_to(head: int) -> list[tuple[int, int]]:
    return [(0, sequence) for sequence in range(1, head + 1)]


@settings(max_examples=60, deadline=None)
@given(
    arrivals=st.lists(st.integers(1, LENGTH), max_size=20),
    records=st.integers(1, LENGTH + 1),
    octets=st.integers(1, 200),
)
def test_whatever_the_batches_each_effect_is_stored_once_and_in_order(
    arrivals: list[int], records: int, octets: int
) -> None:
    async def story() -> list[tuple[int, int]]:
        store = open_store("sqlite://")
        following = follower(store, JournalInMemory(head=LENGTH), InBatches(Applied(), records, octets))
        for sequence in arrivals:
            await following.receive(record(sequence))
        await following.catch_up(0)
        stored = await store.run(effects)
        await store.close()
        return list(stored)

    assert asyncio.run(story()) == up_to(LENGTH)


@pytest.mark.parametrize(
    ("limits", "sizes"),
    [((12, 1_000_000), [12, 12, 6]), ((1_000, 1), [1] * LENGTH), ((1_000, 1_000_000), [LENGTH])],
)
async def test_a_batch_ends_with_its_records_or_its_octets(limits: tuple[int, int], sizes: list[int]) -> None:
    store, applied = open_store("sqlite://"), Applied()
    await follower(store, JournalInMemory(head=LENGTH), InBatches(applied, *limits)).catch_up(0)
    assert applied.sizes == sizes
    await store.close()


async def test_what_lies_before_a_record_that_cannot_be_applied_is_stored() -> None:
    store, applied = open_store("sqlite://"), Applied(refuses=18)
    following = follower(store, JournalInMemory(head=LENGTH), InBatches(applied, 12))
    with pytest.raises(RuntimeError, match="cannot be booked"):
        await following.catch_up(0)
    assert await store.run(effects) == up_to(17)
    applied.refuses = 0
    assert await following.catch_up(0) == LENGTH
    assert await store.run(effects) == up_to(LENGTH)
    await store.close()


async def test_a_batch_that_fails_once_is_made_good_record_by_record() -> None:
    class Hiccup(Applied):
        def __call__(self, session: Session, records: Sequence[FollowedRecord]) -> None:
            if len(records) > 1:
                raise RuntimeError("together they are too many")
            super().__call__(session, records)

    store = open_store("sqlite://")
    assert await follower(store, JournalInMemory(head=5), InBatches(Hiccup())).catch_up(0) == 5
    assert await store.run(effects) == up_to(5)
    await store.close()


async def test_a_source_that_breaks_off_early_again_and_again_is_followed_all_the_same() -> None:
    class BreaksOff(JournalInMemory):
        async def read(self, partition: int, after_sequence: int) -> AsyncGenerator[FollowedRecord, None]:
            count = 0
            async for followed in super().read(partition, after_sequence):
                if count == 3:
                    raise SourceUnavailableError("DEADLINE_EXCEEDED: too slow")
                count += 1
                yield followed

    store = open_store("sqlite://")
    following = follower(store, BreaksOff(head=8), InBatches(Applied()))
    for head in (3, 6):
        with pytest.raises(SourceUnavailableError):
            await following.catch_up(0)
        assert await store.run(effects) == up_to(head)
    assert await following.catch_up(0) == 8
    await store.close()
