"""Counters with thresholds and caps, and velocity limits, as a catalog version defines them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from services.charging.domain.rating.circumstances import ANYWHERE, Circumstances, Conditions


class CounterPeriod(Enum):
    """Over what a counter counts, on the subscriber's own calendar."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class CounterThreshold:
    """A mark in the counter's measure, and the policy counter status from there on ('': an event only)."""

    mark: int
    status: str


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts units, or (`is_money`) minor_micros with tax. `cap` None: never stops anything."""

    code: str
    name: str
    is_money: bool
    period: CounterPeriod
    thresholds: tuple[CounterThreshold, ...] = ()
    cap: int | None = None
    liftable: bool = False
    shared: bool = False
    rating_groups: frozenset[int] = frozenset()
    conditions: Conditions = ANYWHERE

    def counts(self, rating_group: int, under: Circumstances) -> bool:
        """True where such usage moves this counter."""
        return (not self.rating_groups or rating_group in self.rating_groups) and self.conditions.hold(under)

    def status(self, value: int) -> str:
        """Policy counter status at a value: that of the highest threshold reached that has one; else ''."""
        reached = [item.status for item in self.thresholds if item.status and item.mark <= value]
        return reached[-1] if reached else ""


class VelocityRequest(Enum):
    """Which requests a velocity limit counts."""

    SESSION = "session"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class VelocityLimit:
    """At most `maximum_requests` within any `window_seconds`: of a subscriber, or `per_element`."""

    code: str
    per_element: bool
    request: VelocityRequest
    maximum_requests: int
    window_seconds: int
