"""Time as a number: microseconds since 1970-01-01T00:00:00Z, always UTC.

The domain never asks what time it is; it is told. `Clock` is what an
application holds to tell it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NewType, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Instant = NewType("Instant", int)
"""Microseconds since the epoch, UTC."""

EPOCH = Instant(0)

MICROSECOND = 1
MILLISECOND = 1_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> Instant:
        """The present instant."""


def instant(moment: datetime) -> Instant:
    """Converts an aware datetime. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    elapsed = moment - _EPOCH
    return Instant((elapsed.days * 86_400 + elapsed.seconds) * SECOND + elapsed.microseconds)


def utc(at: Instant) -> datetime:
    """The instant as an aware UTC datetime."""
    return _EPOCH + timedelta(microseconds=at)


def local(at: Instant, time_zone: str) -> datetime:
    """The instant on the wall clock of an IANA zone. Raises ValueError for an unknown zone."""
    return utc(at).astimezone(zone(time_zone))


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name. Raises ValueError where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not an IANA time zone") from error


def iso(at: Instant) -> str:
    """ISO 8601 in UTC, `2026-03-01T08:00:00Z`, with a fraction only where there is one."""
    return utc(at).isoformat().replace("+00:00", "Z")
