"""Settlement periods by name: `2026-11-27`, `2026-W48`, `2026-11`, `2026-Q4`.

A period is made of calendar days; which instant a day begins at is the
service's time zone to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from services.common.kernel.clock import Instant, instant, local, zone


class PeriodKind(Enum):
    """How long a period is. A week is that of ISO 8601."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from `first` up to and without `end`."""

    first: date
    end: date
    kind: PeriodKind = PeriodKind.MONTH
    name: str = ""

    def __contains__(self, day: date) -> bool:
        return self.first <= day < self.end

    def previous(self) -> Period:
        """The period of the same kind before this one."""
        return period_of(self.first - timedelta(days=1), self.kind)

    def next(self) -> Period:
        """The period of the same kind after this one."""
        return period_of(self.end, self.kind)


def period_of(day: date, kind: PeriodKind) -> Period:
    """The period of a kind that a day lies in."""
    return _MAKERS[kind](day)


_NAMES = {
    PeriodKind.DAY: re.compile(r"(\d{4})-(\d{2})-(\d{2})"),
    PeriodKind.WEEK: re.compile(r"(\d{4})-W(\d{2})"),
    PeriodKind.MONTH: re.compile(r"(\d{4})-(\d{2})"),
    PeriodKind.QUARTER: re.compile(r"(\d{4})-Q([1-4])"),
}


def parse_period(name: str) -> Period:
    """The period of a name. Raises ValueError for anything else."""
    for kind, pattern in _NAMES.items():
        found = pattern.fullmatch(name)
        if found is not None:
            try:
                return period_of(_FIRST_DAYS[kind](*map(int, found.groups())), kind)
            except ValueError:
                break
    raise ValueError(
        f"{name!r} is no period; write 2026-11-27, 2026-W48, 2026-11 or 2026-Q4 (a day, week, month, quarter)"
    )


def day_of(at: Instant, time_zone: str) -> date:
    """The calendar day of an instant in an IANA zone."""
    return local(at, time_zone).date()


def begins_at(day: date, time_zone: str) -> Instant:
    """The instant at which a day begins in an IANA zone."""
    return instant(datetime(day.year, day.month, day.day, tzinfo=zone(time_zone)))


def _day(day: date) -> Period:
    return Period(day, day + timedelta(days=1), PeriodKind.DAY, day.isoformat())


def _week(day: date) -> Period:
    first = day - timedelta(days=day.weekday())
    year, week, _ = first.isocalendar()
    return Period(first, first + timedelta(days=7), PeriodKind.WEEK, f"{year:04}-W{week:02}")


def _month(day: date) -> Period:
    first = day.replace(day=1)
    return Period(first, _months_later(first, 1), PeriodKind.MONTH, f"{first.year:04}-{first.month:02}")


def _quarter(day: date) -> Period:
    quarter = (day.month - 1) // 3
    first = date(day.year, 3 * quarter + 1, 1)
    return Period(first, _months_later(first, 3), PeriodKind.QUARTER, f"{first.year:04}-Q{quarter + 1}")


def _months_later(first: date, months: int) -> date:
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


_MAKERS: dict[PeriodKind, Callable[[date], Period]] = {
    PeriodKind.DAY: _day,
    PeriodKind.WEEK: _week,
    PeriodKind.MONTH: _month,
    PeriodKind.QUARTER: _quarter,
}
_FIRST_DAYS: dict[PeriodKind, Callable[..., date]] = {
    PeriodKind.DAY: date,
    PeriodKind.WEEK: lambda year, week: date.fromisocalendar(year, week, 1),
    PeriodKind.MONTH: lambda year, month: date(year, month, 1),
    PeriodKind.QUARTER: lambda year, quarter: date(year, 3 * quarter - 2, 1),
}
