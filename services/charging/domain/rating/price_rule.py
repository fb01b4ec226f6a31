"""A price with the conditions under which it holds, and which of several prices wins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.charging.domain.rating.circumstances import ANYWHERE, Circumstances, Conditions
from services.charging.domain.rating.holidays import HolidayCalendar
from services.charging.domain.rating.price import Price
from services.charging.domain.rating.week import MINUTES_PER_DAY, TimeBand


class PriceBookError(ValueError):
    """Prices that cannot stand together: PRICE_OVERLAP or CATALOG_TOO_LARGE, and in words."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class PriceRule:
    """A price and when it holds. No band: at any time; days None: without that end, both included."""

    price: Price
    rating_groups: frozenset[int]
    conditions: Conditions = ANYWHERE
    band: TimeBand | None = None
    calendar: HolidayCalendar | None = None
    first_day: date | None = None
    last_day: date | None = None
    precedence: int = 0

    @property
    def at_any_time(self) -> bool:
        """True without time band, first and last day."""
        return self.band is None and self.first_day is None and self.last_day is None

    @property
    def rank(self) -> tuple[int, int]:
        """The lower goes first: precedence, then the number of conditions, the most first."""
        dated = self.first_day is not None or self.last_day is not None
        return self.precedence, -(self.conditions.count + (self.band is not None) + dated)

    def holds(self, rating_group: int, under: Circumstances, day: date, minute: int) -> bool:
        """True where each condition is met on a local day at a minute of it."""
        return (
            rating_group in self.rating_groups and self.conditions.hold(under) and self.in_time(day, minute)
        )

    def in_time(self, day: date, minute: int) -> bool:
        """True where days and time band hold on a local day at a minute of it."""
        if (self.first_day is not None and day < self.first_day) or (
            self.last_day is not None and day > self.last_day
        ):
            return False
        if self.band is None:
            return True
        if self.calendar is not None and self.calendar.includes(day):
            return self.band.covers_on_holiday(minute)
        return self.band.covers(day.weekday() * MINUTES_PER_DAY + minute)


def deciding(by_rank: Sequence[PriceRule]) -> tuple[PriceRule, ...]:
    """Those of some rules, ascending in rank, that can win: one that holds at any time ends the list."""
    kept: list[PriceRule] = []
    last_rank: tuple[int, int] | None = None
    for rule in by_rank:
        if last_rank is not None and rule.rank != last_rank:
            break
        kept.append(rule)
        if rule.at_any_time:
            last_rank = rule.rank
    return tuple(kept)


def winner(by_rank: Sequence[PriceRule]) -> Price | None:
    """The price of the first of some rules, ascending in rank; None of none.

    Raises PriceBookError PRICE_OVERLAP where two are first.
    """
    if not by_rank:
        return None
    if len(by_rank) > 1 and by_rank[1].rank == by_rank[0].rank:
        equal = [rule.price for rule in by_rank if rule.rank == by_rank[0].rank]
        raise PriceBookError(
            "PRICE_OVERLAP",
            f"{_together(equal)} apply at the same time and are equally specific; narrow one of them "
            "down or give it another precedence",
        )
    return by_rank[0].price


def _together(prices: Iterable[Price]) -> str:
    return " and ".join(sorted(price.code for price in prices))
