"""Kinds of days: what about a date decides which time bands hold on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache

from services.charging.domain.rating.holidays import HolidayCalendar

_YEARS_UNTIL_WEEKDAYS_REPEAT = 400
"""The Gregorian calendar repeats, weekdays included, after 400 years."""


def kind_of(day: date, calendars: Sequence[HolidayCalendar]) -> int:
    """A number for the weekday and the set of calendars of which the day is a holiday."""
    kind = day.weekday()
    weight = 7
    for calendar in calendars:
        if calendar.includes(day):
            kind += weight
        weight *= 2
    return kind


@lru_cache(maxsize=256)
def one_day_of_each_kind(first: date, last: date, calendars: tuple[HolidayCalendar, ...]) -> dict[int, date]:
    """Each kind that a day from `first` to `last` can be, and one such day."""
    return {kind_of(day, calendars): day for day in _telling_days(first, last, calendars)}


def _telling_days(first: date, last: date, calendars: Sequence[HolidayCalendar]) -> Iterator[date]:
    """Days of every kind: all holidays, and ordinary days of every weekday there is."""
    final_year = min(last.year, first.year + _YEARS_UNTIL_WEEKDAYS_REPEAT)
    for calendar in calendars:
        yield from (day for day in calendar.dates if first <= day <= last)
        for month, number in sorted(calendar.annual):
            for year in range(first.year, final_year + 1):
                day = _date(year, month, number)
                if day is not None and first <= day <= last:
                    yield day
    ordinary: set[int] = set()
    day = first
    while len(ordinary) < 7 and day <= last and day.year <= final_year:
        if not any(calendar.includes(day) for calendar in calendars):
            ordinary.add(day.weekday())
        yield day
        if day == date.max:
            return
        day += timedelta(days=1)


def _date(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None
