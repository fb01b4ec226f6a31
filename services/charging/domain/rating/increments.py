"""Rounding of usage to increments, once per session, rating group and price."""

from __future__ import annotations

from dataclasses import dataclass

from services.common.kernel.ratio import ceil_div


@dataclass(frozen=True, slots=True)
class Increments:
    """Usage counts as at least `first_units`, then in whole steps of `next_units`. Both at least 1."""

    first_units: int = 1
    next_units: int = 1

    def billable(self, used_units: int) -> int:
        """Units that `used_units` of continuous usage count as. 60/1: 59 s is 60, 61 s is 61."""
        if used_units <= 0:
            return 0
        if used_units <= self.first_units:
            return self.first_units
        return self.first_units + ceil_div(used_units - self.first_units, self.next_units) * self.next_units

    def largest_within(self, used_units: int, billable_units: int) -> int:
        """How many more units may be used after `used_units` so that at most `billable_units` more count."""
        limit = self.billable(used_units) + billable_units
        if limit < self.first_units:
            return 0
        whole_steps = (limit - self.first_units) // self.next_units
        return max(0, self.first_units + whole_steps * self.next_units - used_units)
