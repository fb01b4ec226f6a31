"""Price per unit, in exact proportion."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PerUnit:
    """numerator/denominator minor_micros for each unit; the fraction may be finer than a minor_micro."""

    numerator: int
    denominator: int

    def exact_cost(self, paid_units: int) -> tuple[int, int]:
        """Cost of the first `paid_units` units in minor_micros, as numerator and denominator."""
        return max(0, paid_units) * self.numerator, self.denominator
