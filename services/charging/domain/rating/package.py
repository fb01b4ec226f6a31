"""Package price: every begun package costs its amount."""

from __future__ import annotations

from dataclasses import dataclass

from services.common.kernel.ratio import ceil_div


@dataclass(frozen=True, slots=True)
class Package:
    """`amount_minor_micros` for each begun package of `units`."""

    amount_minor_micros: int
    units: int

    def exact_cost(self, paid_units: int) -> tuple[int, int]:
        """Cost of the first `paid_units` units in minor_micros, as numerator and denominator."""
        return max(0, ceil_div(paid_units, self.units)) * self.amount_minor_micros, 1
