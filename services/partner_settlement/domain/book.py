"""Every published version of every agreement, and the parties as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.partner_settlement.domain.agreements import Agreement, Party
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
        newest: dict[str, Agreement] = {}
        for agreement in self.versions:
            if agreement.effective_from <= period.first:
                newest[agreement.code] = agreement
        return tuple(
            agreement
            for _, agreement in sorted(newest.items())
            if agreement.period is period.kind
            and (agreement.effective_until is None or agreement.effective_until > period.first)
        )
