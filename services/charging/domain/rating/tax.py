"""Tax: included in a price, or added to it."""

from __future__ import annotations

from dataclasses import dataclass

from services.common.kernel.ratio import round_half_even


@dataclass(frozen=True, slots=True)
class Tax:
    """numerator/denominator is the rate as a fraction: 19 % is 19/100."""

    code: str
    numerator: int
    denominator: int
    inclusive: bool

    def contained_minor_micros(self, gross_minor_micros: int) -> int:
        """The tax inside an amount that holds it, rounded half-even."""
        return round_half_even(gross_minor_micros * self.numerator, self.denominator + self.numerator)
