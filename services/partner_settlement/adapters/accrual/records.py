"""The single records behind sums, in journal order, however many there are.

They lie by home day. The days are read side by side, a page of each at a time, and merged: a day
holds one record in memory until its turn comes, so memory is flat over any number of days and records.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select, tuple_
from sqlmodel import Session

from services.common.kernel.clock import Instant
from services.partner_settlement.adapters.accrual.days import date_of, day_number
from services.partner_settlement.adapters.accrual.products import products_by_id
from services.partner_settlement.adapters.tables.accrual import AccrualTable, RecordTable
from services.partner_settlement.domain.changes import Place
from services.partner_settlement.domain.records import Product, SettlementRecord

_RECORD = RecordTable.metadata.tables["settlement_record"]
_SUMS = AccrualTable.metadata.tables["accrual"]

_PLACE = tuple_(_RECORD.c.partition, _RECORD.c.sequence, _RECORD.c.entry, _RECORD.c.event)
_AFTER = tuple_(*(bindparam(f"after_{name}") for name in ("partition", "sequence", "entry", "event")))
_PAGE = (
    select(_RECORD)
    .where(
        _RECORD.c.home_day == bindparam("home_day_of"),
        _PLACE > _AFTER,
        _RECORD.c.epoch > bindparam("after_epoch"),
        _RECORD.c.epoch <= bindparam("up_to_epoch"),
    )
    .order_by(_RECORD.c.partition, _RECORD.c.sequence, _RECORD.c.entry, _RECORD.c.event)
    .limit(bindparam("page_size"))
)
_OF_PRODUCTS = _PAGE.where(_RECORD.c.product_id.in_(bindparam("products", expanding=True)))

BEFORE_ALL: Place = (-1, -1, -1, -1)
_LARGEST_PAGE = 1_000
_MOST_IN_QUERY = 500


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which records; `products` by id."""

    products: dict[int, Product]
    filtered: bool
    after_epoch: int
    up_to_epoch: int


def records_of(
    session: Session,
    first_day: date,
    end_day: date,
    up_to_epoch: int,
    products: Iterable[Product] | None = None,
    after_epoch: int = 0,
    after: Place = BEFORE_ALL,
) -> Iterator[SettlementRecord]:
    """Records at home from `first_day` up to and without `end_day`, in the order of their places.

    Of epochs above `after_epoch`, up to and with `up_to_epoch`; of some products, or of all (None). For
    a reader that must not hold its transaction open: take some, and go on in another one `after` the
    place of the last. What an ended epoch holds does not change, so the parts fit together.
    """
    days, in_use = _days_and_products(session, first_day, end_day, up_to_epoch, after_epoch)
    wanted = _Wanted(in_use, products is not None, after_epoch, up_to_epoch)
    if products is not None:
        chosen = frozenset(products)
        of_these = {key: product for key, product in in_use.items() if product in chosen}
        wanted = _Wanted(of_these, len(of_these) < len(in_use), after_epoch, up_to_epoch)
    if not wanted.products:
        return
    yield from heapq.merge(
        *(_of_day(session, day, wanted, after) for day in days), key=lambda record: record.place
    )


def _days_and_products(
    session: Session, first_day: date, end_day: date, up_to_epoch: int, after_epoch: int
) -> tuple[Sequence[int], dict[int, Product]]:
    """The days that have anything, and every product that occurs, out of the sums."""
    statement = (
        select(_SUMS.c.home_day, _SUMS.c.product_id)
        .where(
            _SUMS.c.home_day >= day_number(first_day),
            _SUMS.c.home_day < day_number(end_day),
            _SUMS.c.epoch > after_epoch,
            _SUMS.c.epoch <= up_to_epoch,
        )
        .distinct()
    )
    days: set[int] = set()
    ids: set[int] = set()
    for day, product_id in session.connection().execute(statement):
        days.add(day)
        ids.add(product_id)
    return sorted(days), dict(products_by_id(session, ids))


def _of_day(session: Session, day: int, wanted: _Wanted, after: Place) -> Iterator[SettlementRecord]:
    """One day's records. Pages grow, since most days are looked at once before their turn comes."""
    home, size = date_of(day), 1
    # Very many products are sorted out here, for a query cannot name them all.
    narrow = wanted.filtered and len(wanted.products) <= _MOST_IN_QUERY
    while True:
        values: dict[str, Any] = {
            "home_day_of": day,
            "after_partition": after[0],
            "after_sequence": after[1],
            "after_entry": after[2],
            "after_event": after[3],
            "after_epoch": wanted.after_epoch,
            "up_to_epoch": wanted.up_to_epoch,
            "page_size": size,
        }
        if narrow:
            values["products"] = sorted(wanted.products)
        rows = session.connection().execute(_OF_PRODUCTS if narrow else _PAGE, values).all()
        for row in rows:
            product = wanted.products.get(row.product_id)
            if product is not None:
                yield _record(row, home, product)
        if len(rows) < size:
            return
        after = (rows[-1].partition, rows[-1].sequence, rows[-1].entry, rows[-1].event)
        size = min(size * 8, _LARGEST_PAGE)


def _record(row: Any, home: date, product: Product) -> SettlementRecord:
    return SettlementRecord(
        record_id=row.record_id,
        place=(row.partition, row.sequence, row.entry, row.event),
        home=home,
        product=product,
        quantity=row.quantity,
        gross_minor_micros=row.gross,
        tax_minor_micros=row.tax,
        account_id=row.account_id,
        subscriber_id=row.subscriber_id,
        occurred_at=Instant(row.occurred_at),
        refers_to=row.refers_to,
    )
