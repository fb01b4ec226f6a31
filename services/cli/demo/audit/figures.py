"""Figures of a catalog file: sizes, prices and windows of the week, read exactly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_SIZE = re.compile(r"(\d+)(?: ?([A-Za-z][\w-]*))?")
_FACTORS = {
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
    "s": 1,
    "min": 60,
    "h": 3600,
}
_WINDOW = re.compile(r"(\w{3})(?:-(\w{3}))? (\d\d):(\d\d)-(\d\d):(\d\d)")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class CatalogUnreadableError(ValueError):
    """A figure in the catalog that the audit cannot read. The message shows it."""


def units(written: object) -> int:
    """`5 GB`, `1 min`, `500 kilometres` or `20` as a whole number of the basic unit."""
    match = _SIZE.fullmatch(str(written))
    if match is None:
        raise CatalogUnreadableError(f"{written!r} is no size")
    # A unit without a factor is one of the catalog's own and counts as it stands.
    return int(match[1]) * _FACTORS.get(match[2] or "", 1)


def price(written: object) -> Fraction:
    """A decimal in quotes as an exact fraction of the currency's major unit."""
    if not isinstance(written, str):
        raise CatalogUnreadableError(f"{written!r} is no price in quotes")
    return Fraction(written)


@dataclass(frozen=True, slots=True)
class Window:
    """Part of a week: weekdays 0 (Monday) to 6 and minutes [start, end) of the day."""

    weekdays: frozenset[int]
    start_minute: int
    end_minute: int

    def holds(self, weekday: int, minute: int) -> bool:
        """True at that minute of that day."""
        return weekday in self.weekdays and self.start_minute <= minute < self.end_minute


def window(written: object) -> Window:
    """`mon-fri 07:00-19:00`."""
    match = _WINDOW.fullmatch(str(written))
    if match is None or match[1] not in _DAYS or (match[2] or "mon") not in _DAYS:
        raise CatalogUnreadableError(f"{written!r} is no window of the week")
    first, last = _DAYS.index(match[1]), _DAYS.index(match[2] or match[1])
    weekdays = frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))
    return Window(weekdays, int(match[3]) * 60 + int(match[4]), int(match[5]) * 60 + int(match[6]))
