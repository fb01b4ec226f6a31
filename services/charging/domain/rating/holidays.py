"""Days that do not count as weekdays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class HolidayCalendar:
    """Holidays of single years as dates, and of every year as (month, day)."""

    code: str
    dates: frozenset[date] = frozenset()
    annual: frozenset[tuple[int, int]] = frozenset()

    def includes(self, day: date) -> bool:
        """True where the day is a holiday."""
        return (day.month, day.day) in self.annual or day in self.dates
