"""Time bands and their windows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from services.catalog.domain.catalog import Catalog, TimeBand
from services.catalog.domain.findings import Finding, FindingReason, error
from services.catalog.domain.week import MINUTES_PER_DAY, WEEKDAYS


def time_findings(catalog: Catalog) -> Iterator[Finding]:
    """Empty bands, impossible windows, windows of one band that overlap."""
    for band in catalog.time_bands:
        field = f"time_bands.{band.code}"
        if not band.windows:
            yield error(
                FindingReason.TIME_BAND_EMPTY, field, "a time band needs a window; add one or drop it"
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
    for day, name in enumerate(WEEKDAYS, start=1):
        spans = sorted((w.start_minute, w.end_minute) for w in band.windows if day in w.weekdays)
        for (_, end), (start, _) in pairwise(spans):
            if start < end:
                yield error(
                    FindingReason.TIME_WINDOWS_OVERLAP,
                    field,
                    f"two windows both hold {name} {start // 60:02d}:{start % 60:02d}; join them or move one",
                )
                return
