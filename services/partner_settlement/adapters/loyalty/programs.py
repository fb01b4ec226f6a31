"""Loyalty programs in force, kept in memory until something is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlmodel import Session

from services.partner_settlement.adapters.sql_agreements import agreement_book
from services.partner_settlement.adapters.tables.agreements import PublicationTable
from services.partner_settlement.domain.agreements import LoyaltyProgram
from services.partner_settlement.domain.book import AgreementBook
from services.partner_settlement.domain.periods import PeriodKind, period_of

_LAST_PUBLICATION = select(func.max(PublicationTable.metadata.tables["agreement_publication"].c.number))
_MOST_DAYS = 1_000


@dataclass(frozen=True, slots=True)
class ProgramInForce:
    """A program, and the version of the agreement that it is of."""

    agreement_code: str
    agreement_version: int
    program: LoyaltyProgram


class ProgramBook:
    """The programs in force on a day: those of the versions that settle the periods it lies in."""

    def __init__(self) -> None:
        self._number: int | None = None
        self._book = AgreementBook({}, ())
        self._days: dict[date, tuple[ProgramInForce, ...]] = {}

    def refresh(self, session: Session) -> bool:
        """Reads what was published since; True where there was something."""
        number = int(session.connection().execute(_LAST_PUBLICATION).scalar() or 0)
        if number == self._number:
            return False
        self._book = agreement_book(session) if number else AgreementBook({}, ())
        self._days.clear()
        self._number = number
        return True

    @property
    def has_programs(self) -> bool:
        """False where no version of any agreement has a program."""
        return any(agreement.loyalty_programs for agreement in self._book.versions)

    def on(self, day: date) -> tuple[ProgramInForce, ...]:
        """The programs in force on a day, in order of agreement and as written."""
        found = self._days.get(day)
        if found is None:
            if len(self._days) >= _MOST_DAYS:
                self._days.clear()
            found = self._days[day] = tuple(
                ProgramInForce(agreement.code, agreement.version, program)
                for kind in PeriodKind
                for agreement in self._book.in_force(period_of(day, kind))
                for program in agreement.loyalty_programs
            )
        return found
