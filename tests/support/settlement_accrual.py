"""What accrual has stored, read back plainly, for tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from services.common.runtime.database import Database, open_database
from services.partner_settlement.adapters.accrual.days import day_number
from services.partner_settlement.adapters.accrual.products import products_by_id
from services.partner_settlement.adapters.accrual.records import records_of
from services.partner_settlement.domain.records import SettlementRecord

MIGRATIONS = "services.partner_settlement.adapters.migrations"
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
EVER = 2**62
Sums = dict[tuple[int, int, str], tuple[int, int, int, int]]


def open_settlement(url: str = "sqlite://") -> Database:
    """An empty settlement database, in memory unless a URL says otherwise."""
    return open_database(url, MIGRATIONS)


def all_records(session: Session) -> list[SettlementRecord]:
    """Every record that was stored."""
    return list(records_of(session, EARLIEST, LATEST, EVER))


def stored_sums(session: Session) -> Sums:
    """The running sums by epoch, home day and product."""
    rows = session.connection().execute(
        text(
            "SELECT epoch, home_day, product_id, records, quantity, gross, tax FROM accrual"
            " ORDER BY epoch, home_day, product_id"
        )
    )
    return {(row[0], row[1], _product(session, row[2])): tuple(row[3:]) for row in rows.all()}


def sums_of_stored_records(session: Session) -> Sums:
    """The same, added up by the database from the records."""
    rows = session.connection().execute(
        text(
            "SELECT epoch, home_day, product_id, COUNT(*), SUM(quantity), SUM(gross), SUM(tax)"
            " FROM settlement_record GROUP BY epoch, home_day, product_id"
        )
    )
    return {
        (row[0], row[1], _product(session, row[2])): tuple(int(amount) for amount in row[3:])  # type: ignore[misc]
        for row in rows.all()
    }


def sums_of(records: Iterable[SettlementRecord], epoch: int = 1) -> Sums:
    """What records come to, all in one epoch."""
    sums: dict[tuple[int, int, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for record in records:
        amounts = (1, record.quantity, record.gross_minor_micros, record.tax_minor_micros)
        found = sums[epoch, day_number(record.home), str(record.product)]
        for index, amount in enumerate(amounts):
            found[index] += amount
    return {key: (of[0], of[1], of[2], of[3]) for key, of in sums.items()}


def _product(session: Session, product_id: int) -> str:
    return str(products_by_id(session, [product_id])[product_id])
