"""Flat price: one amount, however much is used."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flat:
    """`amount_minor_micros` once something is paid for; a second unit adds nothing."""

    amount_minor_micros: int

    def exact_cost(self, paid_units: int) -> tuple[int, int]:
        """Cost of the first `paid_units` units in minor_micros, as numerator and denominator."""
        return (self.amount_minor_micros if paid_units > 0 else 0), 1


FREE = Flat(0)
"""Costs nothing, and is a price all the same: the usage is known and allowed."""
