"""The input of a run: read by product, record by record in parts, and known by its digest."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from services.common.kernel.clock import Instant
from services.common.runtime.database import Database
from services.common.runtime.follower import JournalFollower
from services.common.runtime.following_batches import InBatches
from services.partner_settlement.adapters.accrual.epochs import freeze_input, frozen_input, watermarks
from services.partner_settlement.adapters.accrual.following import accrual_follower, fault_of
from services.partner_settlement.adapters.accrual.input import has_input, homes_since
from services.partner_settlement.adapters.accrual.journal import JournalAccrual
from services.partner_settlement.adapters.accrual.records import BEFORE_ALL, records_of
from services.partner_settlement.adapters.accrual.store import append_local_record
from services.partner_settlement.domain.accrual import OWN_RECORDS, Watermark, input_digest
from services.partner_settlement.domain.changes import Place
from services.partner_settlement.domain.records import InputRow, Product, SettlementRecord
from tests.support.accruing_process import journal_of
from tests.support.settlement_accrual import EARLIEST, EVER, LATEST, all_records, open_settlement
from tests.support.settlement_journal import ZONE, JournalBook
from tests.support.waiting import ended, eventually

BOOK = journal_of(seed=5, records=120)
DATA = Product("usage", "usage", "data", "data", 1, 101, "", "", "", "", "octets", "EUR")
FIRST, SECOND = Watermark(0, 7, bytes(32)), Watermark(1, 9, bytes(31) + b"1")


def follower(database: Database, book: JournalBook = BOOK) -> JournalFollower:
    return accrual_follower(database, None, book, JournalAccrual(ZONE))


@pytest.fixture
def database() -> Iterator[Database]:
    database = open_settlement()
    asyncio.run(follower(database).catch_up(0))
    yield database
    asyncio.run(database.close())


def test_records_are_read_by_product_in_journal_order(database: Database) -> None:
    products = sorted({record.product for record in BOOK.expected})
    for wanted in (products[:1], products[2:5], products, []):
        found = database.run_sync(partial(_of_products, wanted=wanted))
        assert found == [record for record in BOOK.expected if record.product in wanted]
    unknown = replace(products[0], offering_code="never sold")
    assert not database.run_sync(lambda s: list(records_of(s, EARLIEST, LATEST, EVER, [unknown])))


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_records_read_in_parts_are_the_same(database: Database, size: int) -> None:
    first, end = BOOK.expected[0].home, BOOK.expected[-1].home
    whole = [record for record in BOOK.expected if first <= record.home < end]
    read: list[SettlementRecord] = []
    after = BEFORE_ALL
    while part := database.run_sync(partial(_part, first=first, end=end, after=after, size=size)):
        read += part
        after = part[-1].place
    assert read == whole


def _of_products(session: Session, wanted: list[Product]) -> list[SettlementRecord]:
    return list(records_of(session, EARLIEST, LATEST, EVER, wanted))


def _part(session: Session, first: date, end: date, after: Place, size: int) -> list[SettlementRecord]:
    records = records_of(session, first, end, EVER, after=after)
    return [record for record, _ in zip(records, range(size), strict=False)]


def test_what_comes_after_an_epoch_is_told_by_its_days(database: Database) -> None:
    frozen = database.run_sync(partial(freeze_input, now=Instant(5)))
    homes = sorted({record.home for record in BOOK.expected})
    assert database.run_sync(lambda s: homes_since(s, 0, frozen.epoch)) == homes
    assert database.run_sync(lambda s: homes_since(s, frozen.epoch, EVER)) == []
    day, next_day = homes[0], homes[0] + timedelta(days=1)
    assert database.run_sync(lambda s: has_input(s, day, next_day, 0))
    assert not database.run_sync(lambda s: has_input(s, day, next_day, frozen.epoch))
    own = replace(BOOK.expected[0], record_id="v-1")
    database.run_sync(lambda s: append_local_record(s, own))
    assert database.run_sync(lambda s: has_input(s, day, next_day, frozen.epoch))
    assert database.run_sync(lambda s: homes_since(s, frozen.epoch, EVER)) == [day]
    with pytest.raises(LookupError, match="not over"):
        database.run_sync(lambda s: frozen_input(s, frozen.epoch + 1))


def test_own_records_have_places_and_a_chain_of_their_own(database: Database) -> None:
    own = replace(BOOK.expected[0], record_id="v-1")
    first = database.run_sync(lambda s: append_local_record(s, own))
    before = database.run_sync(watermarks)[-1]
    second = database.run_sync(lambda s: append_local_record(s, replace(own, record_id="v-2")))
    after = database.run_sync(watermarks)[-1]
    assert [first.place, second.place] == [(OWN_RECORDS, 1, 0, 0), (OWN_RECORDS, 2, 0, 0)]
    assert (before.partition, before.sequence, after.sequence) == (OWN_RECORDS, 1, 2)
    assert before.journal_hash != after.journal_hash
    assert database.run_sync(all_records)[-2:] == [first, second]


def test_a_journal_that_begins_anew_is_refused_rather_than_counted_again(database: Database) -> None:
    """Another journal of the same partition: its charges have ids that are stored already."""
    again = JournalFollower("other", database, None, BOOK, InBatches(JournalAccrual(ZONE).apply))
    with pytest.raises(IntegrityError):
        asyncio.run(again.catch_up(0))
    assert database.run_sync(all_records) == BOOK.expected


async def test_what_holds_a_partition_is_told_and_the_records_before_it_are_in() -> None:
    database, book = open_settlement(), journal_of(seed=6, records=20)
    poisoned = replace(book.rows[11], payload=b"\xff\xff")
    good, book.rows[11] = book.rows[11], poisoned
    held = accrual_follower(database, None, book, JournalAccrual(ZONE), look_seconds=0.02)
    task = asyncio.create_task(held.run())
    await eventually(lambda: "partition 0 after record 11: DecodeError" in fault_of(held))
    book.rows[11] = good
    await eventually(lambda: held.status()[0].sequence == 20)
    await eventually(lambda: not fault_of(held))
    await ended(task)
    assert await database.run(all_records) == book.expected
    await database.close()


ROWS = st.lists(
    st.builds(
        InputRow,
        st.builds(lambda code, unit: replace(DATA, offering_code=code, unit=unit), st.text(), st.text()),
        st.integers(0, 9),
        st.integers(),
        st.integers(),
        st.integers(),
    ),
    unique_by=lambda row: row.product,
    max_size=5,
)


@given(ROWS.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))))
def test_the_digest_of_an_input_knows_no_order(orders: tuple[list[InputRow], list[InputRow]]) -> None:
    rows, shuffled = orders
    digest = input_digest("2026-11", [FIRST, SECOND], rows)
    assert digest == input_digest("2026-11", [SECOND, FIRST], shuffled)


def test_the_digest_of_an_input_tells_every_difference() -> None:
    row = InputRow(DATA, 1, 2, 3, 4)
    inputs = [
        ("2026-11", [FIRST], [row]),
        ("2026-12", [FIRST], [row]),
        ("2026-11", [FIRST, SECOND], [row]),
        ("2026-11", [replace(FIRST, journal_hash=bytes(31) + b"2")], [row]),
        ("2026-11", [replace(FIRST, sequence=8)], [row]),
        ("2026-11", [FIRST], []),
        ("2026-11", [FIRST], [replace(row, records=9)]),
        ("2026-11", [FIRST], [replace(row, quantity=9)]),
        ("2026-11", [FIRST], [replace(row, gross_minor_micros=9)]),
        ("2026-11", [FIRST], [replace(row, tax_minor_micros=9)]),
        ("2026-11", [FIRST], [replace(row, product=replace(DATA, offering_code="datad", price_code="ata"))]),
    ]
    assert len({input_digest(*of) for of in inputs}) == len(inputs)
