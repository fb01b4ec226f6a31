"""Time cut into moments: stretches in which the same time bands and days of prices hold.

A kind of day is a weekday, the calendars for which it is a holiday, and where
it lies between the first and last days that prices name. Only kinds that
some real date has are looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from services.catalog.domain.catalog import HOLIDAY, Catalog, TimeBand
from services.catalog.domain.pricing import Price

MINUTES_PER_DAY = 1440
DAYS_PER_WEEK = 7
# The Gregorian weekdays of all dates, 29 February included, come round in 28 years.
_CYCLE = timedelta(days=28 * 366)
_ANY_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class TimeCondition:
    """When a price holds. `band` '': at any time of the week; None: no first or last day."""

    band: str
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True, slots=True)
class DayKind:
    """`weekday` 1 Monday to 7 Sunday; `stage`: between which of the days that are named, from 0."""

    stage: int
    weekday: int
    holidays: frozenset[str]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Minutes [start, end) of a kind of day."""

    stage: int
    holidays: tuple[str, ...]
    weekday: int
    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True)
class Moments:
    """Spans by the conditions that hold in them. `edges`: days at which a stage begins, ascending."""

    edges: tuple[date, ...]
    calendars: tuple[str, ...]
    spans: Mapping[frozenset[TimeCondition], tuple[Span, ...]]

    @property
    def all_spans(self) -> frozenset[Span]:
        """All of time."""
        return frozenset(span for spans in self.spans.values() for span in spans)


def when(price: Price) -> TimeCondition:
    """The time condition of a price."""
    return TimeCondition(price.time_band, price.first_day, price.last_day)


@dataclass(slots=True)
class Timeline:
    """Cuts time for sets of conditions, each only once."""

    bands: Mapping[str, TimeBand]
    holidays: Mapping[str, tuple[str, ...]]
    _cut: dict[frozenset[TimeCondition], Moments] = field(default_factory=dict)

    @classmethod
    def of(cls, catalog: Catalog) -> Timeline:
        """The timeline of one catalog."""
        return cls(
            {band.code: band for band in catalog.time_bands},
            {item.code: item.days for item in catalog.calendars},
        )

    def moments(self, prices: Iterable[Price]) -> Moments:
        """Time as the conditions of these prices cut it."""
        conditions = frozenset(when(price) for price in prices)
        if conditions not in self._cut:
            self._cut[conditions] = self._moments(conditions)
        return self._cut[conditions]

    def _moments(self, conditions: frozenset[TimeCondition]) -> Moments:
        edges = tuple(sorted(_edges(conditions)))
        named = [self.bands[item.band] for item in conditions if item.band in self.bands]
        calendars = tuple(sorted({band.calendar for band in named if band.calendar}))
        spans: dict[frozenset[TimeCondition], list[Span]] = {}
        for kind in self._kinds(edges, calendars):
            here = [item for item in conditions if _in_stage(item, kind.stage, edges)]
            for start, end in _stretches(named, kind):
                holding = frozenset(item for item in here if self._holds(item, kind, start))
                span = Span(kind.stage, tuple(sorted(kind.holidays)), kind.weekday, start, end)
                spans.setdefault(holding, []).append(span)
        return Moments(edges, calendars, {key: tuple(sorted(found)) for key, found in spans.items()})

    def _holds(self, condition: TimeCondition, kind: DayKind, minute: int) -> bool:
        if not condition.band:
            return True
        band = self.bands.get(condition.band)
        return band is not None and any(s <= minute < e for s, e in windows_on(band, kind))

    def _kinds(self, edges: Sequence[date], calendars: Sequence[str]) -> list[DayKind]:
        """Every kind of day that some date has."""
        holidays = self._dates(edges, calendars)
        kinds = {DayKind(stage_of(day, edges), day.isoweekday(), codes) for day, codes in holidays.items()}
        for stage, (first, end) in enumerate(pairwise(_bounds(edges))):
            missing = set(range(1, DAYS_PER_WEEK + 1))
            day = first
            while missing and day < end:
                if day not in holidays and day.isoweekday() in missing:
                    missing.discard(day.isoweekday())
                    kinds.add(DayKind(stage, day.isoweekday(), frozenset()))
                day += timedelta(days=1)
        return sorted(kinds, key=lambda kind: (kind.stage, sorted(kind.holidays), kind.weekday))

    def _dates(self, edges: Sequence[date], calendars: Sequence[str]) -> dict[date, frozenset[str]]:
        """Holidays of a whole cycle before, between and after the days named, with their calendars."""
        first, *_, end = _bounds(edges)
        found: dict[date, set[str]] = {}
        for code in calendars:
            for text in self.holidays.get(code, ()):
                for day in _dates_of(text, first, end):
                    found.setdefault(day, set()).add(code)
        return {day: frozenset(codes) for day, codes in found.items()}


def windows_on(band: TimeBand, kind: DayKind) -> list[tuple[int, int]]:
    """Windows of a band on a kind of day: on a holiday of its calendar those of holidays."""
    day = HOLIDAY if band.calendar and band.calendar in kind.holidays else kind.weekday
    return [(w.start_minute, w.end_minute) for w in band.windows if day in w.weekdays]


def stage_of(day: date, edges: Sequence[date]) -> int:
    """How many of the edges are past."""
    return bisect_right(edges, day)


def _edges(conditions: Iterable[TimeCondition]) -> set[date]:
    firsts = {item.first_day for item in conditions if item.first_day is not None}
    return firsts | {
        item.last_day + timedelta(days=1)
        for item in conditions
        if item.last_day is not None and item.last_day < date.max
    }


def _bounds(edges: Sequence[date]) -> list[date]:
    """Edges with a cycle before the first and after the last; years beyond the calendar are cut off."""
    first, last = (edges[0], edges[-1]) if edges else (_ANY_DAY, _ANY_DAY)
    earliest = first - min(_CYCLE, first - date.min)
    return [earliest, *edges, last + min(_CYCLE, date.max - last)]


def _in_stage(condition: TimeCondition, stage: int, edges: Sequence[date]) -> bool:
    """True where the whole stage lies between the first and the last day."""
    begun = condition.first_day is None or stage_of(condition.first_day, edges) <= stage
    over = condition.last_day is not None and stage > stage_of(condition.last_day, edges)
    return begun and not over


def _stretches(bands: Iterable[TimeBand], kind: DayKind) -> list[tuple[int, int]]:
    edges = {edge for band in bands for window in windows_on(band, kind) for edge in window}
    inner = {edge for edge in edges if 0 < edge < MINUTES_PER_DAY}
    return list(pairwise(sorted({0, MINUTES_PER_DAY} | inner)))


def _dates_of(text: str, first: date, end: date) -> list[date]:
    """The dates of a holiday between two dates."""
    if len(text) > len("12-25"):
        day = date.fromisoformat(text)
        return [day] if first <= day < end else []
    month, number = (int(part) for part in text.split("-"))
    found = []
    for year in range(first.year, end.year + 1):
        try:
            day = date(year, month, number)
        except ValueError:
            continue
        if first <= day < end:
            found.append(day)
    return found
