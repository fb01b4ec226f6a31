"""Days as whole numbers, as the tables have them."""

from __future__ import annotations

from datetime import date

_FIRST = date(1970, 1, 1).toordinal()


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _FIRST


def date_of(number: int) -> date:
    """The day of that number."""
    return date.fromordinal(number + _FIRST)
