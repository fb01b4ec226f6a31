"""Sliding windows counted in two tumbling buckets each, and usage that fades. Whole units, no clock.

A window of width W keeps what fell into the present bucket [k W, (k+1) W) and into the one before. Its
sum at an instant is the present bucket, and of the one before the share that still lies within the window.
"""

from __future__ import annotations

import math

from services.common.kernel.clock import DAY, SECOND
from services.offers.domain.customer import WINDOW_SECONDS

WIDTHS = tuple(seconds * SECOND for seconds in WINDOW_SECONDS)
"""Of each window, in microseconds."""

Counts = tuple[int, ...]
"""Bucket before and present bucket of each window, in order of WIDTHS."""

NO_COUNTS: Counts = (0,) * (2 * len(WIDTHS))

_HALF_LIFE = DAY


def is_same(newest: int, at: int) -> bool:
    """True where two instants lie in the same bucket of every window.

    Each width is a multiple of the one before: the narrowest decides.
    """
    return newest // WIDTHS[0] == at // WIDTHS[0]


def increased(counts: Counts, amount: int) -> Counts:
    """The counts with an amount in every present bucket: what `added` gives where nothing has moved."""
    a, b, c, d, e, f, g, h, i, j = counts
    return (a, b + amount, c, d + amount, e, f + amount, g, h + amount, i, j + amount)


def added(counts: Counts, newest: int, at: int, amount: int) -> Counts:
    """The counts, as of the newest instant, with an amount of another instant.

    What is late goes where it still counts; what is too late for a window goes nowhere.
    """
    after = list(counts)
    for index, width in enumerate(WIDTHS):
        before, present = 2 * index, 2 * index + 1
        step = at // width - newest // width
        if step == 0:
            # In no wider window has it moved either.
            for place in range(present, len(after), 2):
                after[place] += amount
            break
        if step > 0:
            after[before] = after[present] if step == 1 else 0
            after[present] = amount
        elif step == -1:
            after[before] += amount
    return tuple(after)


def taken(counts: Counts, amount: int) -> Counts:
    """The counts with an amount (zero or more) taken away, the newest first; nothing falls below zero."""
    after = list(counts)
    for index in range(0, len(after), 2):
        from_present = min(amount, after[index + 1])
        after[index + 1] -= from_present
        after[index] -= min(amount - from_present, after[index])
    return tuple(after)


def sums(counts: Counts, newest: int, now: int) -> tuple[int, ...]:
    """What lies in each window at an instant, rounded down; never as of before the newest."""
    now = max(now, newest)
    found: list[int] = []
    for index, width in enumerate(WIDTHS):
        before, present = counts[2 * index], counts[2 * index + 1]
        step, left = now // width - newest // width, width - now % width
        if step == 0:
            found.append(present + before * left // width)
        else:
            found.append(present * left // width if step == 1 else 0)
    return tuple(found)


def faded(value: float, elapsed: int) -> float:
    """What is left of a value after so many microseconds, with a half-life of a day."""
    return value * math.exp2(-elapsed / _HALF_LIFE)
