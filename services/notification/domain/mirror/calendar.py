"""Days and months on the wall clock of a customer."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from services.common.kernel.clock import MINUTE, Instant, instant, local, zone

_QUARTER = 15 * MINUTE
"""Offsets of time zones are multiples of it since 1972."""


def day_of(at: int, time_zone: str) -> int:
    """The ordinal of the date. A time zone that is not known counts as UTC."""
    return _day_of(at // _QUARTER, time_zone)


def day_text(day: int) -> str:
    """`2026-11-22`."""
    return date.fromordinal(day).isoformat()


def month_of(at: int, time_zone: str) -> str:
    """`2026-11`. A time zone that is not known counts as UTC."""
    return day_text(day_of(at, time_zone))[:7]


@lru_cache(maxsize=1_024)
def month_ends(month: str, time_zone: str) -> Instant:
    """The first instant of the month after `2026-11`."""
    year, number = int(month[:4]), int(month[5:])
    year, number = (year + 1, 1) if number == 12 else (year, number + 1)
    return instant(datetime(year, number, 1, tzinfo=zone(_known(time_zone))))


@lru_cache(maxsize=65_536)
def _day_of(quarter: int, time_zone: str) -> int:
    return local(Instant(quarter * _QUARTER), _known(time_zone)).toordinal()


@lru_cache(maxsize=1_024)
def _known(time_zone: str) -> str:
    try:
        zone(time_zone)
    except ValueError:
        return "UTC"
    return time_zone
