"""Unusual usage: a day that costs many times what days usually cost."""

from __future__ import annotations

from typing import NamedTuple

from services.common.kernel.money import MICROS_PER_MINOR_UNIT
from services.notification.domain.mirror.accounts import Days

MOST_DAYS = 28
FEWEST_DAYS = 7


class UnusualRule(NamedTuple):
    """More than `factor` times the usual, and at least so much. `factor` 0: nobody is told."""

    factor: int = 0
    at_least_minor: int = 0


class Unusual(NamedTuple):
    """What a day came to, and the mean of the days before, in minor_micros (rounded down)."""

    spent: int
    usual: int


def spent(days: Days, day: int, minor_micros: int) -> Days:
    """Days with so much more usage on one of them; those that no rule looks at any more are dropped.

    Usage that was free makes its day one that counts.
    """
    if days and days[-1][0] == day:
        return (*days[:-1], (day, days[-1][1] + minor_micros)) if minor_micros else days
    amounts = dict(days)
    amounts[day] = amounts.get(day, 0) + minor_micros
    first = max(amounts) - MOST_DAYS
    return tuple((each, amounts[each]) for each in sorted(amounts) if each >= first)


def unusual(days: Days, day: int, rule: UnusualRule) -> Unusual | None:
    """Whether what a day has come to is unusual. None: it is not, or too little is known to say."""
    today = next((minor_micros for each, minor_micros in days if each == day), 0)
    earlier = [minor_micros for each, minor_micros in days if day - MOST_DAYS <= each < day]
    if not rule.factor or len(earlier) < FEWEST_DAYS:
        return None
    if today < rule.at_least_minor * MICROS_PER_MINOR_UNIT or today * len(earlier) <= rule.factor * sum(
        earlier
    ):
        return None
    return Unusual(today, sum(earlier) // len(earlier))
