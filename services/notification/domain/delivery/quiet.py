"""Quiet hours on a recipient's wall clock, across changes to and from summer time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.common.kernel.clock import Instant, instant, local, zone


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one minute of the local day up to another, over midnight where it is smaller; equal: none."""

    time_zone: str
    from_minute: int
    until_minute: int


def quiet_until(hours: QuietHours, now: Instant) -> Instant | None:
    """When the quiet hours end in which `now` lies; None: it lies in none.

    An end that the clock jumps over comes at most as much later as it jumps; one that the clock shows twice
    is the next of both. Raises ValueError for an unknown zone.
    """
    wall = local(now, hours.time_zone)
    if not _is_quiet(hours, wall):
        return None
    midnight = datetime(wall.year, wall.month, wall.day, tzinfo=zone(hours.time_zone))
    wanted = timedelta(minutes=hours.until_minute)
    # Arithmetic on the wall: the same zone before and after.
    ends = (midnight + timedelta(days=day) + wanted for day in (0, 1))
    return min(
        at
        for end in ends
        for fold in (0, 1)
        if (at := instant(end.replace(fold=fold))) > now and not _is_quiet(hours, local(at, hours.time_zone))
    )


def _is_quiet(hours: QuietHours, wall: datetime) -> bool:
    minute = wall.hour * 60 + wall.minute
    if hours.from_minute <= hours.until_minute:
        return hours.from_minute <= minute < hours.until_minute
    return minute >= hours.from_minute or minute < hours.until_minute
