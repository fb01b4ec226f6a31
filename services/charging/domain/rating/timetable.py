"""Which of some price rules wins when: over the hours, weekdays, holidays and dates of a wall clock."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from services.charging.domain.rating.day_kinds import kind_of, one_day_of_each_kind
from services.charging.domain.rating.holidays import HolidayCalendar
from services.charging.domain.rating.price import Price
from services.charging.domain.rating.price_rule import PriceRule, winner
from services.charging.domain.rating.week import (
    MINUTES_PER_DAY,
    WeekTable,
    clock_change,
    wall_instant,
    week_table,
)
from services.common.kernel.clock import Instant, local

_LOOK_AHEAD_DAYS = 8
"""How far a switch is looked for by days; beyond, an earlier instant is named."""

_A_MONDAY = date(2024, 1, 1)

DayTable = tuple[tuple[int, ...], tuple[Price | None, ...]]
"""Ascending minutes of the day, the first 0, and the price from each of them on."""


@dataclass(frozen=True, slots=True)
class DateTable:
    """Prices that change with dates: `spans[i]` holds from the day `starts[i]` (an ordinal) on.

    A span maps each kind of day (weekday, and which calendars have a holiday)
    to the prices of such a day. It holds every kind that a day of it can be.
    """

    starts: tuple[int, ...]
    spans: tuple[Mapping[int, DayTable], ...]
    calendars: tuple[HolidayCalendar, ...]

    def at(self, moment: Instant, time_zone: str) -> Price | None:
        """The price in force at an instant on the wall clock of a zone."""
        now = local(moment, time_zone)
        starts, prices = self._day(now.date())
        return prices[bisect_right(starts, now.hour * 60 + now.minute) - 1]

    def next_switch(self, moment: Instant, time_zone: str) -> Instant | None:
        """When the price next changes, or earlier, but never later."""
        switch = self._next_start(moment, time_zone)
        change = clock_change(moment, switch, time_zone)
        if change is None:
            return switch
        if self.at(change, time_zone) is not self.at(moment, time_zone):
            return change
        return self.next_switch(change, time_zone)

    def _next_start(self, moment: Instant, time_zone: str) -> Instant:
        now = local(moment, time_zone)
        day, minute = now.date(), now.hour * 60 + now.minute
        present = self.at(moment, time_zone)
        for _ in range(_LOOK_AHEAD_DAYS):
            for start, price in zip(*self._day(day), strict=True):
                if (start > minute or day > now.date()) and price is not present:
                    return wall_instant(day, start, now)
            day += timedelta(days=1)
        return wall_instant(day, 0, now)

    def _day(self, day: date) -> DayTable:
        span = self.spans[bisect_right(self.starts, day.toordinal()) - 1]
        return span[kind_of(day, self.calendars)]


Stretch = tuple[Instant, Instant | None, Price | None]
"""From when until when (None: for ever) which price is in force."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A table that remembers for each zone the last stretch between two switches.

    Within a stretch nothing changes, and nearly all usage lies in the present
    one, so that the wall clock is rarely asked.
    """

    table: WeekTable[Price | None] | DateTable
    stretches: dict[str, Stretch] = field(default_factory=dict, compare=False, repr=False)

    def at(self, moment: Instant, time_zone: str) -> Price | None:
        """The price in force at an instant on the wall clock of a zone."""
        return self._stretch(moment, time_zone)[2]

    def next_switch(self, moment: Instant, time_zone: str) -> Instant | None:
        """When the price next changes, or earlier, but never later."""
        return self._stretch(moment, time_zone)[1]

    def _stretch(self, moment: Instant, time_zone: str) -> Stretch:
        known = self.stretches.get(time_zone)
        if known is not None and known[0] <= moment and (known[1] is None or moment < known[1]):
            return known
        found = (moment, self.table.next_switch(moment, time_zone), self.table.at(moment, time_zone))
        self.stretches[time_zone] = found
        return found


Timetable = WeekTable[Price | None] | Remembered
"""The price at an instant, and when the next one takes over. None where there is a hole."""


def timetable(rules: Sequence[PriceRule]) -> Timetable:
    """Compiles rules that hold under the same circumstances, ascending in rank.

    Raises PriceBookError PRICE_OVERLAP where two are equal in rank at one time
    and none goes before them.
    """
    calendars = tuple({rule.calendar.code: rule.calendar for rule in rules if rule.calendar}.values())
    starts = _span_starts(rules)
    if not calendars and len(starts) == 1:
        week = _week(rules)
        return week if len(week.values) == 1 else Remembered(week)
    ends = [*(date.fromordinal(start - 1) for start in starts[1:]), date.max]
    spans = tuple(
        {
            kind: _day_table(day, rules)
            for kind, day in one_day_of_each_kind(date.fromordinal(start), end, calendars).items()
        }
        for start, end in zip(starts, ends, strict=True)
    )
    return Remembered(DateTable(tuple(starts), spans, calendars))


def _span_starts(rules: Sequence[PriceRule]) -> list[int]:
    starts = {1}
    starts.update(rule.first_day.toordinal() for rule in rules if rule.first_day is not None)
    starts.update(
        rule.last_day.toordinal() + 1
        for rule in rules
        if rule.last_day is not None and rule.last_day < date.max
    )
    return sorted(starts)


def _week(rules: Sequence[PriceRule]) -> WeekTable[Price | None]:
    boundaries: list[int] = []
    values: list[Price | None] = []
    for weekday in range(7):
        starts, prices = _day_table(_A_MONDAY + timedelta(days=weekday), rules)
        boundaries += [weekday * MINUTES_PER_DAY + start for start in starts]
        values += prices
    return week_table(boundaries, values)


def _day_table(day: date, rules: Sequence[PriceRule]) -> DayTable:
    edges = {0}
    for rule in rules:
        if rule.band is not None:
            for edge in (*sum(rule.band.windows, ()), *sum(rule.band.holiday_windows, ())):
                edges.add(edge % MINUTES_PER_DAY)
    boundaries = sorted(edges)
    table = week_table(
        boundaries, [winner([rule for rule in rules if rule.in_time(day, minute)]) for minute in boundaries]
    )
    return table.starts, table.values
