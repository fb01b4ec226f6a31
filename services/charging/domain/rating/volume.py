"""Volume price: all units cost what the step costs into which their sum falls."""

from __future__ import annotations

from dataclasses import dataclass

from services.charging.domain.rating.tiered import Tier


@dataclass(frozen=True, slots=True)
class Volume:
    """Steps in ascending order, the last without end.

    The cost never goes down: where a cheaper step begins it stands still
    until that step has caught up, so no report is ever charged a negative amount.
    """

    steps: tuple[Tier, ...]

    def exact_cost(self, paid_units: int) -> tuple[int, int]:
        """Cost of the first `paid_units` units in minor_micros, as numerator and denominator."""
        best = (0, 1)
        for step in self.steps:
            reached = paid_units if step.up_to_units is None else min(paid_units, step.up_to_units)
            cost = (reached * step.numerator, step.denominator)
            if cost[0] * best[1] > best[0] * cost[1]:
                best = cost
            if reached == paid_units:
                break
        return best
