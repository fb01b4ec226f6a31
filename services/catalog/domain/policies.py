"""Counters with their marks, and limits on how often something may be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from services.catalog.domain.amounts import Amount
from services.catalog.domain.circumstances import ALWAYS, Conditions


class CounterMeasure(Enum):
    """Units used, or money charged with its tax."""

    UNITS = "units"
    MONEY = "money"


class CounterPeriod(Enum):
    """On the subscriber's own calendar; a week begins on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


Mark = int | Amount
"""Where a counter tells or stops: units, or an amount."""


@dataclass(frozen=True, slots=True)
class CounterThreshold:
    """Told once a period. `status`: policy counter status from here on (TS 29.594); '': an event only."""

    mark: Mark
    status: str = ""


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts usage or money over a period. `cap` None: it never stops anything.

    No rating groups: every one. `liftable`: the subscriber may have the cap
    lifted. `shared`: one for the account instead of one for each subscriber.
    """

    code: str
    name: str
    measure: CounterMeasure
    period: CounterPeriod
    rating_groups: tuple[str, ...] = ()
    conditions: Conditions = ALWAYS
    thresholds: tuple[CounterThreshold, ...] = ()
    cap: Mark | None = None
    liftable: bool = False
    shared: bool = False

    def marks(self) -> list[tuple[str, Mark]]:
        """Every mark, with its dotted place below the counter."""
        found: list[tuple[str, Mark]] = [
            (f"thresholds.{index}", threshold.mark) for index, threshold in enumerate(self.thresholds)
        ]
        return found if self.cap is None else [*found, ("cap", self.cap)]


class VelocitySubject(Enum):
    """Whose requests are counted together."""

    SUBSCRIBER = "subscriber"
    ELEMENT = "element"


class VelocityRequest(Enum):
    """Which requests count."""

    SESSION = "session"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class VelocityLimit:
    """At most `maximum_requests` within any `window_seconds`; what comes beyond is refused."""

    code: str
    name: str
    subject: VelocitySubject
    request: VelocityRequest
    maximum_requests: int
    window_seconds: int
