"""A settlement database with a loyalty program that charging's journal can earn in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from services.common.kernel.clock import Instant
from services.common.runtime.database import Database
from services.partner_settlement.adapters.accrual.journal import JournalAccrual
from services.partner_settlement.adapters.agreement_messages import agreement_message
from services.partner_settlement.adapters.loyalty.earning import LoyaltyEarning
from services.partner_settlement.adapters.loyalty.sql_vouchers import vouchers_of
from services.partner_settlement.adapters.tables.agreements import AgreementVersionTable, PublicationTable
from services.partner_settlement.domain.agreements import Agreement, Coverage, LoyaltyProgram, RecordKind
from services.partner_settlement.domain.loyalty import Voucher
from services.partner_settlement.domain.periods import PeriodKind
from tests.support.settlement_accrual import open_settlement
from tests.support.settlement_journal import ZONE, Happened, JournalBook

RIDES = LoyaltyProgram(
    code="rides",
    name="A ride for every 10 kB",
    earned_by=Coverage(
        kinds=frozenset({RecordKind.USAGE}), offering_codes=frozenset({"offering-0", "offering-1"})
    ),
    face_minor=500,
    currency_code="EUR",
    redeemed_with_party="rider",
    valid_days=30,
    earn_unit="octets",
    earn_units=10_000,
)


class LoyaltyWorld:
    """Accrual with earning, fed one journal record at a time."""

    def __init__(self, url: str = "sqlite://") -> None:
        self.database: Database = open_settlement(url)
        self.book = JournalBook()
        self.accrual = JournalAccrual(ZONE, [LoyaltyEarning()])
        self._publications = 0

    def publish(self, *programs: LoyaltyProgram, since: date = date(2026, 11, 1)) -> None:
        """A new version of the agreement with the rider."""
        self._publications += 1
        number = self._publications
        agreement = Agreement(
            "rider", "Rides", since, PeriodKind.MONTH, ("EUR",), (), loyalty_programs=programs, version=number
        )

        def store(session: Session) -> None:
            session.add(
                PublicationTable(
                    number=number, request_id=f"p-{number}", fingerprint="", published_at=0, published_by="me"
                )
            )
            session.add(
                AgreementVersionTable(
                    agreement_code="rider",
                    version=number,
                    publication=number,
                    effective_from=since.isoformat(),
                    content_sha256="",
                    content=agreement_message(agreement).SerializeToString(),
                    source="",
                )
            )

        self.database.run_sync(store)

    def happens(self, *what: Happened) -> None:
        """One journal record, accrued."""
        row = self.book.record([what])
        self.database.run_sync(lambda session: self.accrual.apply(session, [row]))

    def vouchers(self, subscriber_id: str = "s-0") -> Sequence[Voucher]:
        """A subscriber's vouchers, oldest first."""
        return self.database.run_sync(lambda session: vouchers_of(session, subscriber_id))

    def close(self) -> None:
        """Closes the database."""
        asyncio.run(self.database.close())


def used(units: int, offering: int = 0) -> Happened:
    """Usage by subscriber `s-<offering>`."""
    return Happened("usage", offering=offering, units=units, amount=1_000_000)


def at(second: int) -> Instant:
    """So many seconds after 2026-11-28, when these stories have happened."""
    return Instant(1_795_824_000_000_000 + second * 1_000_000)
