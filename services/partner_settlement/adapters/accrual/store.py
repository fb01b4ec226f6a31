"""Stores records and adds them to their sums, many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, replace
from functools import cache

from sqlalchemy import text
from sqlmodel import Session

from services.partner_settlement.adapters.accrual.days import day_number
from services.partner_settlement.adapters.accrual.epochs import lock_accrual, set_watermark, watermarks
from services.partner_settlement.adapters.accrual.products import ProductIds
from services.partner_settlement.domain.accrual import OWN_RECORDS, Watermark, own_hash
from services.partner_settlement.domain.records import SettlementRecord

_COLUMNS = (
    *("home_day", "partition", "sequence", "entry", "event", "epoch", "product_id"),
    *("record_id", "refers_to", "quantity", "gross", "tax"),
    *("account_id", "subscriber_id", "occurred_at"),
)
_MARKS = {"qmark": "?", "pyformat": "%s"}
_ADD_UP = text(
    "INSERT INTO accrual (home_day, epoch, product_id, records, quantity, gross, tax)"
    " VALUES (:home_day, :epoch, :product_id, :records, :quantity, :gross, :tax)"
    " ON CONFLICT (home_day, epoch, product_id) DO UPDATE SET"
    " records = accrual.records + excluded.records, quantity = accrual.quantity + excluded.quantity,"
    " gross = accrual.gross + excluded.gross, tax = accrual.tax + excluded.tax"
)


def store_records(
    session: Session, products: ProductIds, epoch: int, records: Sequence[SettlementRecord]
) -> None:
    """Adds records to the epoch whose lock the transaction holds.

    Raises IntegrityError where one of that id or place is stored already.
    """
    if not records:
        return
    ids = products.ids(session, {record.product for record in records})
    sums: dict[tuple[int, int], list[int]] = {}
    rows = []
    for record in records:
        product_id = ids[record.product]
        home_day = day_number(record.home)
        quantity, gross, tax = record.quantity, record.gross_minor_micros, record.tax_minor_micros
        partition, sequence, entry, event = record.place
        rows.append(
            (
                *(home_day, partition, sequence, entry, event, epoch, product_id),
                *(record.record_id, record.refers_to, quantity, gross, tax),
                *(record.account_id, record.subscriber_id, record.occurred_at),
            )
        )
        added = sums.get((home_day, product_id))
        if added is None:
            sums[home_day, product_id] = [1, quantity, gross, tax]
        else:
            added[0] += 1
            added[1] += quantity
            added[2] += gross
            added[3] += tax
    connection = session.connection()
    # Straight to the driver: SQLAlchemy's own way of many rows costs as much as all the rest of this.
    connection.exec_driver_sql(_insert(connection.dialect.paramstyle), rows)
    _add_up(session, epoch, sums)


def append_local_record(session: Session, record: SettlementRecord) -> SettlementRecord:
    """Adds a record of this service's own, a redeemed voucher say, in the transaction of its effect.

    Its place is given here, in the partition of own records, which has a chain of hashes as charging's
    partitions have. Takes the lock of accrual. Returns the record as stored; raises IntegrityError where
    one of that id is stored already.
    """
    epoch = lock_accrual(session)
    last = next((mark for mark in watermarks(session) if mark.partition == OWN_RECORDS), None)
    sequence = last.sequence + 1 if last else 1
    stored = replace(record, place=(OWN_RECORDS, sequence, 0, 0))
    store_records(session, ProductIds(), epoch, [stored])
    chained = own_hash(last.journal_hash if last else b"", _fields(stored))
    set_watermark(session, Watermark(OWN_RECORDS, sequence, chained))
    return stored


@cache
def _insert(paramstyle: str) -> str:
    marks = ", ".join([_MARKS[paramstyle]] * len(_COLUMNS))
    return f"INSERT INTO settlement_record ({', '.join(_COLUMNS)}) VALUES ({marks})"  # noqa: S608 - no input


def _add_up(session: Session, epoch: int, sums: dict[tuple[int, int], list[int]]) -> None:
    session.connection().execute(
        _ADD_UP,
        [
            {
                "home_day": home_day,
                "epoch": epoch,
                "product_id": product_id,
                "records": records,
                "quantity": quantity,
                "gross": gross,
                "tax": tax,
            }
            for (home_day, product_id), (records, quantity, gross, tax) in sorted(sums.items())
        ],
    )


def _fields(record: SettlementRecord) -> Sequence[str | int]:
    return (
        record.record_id,
        record.refers_to,
        *record.place,
        record.home.isoformat(),
        *astuple(record.product),
        record.quantity,
        record.gross_minor_micros,
        record.tax_minor_micros,
        record.account_id,
        record.subscriber_id,
        record.occurred_at,
    )
