"""The week cut at every minute at which some time band begins or ends."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.catalog.domain.catalog import TimeBand

MINUTES_PER_DAY = 1440
MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Week:
    """Stretches between cuts, numbered from 0; `bands` says which of them each time band covers."""

    starts: tuple[int, ...]
    bands: Mapping[str, frozenset[int]]

    @property
    def stretches(self) -> frozenset[int]:
        """Every stretch of the week."""
        return frozenset(range(len(self.starts)))

    def describe(self, stretches: Iterable[int]) -> str:
        """Stretches in words, neighbours joined: `mon 07:00 to mon 19:00`."""
        chosen = sorted(stretches)
        if len(chosen) == len(self.starts):
            return "all week"
        ends = (*self.starts[1:], MINUTES_PER_WEEK)
        spans: list[tuple[int, int]] = []
        for index in chosen:
            if spans and spans[-1][1] == self.starts[index]:
                spans[-1] = (spans[-1][0], ends[index])
            else:
                spans.append((self.starts[index], ends[index]))
        shown = [f"{_moment(start)} to {_moment(end)}" for start, end in spans[:3]]
        return ", ".join(shown) + (f" and {len(spans) - 3} more" if len(spans) > 3 else "")


def week_of(bands: Iterable[TimeBand]) -> Week:
    """Cuts the week at the edges of the bands."""
    spans = {
        band.code: [
            (
                (day - 1) * MINUTES_PER_DAY + window.start_minute,
                (day - 1) * MINUTES_PER_DAY + window.end_minute,
            )
            for window in band.windows
            for day in window.weekdays
        ]
        for band in bands
    }
    edges = {edge for windows in spans.values() for window in windows for edge in window}
    starts = tuple(sorted({0} | {edge for edge in edges if 0 <= edge < MINUTES_PER_WEEK}))
    covered = {
        code: frozenset(
            index
            for start, end in windows
            for index in range(bisect_left(starts, start), bisect_left(starts, end))
        )
        for code, windows in spans.items()
    }
    return Week(starts, covered)


def _moment(minute: int) -> str:
    day, rest = divmod(minute, MINUTES_PER_DAY)
    if day == len(WEEKDAYS):
        return "sun 24:00"
    return f"{WEEKDAYS[day]} {rest // 60:02d}:{rest % 60:02d}"
