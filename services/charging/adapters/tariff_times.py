"""The catalog's time bands and holiday calendars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tidemark.catalog.v1 import catalog_pb2, circumstances_pb2

from services.charging.adapters.tariff_values import day
from services.charging.domain.rating.holidays import HolidayCalendar
from services.charging.domain.rating.tariff import TariffError
from services.charging.domain.rating.week import MINUTES_PER_DAY, TimeBand

HOLIDAY = 8
"""What a time window calls a holiday, after the seven ISO weekdays."""

_ANY_LEAP_YEAR = "2000-"


@dataclass(frozen=True, slots=True)
class Times:
    """Bands and calendars by code."""

    bands: Mapping[str, TimeBand]
    calendars: Mapping[str, HolidayCalendar]

    def band(self, code: str, field: str) -> tuple[TimeBand | None, HolidayCalendar | None]:
        """The band of a code and its calendar; nothing of ''. Raises TariffError TIME_BAND_UNKNOWN."""
        if not code:
            return None, None
        if code not in self.bands:
            raise TariffError("TIME_BAND_UNKNOWN", field, f"there is no time band {code!r}")
        band = self.bands[code]
        return band, self.calendars[band.calendar] if band.calendar else None


def times(catalog: catalog_pb2.Catalog) -> Times:
    """Reads them all. Raises TariffError CALENDAR_UNKNOWN, DAY_INVALID or TIME_WINDOW_INVALID."""
    calendars = {item.code: _calendar(item) for item in catalog.calendars}
    bands = {item.code: _band(item) for item in catalog.time_bands}
    for band in bands.values():
        if band.calendar and band.calendar not in calendars:
            raise TariffError(
                "CALENDAR_UNKNOWN", f"time_bands.{band.code}", f"there is no calendar {band.calendar!r}"
            )
    return Times(bands, calendars)


def _calendar(message: circumstances_pb2.HolidayCalendar) -> HolidayCalendar:
    field = f"calendars.{message.code}"
    dates: set[date] = set()
    annual: set[tuple[int, int]] = set()
    for text in message.days:
        every_year = len(text) == len("12-25")
        found = day(_ANY_LEAP_YEAR + text if every_year else text, field)
        if found is None:
            raise TariffError("DAY_INVALID", field, "a holiday is a day such as 2026-12-25 or 12-25")
        if every_year:
            annual.add((found.month, found.day))
        else:
            dates.add(found)
    return HolidayCalendar(message.code, frozenset(dates), frozenset(annual))


def _band(message: catalog_pb2.TimeBand) -> TimeBand:
    windows: set[tuple[int, int]] = set()
    holidays: set[tuple[int, int]] = set()
    for window in message.windows:
        if not window.start_minute < window.end_minute <= MINUTES_PER_DAY:
            raise TariffError(
                "TIME_WINDOW_INVALID", f"time_bands.{message.code}", "a window ends after it starts, by 24:00"
            )
        for weekday in window.weekdays:
            if not 1 <= weekday <= HOLIDAY:
                raise TariffError(
                    "TIME_WINDOW_INVALID",
                    f"time_bands.{message.code}",
                    f"a weekday is 1 to 7, or {HOLIDAY} for a holiday, not {weekday}",
                )
            midnight = 0 if weekday == HOLIDAY else (weekday - 1) * MINUTES_PER_DAY
            (holidays if weekday == HOLIDAY else windows).add(
                (midnight + window.start_minute, midnight + window.end_minute)
            )
    return TimeBand(message.code, tuple(sorted(windows)), message.calendar, tuple(sorted(holidays)))
