"""Sums of a simulation: one line for each rating group, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RatedReport:
    """One report as one catalog rates it. `refusal` '' where it does."""

    rating_group: int
    from_allowance_units: int
    amount_minor_micros: int
    refusal: str
    tax_minor_micros: int = 0


@dataclass(frozen=True, slots=True)
class GroupSum:
    """What one catalog makes of the usage of one rating group. `unrated`: reports it refused."""

    from_allowance_units: int = 0
    amount_minor_micros: int = 0
    unrated: int = 0
    tax_minor_micros: int = 0


def sum_by_group(reports: Sequence[RatedReport]) -> dict[int, GroupSum]:
    """Sums per rating group."""
    sums: dict[int, GroupSum] = {}
    for report in reports:
        before = sums.get(report.rating_group, GroupSum())
        sums[report.rating_group] = GroupSum(
            before.from_allowance_units + report.from_allowance_units,
            before.amount_minor_micros + report.amount_minor_micros,
            before.unrated + (1 if report.refusal else 0),
            before.tax_minor_micros + report.tax_minor_micros,
        )
    return sums
