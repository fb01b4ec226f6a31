"""Moments in words, for findings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from services.catalog.domain.moments import DAYS_PER_WEEK, MINUTES_PER_DAY, Moments, Span

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHOWN = 3


def describe(moments: Moments, spans: Iterable[Span]) -> str:
    """Spans in words, neighbours joined: `mon 07:00 to mon 19:00`, `on holidays of de-holidays: all day`."""
    chosen = frozenset(spans)
    if chosen == moments.all_spans:
        return "at any time" if moments.edges or moments.calendars else "all week"
    together: dict[tuple[int, tuple[str, ...]], list[Span]] = {}
    for span in sorted(chosen):
        together.setdefault((span.stage, span.holidays), []).append(span)
    parts = []
    for (stage, holidays), same in together.items():
        whole = {s for s in moments.all_spans if (s.stage, s.holidays) == (stage, holidays)}
        days = "on holidays of " + " and ".join(holidays) if holidays else ""
        hours = ("all day" if holidays else "all week") if whole == set(same) else _hours(same)
        parts.append(", ".join(filter(None, (_between(moments, stage), days, hours))))
    return _shortened(parts, "; ")


def _between(moments: Moments, stage: int) -> str:
    """The days of a stage; '' where no price names days."""
    if not moments.edges:
        return ""
    last = f"until {moments.edges[stage] - timedelta(days=1)}" if stage < len(moments.edges) else ""
    first = f"from {moments.edges[stage - 1]}" if stage else ""
    return " ".join(filter(None, (first, last)))


def _hours(spans: Iterable[Span]) -> str:
    joined: list[tuple[int, int]] = []
    for span in spans:
        midnight = (span.weekday - 1) * MINUTES_PER_DAY
        start, end = midnight + span.start_minute, midnight + span.end_minute
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return _shortened([f"{_moment(start, 0)} to {_moment(end, 1)}" for start, end in joined], ", ")


def _moment(minute: int, back: int) -> str:
    """A minute of the week. `back` 1: an end, so midnight belongs to the day before."""
    day, rest = divmod(minute, MINUTES_PER_DAY)
    if back and rest == 0:
        day, rest = day - 1, MINUTES_PER_DAY
    return f"{WEEKDAYS[day % DAYS_PER_WEEK]} {rest // 60:02d}:{rest % 60:02d}"


def _shortened(parts: list[str], separator: str) -> str:
    more = f" and {len(parts) - _SHOWN} more" if len(parts) > _SHOWN else ""
    return separator.join(parts[:_SHOWN]) + more
