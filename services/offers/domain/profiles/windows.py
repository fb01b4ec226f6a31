"""Sliding windows counted in two tumbling buckets each, and usage that fades. Whole units, no clock.

A window of width W keeps what fell into the present bucket [k W, (k+1) W) and into the one before. Its
sum at an instant is the present bucket, and of the one before the share that still lies within the window.
"""

from __future__ import annotations

import math
from itertools import pairwise

from services.common.kernel.clock import DAY, SECOND
from services.offers.domain.customer import WINDOW_SECONDS

WIDTHS = tuple(seconds * SECOND for seconds in WINDOW_SECONDS)
"""Of each window, in microseconds."""

_RATIOS = tuple(wide // narrow for narrow, wide in pairwise(WIDTHS))

Counts = tuple[int, ...]
"""Bucket before and present bucket of each window, in order of WIDTHS."""

NO_COUNTS: Counts = (0,) * (2 * len(WIDTHS))

_HALF_LIFE = DAY


def steps(newest: int, at: int) -> tuple[int, ...]:
    """By how many buckets an instant lies after the newest, window by window; below zero: before it.

    Empty where it lies in the same bucket of every window. A wider bucket is so many of the narrower ones.
    """
    there, here = at // WIDTHS[0], newest // WIDTHS[0]
    if there == here:
        return ()
    moved = [there - here]
    for ratio in _RATIOS:
        there, here = there // ratio, here // ratio
        moved.append(there - here)
    return tuple(moved)


def added(counts: Counts, moved: tuple[int, ...], amount: int) -> Counts:
    """The counts with an amount of an instant that lies `moved` buckets after the newest.

    What is late goes where it still counts; what is too late for a window goes nowhere.
    """
    if not moved:
        a, b, c, d, e, f, g, h, i, j = counts
        return (a, b + amount, c, d + amount, e, f + amount, g, h + amount, i, j + amount)
    after = list(counts)
    present = 1
    for step in moved:
        if step == 0:
            after[present] += amount
        elif step > 0:
            after[present - 1] = after[present] if step == 1 else 0
            after[present] = amount
        elif step == -1:
            after[present - 1] += amount
        present += 2
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
    for width, before, present in zip(WIDTHS, counts[::2], counts[1::2], strict=True):
        bucket, passed = divmod(now, width)
        step = bucket - newest // width
        if step == 0:
            found.append(present + before * (width - passed) // width)
        else:
            found.append(present * (width - passed) // width if step == 1 else 0)
    return tuple(found)


def faded(value: float, elapsed: int) -> float:
    """What is left of a value after so many microseconds, with a half-life of a day."""
    return value * math.exp2(-elapsed / _HALF_LIFE)
