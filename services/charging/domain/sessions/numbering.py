"""Numbers that should come in order, and do not always: the last one seen, and the ones still missing."""

from __future__ import annotations

MOST_MISSING = 64
"""Missing numbers remembered; the oldest are given up first."""


def is_new(number: int, last: int | None, missing: tuple[int, ...]) -> bool:
    """True for a number that has not been seen: above the last, or one of the missing."""
    return last is None or number > last or number in missing


def seen(number: int, last: int | None, missing: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """Last number and missing ones after one more was seen. Before the first nothing is missing."""
    if last is None or number == last + 1:
        return number, missing
    if number <= last:
        return last, tuple(item for item in missing if item != number)
    skipped = range(max(last + 1, number - MOST_MISSING), number)
    return number, (*missing, *skipped)[-MOST_MISSING:]
