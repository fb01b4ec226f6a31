"""Graduated price: each step prices the units that fall into it."""

from __future__ import annotations

from dataclasses import dataclass

from services.common.kernel.ratio import round_half_even


@dataclass(frozen=True, slots=True)
class Tier:
    """Units above the step before, up to `up_to_units` (None: without end), at numerator/denominator."""

    up_to_units: int | None
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Tiered:
    """Steps in ascending order, the last without end. `monthly`: counted over the calendar month."""

    tiers: tuple[Tier, ...]
    monthly: bool = False

    def cost_minor_micros(self, paid_units: int) -> int:
        """Cost of the first `paid_units` units: exact over all steps, rounded once, half-even."""
        numerator, denominator, lower = 0, 1, 0
        for tier in self.tiers:
            upper = paid_units if tier.up_to_units is None else min(paid_units, tier.up_to_units)
            if upper <= lower:
                break
            numerator = numerator * tier.denominator + (upper - lower) * tier.numerator * denominator
            denominator *= tier.denominator
            lower = upper
        return round_half_even(numerator, denominator)
