"""Graduated price: each step prices the units that fall into it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tier:
    """Units above the step before, up to `up_to_units` (None: without end), at numerator/denominator."""

    up_to_units: int | None
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Tiered:
    """Steps in ascending order, the last without end."""

    tiers: tuple[Tier, ...]

    def exact_cost(self, paid_units: int) -> tuple[int, int]:
        """Cost of the first `paid_units` units in minor_micros, exact over all steps, as a fraction."""
        numerator, denominator, lower = 0, 1, 0
        for tier in self.tiers:
            upper = paid_units if tier.up_to_units is None else min(paid_units, tier.up_to_units)
            if upper <= lower:
                break
            numerator = numerator * tier.denominator + (upper - lower) * tier.numerator * denominator
            denominator *= tier.denominator
            lower = upper
        return numerator, denominator
