"""Time of day and weekday: values that change at fixed minutes of the local week."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar

from services.common.kernel.clock import Instant, instant, local

MINUTES_PER_DAY = 1440
MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TimeBand:
    """Windows [start, end) in minutes of the week, Monday 00:00 being 0.

    With a `calendar` (its code), on its holidays only `holiday_windows` hold,
    in minutes of the day.
    """

    code: str
    windows: tuple[tuple[int, int], ...]
    calendar: str = ""
    holiday_windows: tuple[tuple[int, int], ...] = ()

    def covers(self, minute: int) -> bool:
        """True where the minute of the week lies in a window."""
        return any(start <= minute < end for start, end in self.windows)

    def covers_on_holiday(self, minute: int) -> bool:
        """True where the minute of the day lies in a window of holidays."""
        return any(start <= minute < end for start, end in self.holiday_windows)


@dataclass(frozen=True, slots=True)
class WeekTable(Generic[T]):
    """A value for every minute of the week: `values[i]` holds from `starts[i]` to the next start."""

    starts: tuple[int, ...]
    values: tuple[T, ...]

    def at(self, moment: Instant, time_zone: str) -> T:
        """The value in force at an instant on the wall clock of a zone."""
        if len(self.values) == 1:
            return self.values[0]
        return self.values[bisect_right(self.starts, _minute_of_week(local(moment, time_zone))) - 1]

    def next_switch(self, moment: Instant, time_zone: str) -> Instant | None:
        """When the value next changes, or earlier; None where it never does.

        The switch happens by the wall clock. Where the clock itself is changed
        it may jump over the end of a band, or back before it.
        """
        if len(self.values) == 1:
            return None
        switch = self._next_start(moment, time_zone)
        change = clock_change(moment, switch, time_zone)
        if change is None:
            return switch
        if self.at(change, time_zone) != self.at(moment, time_zone):
            return change
        return self.next_switch(change, time_zone)

    def _next_start(self, moment: Instant, time_zone: str) -> Instant:
        now = local(moment, time_zone)
        index = bisect_right(self.starts, _minute_of_week(now))
        minute = self.starts[index] if index < len(self.starts) else MINUTES_PER_WEEK + self.starts[0]
        days, minutes = divmod(minute, MINUTES_PER_DAY)
        return wall_instant(now.date() + timedelta(days=days - now.weekday()), minutes, now)


def week_table(boundaries: Sequence[int], values: Sequence[T]) -> WeekTable[T]:
    """Builds a table from ascending starts (the first is 0), joining neighbours of equal value."""
    starts: list[int] = []
    kept: list[T] = []
    for start, value in zip(boundaries, values, strict=True):
        if not kept or kept[-1] != value:
            starts.append(start)
            kept.append(value)
    return WeekTable(tuple(starts), tuple(kept))


def wall_instant(day: date, minute: int, now: datetime) -> Instant:
    """When the wall clock that shows `now` shows a minute of a day.

    In the hour that a clock shows twice, `now` says which of the two is meant.
    """
    wall = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=now.tzinfo, fold=now.fold)
    return instant(wall)


def clock_change(after: Instant, until: Instant, time_zone: str) -> Instant | None:
    """When the zone's offset changes in (after, until]; None where it does not."""
    offset = local(after, time_zone).utcoffset()
    if local(until, time_zone).utcoffset() == offset:
        return None
    low, high = after, until
    while high - low > 1:
        middle = Instant((low + high) // 2)
        if local(middle, time_zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high


def _minute_of_week(moment: datetime) -> int:
    return moment.weekday() * MINUTES_PER_DAY + moment.hour * 60 + moment.minute
