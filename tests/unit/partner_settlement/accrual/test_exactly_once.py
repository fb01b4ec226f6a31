"""However a journal arrives, the same records and sums are stored (S5: what an epoch holds is closed)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from services.common.kernel.clock import Instant
from services.common.runtime.follower import JournalFollower
from services.common.runtime.following import FollowedRecord
from services.common.runtime.following_batches import InBatches
from services.partner_settlement.adapters.accrual.epochs import freeze_input, frozen_input, watermarks
from services.partner_settlement.adapters.accrual.input import homes_since, input_rows, record_count
from services.partner_settlement.adapters.accrual.journal import JournalAccrual
from services.partner_settlement.adapters.accrual.records import records_of
from services.partner_settlement.domain.accrual import Watermark
from services.partner_settlement.domain.records import InputRow, SettlementRecord, merged
from tests.support.settlement_accrual import (
    EARLIEST,
    EVER,
    LATEST,
    all_records,
    open_settlement,
    stored_sums,
    sums_of,
    sums_of_stored_records,
)
from tests.support.settlement_journal import ZONE, Happened, JournalBook

T = TypeVar("T")

MONEY = st.integers(0, 5_000_000)
CHARGES = st.builds(
    Happened,
    st.sampled_from(["usage", "usage", "fee", "other"]),
    offering=st.integers(0, 2),
    units=st.integers(0, 10_000),
    amount=MONEY,
    tax=st.integers(0, 1_000),
    hours_ago=st.integers(-2, 30),
)
REFUNDS = st.builds(
    Happened,
    st.just("refund"),
    amount=st.sampled_from([0, 1, 500, 1000]),
    tax=st.integers(0, 9),
    of=st.integers(0, 12),
)
CORRECTIONS = st.builds(
    Happened, st.just("correction"), amount=st.integers(-900_000, 900_000), of=st.integers(0, 12)
)
ENTRIES = st.lists(CHARGES | CHARGES | REFUNDS | CORRECTIONS, max_size=4)
JOURNALS = st.lists(st.lists(ENTRIES, max_size=3), min_size=1, max_size=12)


class Interrupted(JournalAccrual):
    """Fails after its work is done, and so rolls it back, at some calls."""

    def __init__(self, fails: frozenset[int]) -> None:
        super().__init__(ZONE)
        self._fails = fails
        self._calls = 0

    def apply(self, session: Session, followed: Sequence[FollowedRecord]) -> None:
        super().apply(session, followed)
        self._calls += 1
        if self._calls in self._fails:
            raise ConnectionError("the commit did not come back")


def written(journal: list[list[list[Happened]]]) -> JournalBook:
    book = JournalBook()
    for entries in journal:
        book.record(entries)
    return book


@settings(max_examples=60, deadline=None)
@given(
    journal=JOURNALS,
    arrivals=st.lists(st.integers(0, 11), max_size=16),
    fails=st.frozensets(st.integers(1, 12), max_size=4),
    restarts=st.sets(st.integers(0, 15), max_size=3),
    batch=st.integers(1, 13),
)
def test_batches_doubles_reordering_restarts_and_rollbacks_change_nothing(
    journal: list[list[list[Happened]]],
    arrivals: list[int],
    fails: frozenset[int],
    restarts: set[int],
    batch: int,
) -> None:
    book = written(journal)

    async def story() -> None:
        database = open_settlement()
        accrual = Interrupted(fails)
        follower = JournalFollower("settlement", database, None, book, InBatches(accrual.apply, batch))
        for index, arrival in enumerate(arrivals):
            if index in restarts:
                accrual = Interrupted(frozenset())
                follower = JournalFollower(
                    "settlement", database, None, book, InBatches(accrual.apply, batch)
                )
            await tried_again(follower.receive, book.rows[arrival % len(book.rows)])
        await tried_again(follower.catch_up, 0)
        last = book.rows[-1]
        assert await database.run(all_records) == book.expected
        assert await database.run(stored_sums) == sums_of(book.expected)
        assert await database.run(watermarks) == (Watermark(0, last.sequence, last.hash),)
        assert await database.run(record_count) == len(book.expected)
        await database.close()

    asyncio.run(story())


async def tried_again(call: Callable[[T], Awaitable[object]], argument: T) -> None:
    """As the follower's own loop does until it works."""
    for _ in range(20):
        try:
            await call(argument)
        except ConnectionError:
            continue
        return
    raise AssertionError("it never worked")


@settings(max_examples=40, deadline=None)
@given(journal=JOURNALS, cuts=st.sets(st.integers(0, 12), max_size=4))
def test_sums_are_those_of_the_records_in_every_epoch(
    journal: list[list[list[Happened]]], cuts: set[int]
) -> None:
    book = written(journal)
    database = open_settlement()
    accrual = JournalAccrual(ZONE)
    frozen = []
    for index, row in enumerate(book.rows):
        if index in cuts:
            frozen.append(database.run_sync(partial(freeze_input, now=Instant(7))))
        database.run_sync(partial(accrual.apply, followed=[row]))
    assert database.run_sync(stored_sums) == database.run_sync(sums_of_stored_records)
    assert [of.epoch for of in frozen] == list(range(1, len(frozen) + 1))
    for of in frozen:
        assert database.run_sync(partial(frozen_input, epoch=of.epoch)) == of
        seen = {mark.partition: mark.sequence for mark in of.watermarks}
        closed = [record for record in book.expected if record.place[1] <= seen.get(0, 0)]
        database.run_sync(partial(assert_input, epoch=of.epoch, closed=closed))
    asyncio.run(database.close())


def assert_input(session: Session, epoch: int, closed: list[SettlementRecord]) -> None:
    """Rows, records and home days of everything up to an epoch are those of the records in it."""
    assert list(records_of(session, EARLIEST, LATEST, epoch)) == closed
    assert input_rows(session, EARLIEST, LATEST, epoch) == rows_of(closed)
    assert homes_since(session, 0, epoch) == sorted({record.home for record in closed})
    later = [record for record in all_records(session) if record not in closed]
    assert input_rows(session, EARLIEST, LATEST, EVER, after_epoch=epoch) == rows_of(later)
    assert list(records_of(session, EARLIEST, LATEST, EVER, after_epoch=epoch)) == later
    for day in {record.home for record in closed}:
        here = [record for record in closed if record.home == day]
        assert input_rows(session, day, day + timedelta(days=1), epoch) == rows_of(here)


def rows_of(records: list[SettlementRecord]) -> list[InputRow]:
    return list(
        merged(InputRow(r.product, 1, r.quantity, r.gross_minor_micros, r.tax_minor_micros) for r in records)
    )
