"""What is kept of one subscriber. Values: `fold` makes new ones, nobody changes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from services.common.kernel.clock import Instant
from services.offers.domain.profiles.windows import NO_COUNTS, Counts

MOST_GROUPS = 24
"""Rating groups that a profile keeps; the one that was used least recently makes room."""
HOURS = 24


class GroupUse(NamedTuple):
    """Usage of one rating group. A tuple, since one is made for every usage event.

    `at`: the newest usage, as far as the counts have moved. `decayed`: units with a half-life of a day,
    as of `at`. `paid`: money, in minor_micros, counted in the same buckets as units.
    """

    at: int
    unit: str
    decayed: float = 0.0
    units: Counts = NO_COUNTS
    paid: Counts = NO_COUNTS


@dataclass(frozen=True, slots=True)
class HeldOffering:
    """An offering that a subscriber has. `ends_at` 0: no end is known."""

    code: str
    suspended: bool = False
    ends_at: int = 0


@dataclass(frozen=True, slots=True)
class Attributes:
    """What changes seldom: it is told by events of its own, not by usage."""

    time_zone: str = "UTC"
    segment: str = ""
    device_class: str = ""
    customer_value: int = 0
    barred: bool = False
    offerings: tuple[HeldOffering, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """What usage and other events of one subscriber add up to.

    `refused_at` 0: usage was never refused for want of balance. `zone`: where the subscriber was last
    heard of, at `zone_at`. `hours`: reports of usage by local hour of the day.
    """

    first_seen_at: Instant
    attributes: Attributes = Attributes()
    refused_at: int = 0
    zone: str = ""
    zone_at: int = 0
    hours: tuple[int, ...] = (0,) * HOURS
    groups: Mapping[int, GroupUse] = field(default_factory=dict)

    @property
    def last_used_at(self) -> Instant | None:
        """The newest usage of all; None: there was none."""
        return Instant(max(use.at for use in self.groups.values())) if self.groups else None
