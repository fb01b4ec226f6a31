"""What lint foresees for one moment under given circumstances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.catalog.domain.lint.cells import OTHER
from services.catalog.domain.lint.coverage import Coverage
from services.catalog.domain.moments import Moments, Span, stage_of
from services.catalog.domain.pricing import Price


def foreseen(
    coverages: Sequence[Coverage],
    group: str,
    under: Mapping[str, str],
    at: datetime,
    holidays: Mapping[str, tuple[str, ...]],
) -> Price | None:
    """The price that wins, by code of each kind of condition, at a local time; None: a hole, or denied."""
    for coverage in coverages:
        if group in coverage.family.rating_groups:
            codes = tuple(
                under.get(d.kind, OTHER) if under.get(d.kind, OTHER) in d.codes else OTHER
                for d in coverage.family.dimensions
            )
            for price, spans in coverage.winners.get(codes, ()):
                if any(_within(span, coverage.moments, at, holidays) for span in spans):
                    return price
    return None


def _within(span: Span, moments: Moments, at: datetime, holidays: Mapping[str, tuple[str, ...]]) -> bool:
    today = tuple(
        code
        for code in moments.calendars
        if at.date().isoformat() in holidays[code] or f"{at:%m-%d}" in holidays[code]
    )
    return (
        (span.stage, span.holidays, span.weekday)
        == (stage_of(at.date(), moments.edges), today, at.isoweekday())
    ) and span.start_minute <= at.hour * 60 + at.minute < span.end_minute
