"""Every published version of every agreement, and the parties as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.partner_settlement.domain.agreements import Agreement, Party, parties_of
from services.partner_settlement.domain.periods import Period


@dataclass(frozen=True, slots=True)
class AgreementBook:
    """`versions` in ascending order of code and version."""

    parties: Mapping[str, Party]
    versions: tuple[Agreement, ...]

    def in_force(self, period: Period) -> tuple[Agreement, ...]:
        """The version of each agreement that settles a period, in order of code.

        It is the newest whose first day is not after the period's, if it is settled by periods of that
        kind and has not ended before the period begins.
        """
        return tuple(
            agreement for agreement in self._running(period.first) if agreement.period is period.kind
        )

    def left_parties(self, day: date) -> frozenset[str]:
        """Parties of agreements that have begun, none of which is still in force on a day."""
        begun = [agreement for agreement in self.versions if agreement.effective_from <= day]
        still = {party for agreement in self._running(day) for party in parties_of(agreement)}
        return frozenset(party for agreement in begun for party in parties_of(agreement)) - still

    def _running(self, day: date) -> list[Agreement]:
        """The version of each agreement that is in force on a day, in order of code."""
        newest: dict[str, Agreement] = {}
        for agreement in self.versions:
            if agreement.effective_from <= day:
                newest[agreement.code] = agreement
        return [
            agreement
            for _, agreement in sorted(newest.items())
            if agreement.effective_until is None or agreement.effective_until > day
        ]
