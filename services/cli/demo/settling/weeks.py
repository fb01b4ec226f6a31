"""ISO weeks in UTC, by which the example agreements are settled."""

from __future__ import annotations

from services.common.kernel.clock import DAY, SECOND, Instant, utc

_WEEK = 7 * DAY
_A_MONDAY = 4 * DAY
"""The fifth of January 1970."""


def weeks_from(begins: Instant, now: Instant) -> tuple[str, ...]:
    """`2026-W47`, `2026-W48`: from the week of one instant to that of a later one, oldest first.

    Only the week of `now` where `begins` is later: what is used in the future is charged, and settled, now.
    """
    first = _monday(min(begins, now))
    return tuple(_name(Instant(monday)) for monday in range(first, now + 1, _WEEK))


def seconds_left(now: Instant) -> float:
    """Until the next week begins."""
    return (_monday(now) + _WEEK - now) / SECOND


def _monday(at: Instant) -> Instant:
    """00:00 UTC on the Monday of an instant's week."""
    return Instant(at - (at - _A_MONDAY) % _WEEK)


def _name(at: Instant) -> str:
    year, week, _ = utc(at).isocalendar()
    return f"{year:04}-W{week:02}"
