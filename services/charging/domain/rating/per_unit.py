"""Price per unit, in exact proportion."""

from __future__ import annotations

from dataclasses import dataclass

from services.common.kernel.ratio import round_half_even


@dataclass(frozen=True, slots=True)
class PerUnit:
    """numerator/denominator minor_micros for each unit; the fraction may be finer than a minor_micro."""

    numerator: int
    denominator: int

    def cost_minor_micros(self, paid_units: int) -> int:
        """Cost of the first `paid_units` units, rounded here, half-even, and nowhere else.

        Callers charge the difference of two such costs, so that many small
        reports cost exactly what one large report costs.
        """
        return round_half_even(paid_units * self.numerator, self.denominator)
