"""Settles an accrued month with a thousand partners, as a process of its own.

`python -m benchmarks.settling FOLDER PARTNERS` prints as JSON how long freezing, calculating and closing
took, on how much CPU, what memory grew by, and how many differences the ledger's own check found.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from sqlmodel import Session

from benchmarks.accrual import MIGRATIONS, application_of
from benchmarks.processor import cpu_seconds, resident_bytes
from services.common.kernel.clock import Instant
from services.common.runtime.database import Database, open_database
from services.common.runtime.logs import configure_logs
from services.partner_settlement.adapters.accrual.products import ProductIds
from services.partner_settlement.adapters.agreement_messages import agreement_message, party_message
from services.partner_settlement.adapters.books.sql_books import SqlBooks
from services.partner_settlement.adapters.books.verify import verify_ledger
from services.partner_settlement.adapters.tables.agreements import AgreementVersionTable, PartyVersionTable
from services.partner_settlement.application import settling
from services.partner_settlement.application.settling import Act
from services.partner_settlement.domain.agreements import (
    Agreement,
    Basis,
    BasisKind,
    Coverage,
    Party,
    PercentStep,
    Recipient,
    Term,
)
from services.partner_settlement.domain.periods import PeriodKind, begins_at, period_of

ZONE = "Europe/Berlin"
MONTH = period_of(date(2026, 11, 1), PeriodKind.MONTH)
NOW = Instant(begins_at(MONTH.end, ZONE) + 1)
ACT = Act("bench", NOW)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Settled:
    """What one run came to."""

    statements: int
    lines: int
    freeze_seconds: float
    calculate_seconds: float
    close_seconds: float
    verify_seconds: float
    cpu_seconds: float
    rss_growth_bytes: int
    differences: int


def settle(folder: Path, partners: int) -> Settled:
    """Publishes an agreement for each partner and settles the month with all of them."""
    database = open_database(f"sqlite:///{folder}/settlement.sqlite", MIGRATIONS)
    database.run_sync(lambda session: _publish(session, partners))
    resident, used = resident_bytes(None), cpu_seconds(None)
    freeze_seconds, _ = _timed(
        database, lambda books: settling.freeze(books, MONTH.name, ACT, early=False, time_zone=ZONE)
    )
    calculate_seconds, _ = _timed(
        database,
        lambda books: settling.calculate(
            books, MONTH.name, ACT, (), operator_name="Tidemark", time_zone=ZONE
        ),
    )
    _timed(database, lambda books: settling.approve(books, MONTH.name, ACT))
    close_seconds, run = _timed(database, lambda books: settling.close(books, MONTH.name, ACT))
    busy, growth = cpu_seconds(None) - used, resident_bytes(None) - resident
    kept = database.run_sync(lambda session: SqlBooks(session, ProductIds()).statements(run))
    begun = time.perf_counter()
    found = database.run_sync(verify_ledger)
    return Settled(
        statements=len(kept),
        lines=sum(total.lines for item in kept for total in item.totals),
        freeze_seconds=freeze_seconds,
        calculate_seconds=calculate_seconds,
        close_seconds=close_seconds,
        verify_seconds=time.perf_counter() - begun,
        cpu_seconds=busy,
        rss_growth_bytes=growth,
        differences=len(found.differences) + int(len(kept) != partners),
    )


def _timed(database: Database, work: Callable[[SqlBooks], T]) -> tuple[float, T]:
    """Seconds that one transaction takes, and what comes of it."""
    products = ProductIds()
    begun = time.perf_counter()
    result = database.run_sync(lambda session: work(SqlBooks(session, products)))
    return time.perf_counter() - begun, result


def _publish(session: Session, partners: int) -> None:
    for number in range(partners):
        party, agreement = Party(f"partner-{number:04}", f"Partner {number}"), _agreement(number)
        session.add(
            PartyVersionTable(
                party_code=party.code,
                version=1,
                publication=1,
                content_sha256="",
                content=party_message(party).SerializeToString(),
            )
        )
        session.add(
            AgreementVersionTable(
                agreement_code=agreement.code,
                version=1,
                publication=1,
                effective_from=agreement.effective_from.isoformat(),
                content_sha256="",
                content=agreement_message(agreement).SerializeToString(),
                source="",
            )
        )


def _agreement(number: int) -> Agreement:
    """A third, about, of what an application brings."""
    term = Term(
        "usage",
        "Usage",
        Coverage(applications=frozenset({application_of(number)})),
        Basis(BasisKind.NET_OF_TAX),
        (PercentStep("share", Recipient(f"partner-{number:04}"), Fraction(3_333, 100)),),
    )
    return Agreement(
        f"agreement-{number:04}",
        f"Agreement {number}",
        date(2026, 1, 1),
        PeriodKind.MONTH,
        ("EUR",),
        (term,),
        version=1,
    )


def main() -> int:
    """Exit code 1 where a statement is missing or the ledger is out."""
    configure_logs("settling", "warning")
    settled = settle(Path(sys.argv[1]), int(sys.argv[2]))
    print(json.dumps(asdict(settled)))
    return 1 if settled.differences else 0


if __name__ == "__main__":
    sys.exit(main())
