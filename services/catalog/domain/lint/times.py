"""Time bands with their windows, and holidays."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from services.catalog.domain.catalog import HOLIDAY, Catalog, TimeBand
from services.catalog.domain.findings import Finding, FindingReason, error
from services.catalog.domain.moment_words import WEEKDAYS
from services.catalog.domain.moments import MINUTES_PER_DAY

_DAYS = (*WEEKDAYS, "holiday")


def time_findings(catalog: Catalog) -> Iterator[Finding]:
    """Empty bands and calendars, impossible windows, windows of one band that overlap, days given twice."""
    for calendar in catalog.calendars:
        field = f"calendars.{calendar.code}.days"
        if not calendar.days:
            yield error(FindingReason.CALENDAR_EMPTY, field, "a calendar needs a holiday; add one or drop it")
        for day in sorted({day for day in calendar.days if calendar.days.count(day) > 1}):
            yield error(FindingReason.REFERENCE_TWICE, field, f"{day} is named more than once")
    for band in catalog.time_bands:
        field = f"time_bands.{band.code}"
        if not band.windows:
            yield error(
                FindingReason.TIME_BAND_EMPTY, field, "a time band needs a window; add one or drop it"
            )
        if not band.calendar and any(HOLIDAY in window.weekdays for window in band.windows):
            yield error(
                FindingReason.HOLIDAY_WITHOUT_CALENDAR,
                f"{field}.windows",
                "which days are holidays? name a `calendar` for this band",
            )
        yield from _impossible(band, f"{field}.windows")
        yield from _overlapping(band, f"{field}.windows")


def _impossible(band: TimeBand, field: str) -> Iterator[Finding]:
    for window in band.windows:
        if not window.weekdays or not 0 <= window.start_minute < window.end_minute <= MINUTES_PER_DAY:
            yield error(
                FindingReason.TIME_WINDOW_INVALID,
                field,
                "a window ends after it begins; write one over midnight as two: 22:00-24:00 and 00:00-06:00",
            )


def _overlapping(band: TimeBand, field: str) -> Iterator[Finding]:
    for day, name in enumerate(_DAYS, start=1):
        spans = sorted((w.start_minute, w.end_minute) for w in band.windows if day in w.weekdays)
        for (_, end), (start, _) in pairwise(spans):
            if start < end:
                yield error(
                    FindingReason.TIME_WINDOWS_OVERLAP,
                    field,
                    f"two windows both hold {name} {start // 60:02d}:{start % 60:02d}; join them or move one",
                )
                return
