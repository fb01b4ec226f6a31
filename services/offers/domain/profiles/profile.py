"""What is kept of one subscriber. Values: `fold` makes new ones, nobody changes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from services.common.kernel.clock import Instant
from services.offers.domain.profiles.windows import NO_COUNTS, Counts

MOST_GROUPS = 24
"""Rating groups that a profile keeps; the one that was used least recently makes room."""
MOST_OFFERINGS = 1_000
"""Offerings of a subscriber that a profile keeps, in order of code."""
HOURS = 24
NO_HOURS = bytes(2 * HOURS)
"""Nothing was used yet at any hour of the day: two octets for each."""

_NO_GROUPS: Mapping[int, bytes] = MappingProxyType({})


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


class Profile(NamedTuple):
    """What usage and other events of one subscriber add up to. A tuple, as `GroupUse`.

    `attributes`, `hours` and the use of each rating group are kept packed (see `packed`): a usage event
    looks at one group of them, and profiles at hand are few objects each.
    `refused_at` 0: usage was never refused for want of balance. `zone`: where the subscriber was last
    heard of, at `zone_at`. `hours`: reports of usage by local hour of the day. `groups`: in order of number.
    """

    first_seen_at: Instant
    attributes: bytes
    refused_at: int = 0
    zone: str = ""
    zone_at: int = 0
    hours: bytes = NO_HOURS
    groups: Mapping[int, bytes] = _NO_GROUPS
