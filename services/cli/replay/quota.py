"""What a network element may let through of one rating group, and when it must come back.

Theory of operation. Only granted units flow. A rating group stands in one of
four places:

    UNASKED   no grant; the first traffic asks for one
    OPEN      a grant is running; the element comes back when only the
              threshold is left of it, when it is used up, when its validity
              time is over or when nobody has used it for the holding time
    OFFLINE   counted but not held back (QUOTA_MANAGEMENT_NOT_APPLICABLE)
    SHUT      nothing flows; what arrives is dropped and counted as blocked

and `_STANDING` says where each result code leads. Usage goes in, a trigger to
report comes out (`due`); the report goes out, its answer comes in. Nothing
here reads a clock: times are milliseconds of the element's own clock.
(TS 32.290 clause 5.3.2, RFC 8506 sections 5.1.2, 5.6 and 8.33-8.37.)
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class Standing(Enum):
    """Where a rating group stands."""

    UNASKED = "no grant yet"
    OPEN = "a grant is running"
    OFFLINE = "counted, not held back"
    SHUT = "nothing flows"


class Result(Enum):
    """Result of one rating group (TS 32.291 clause 6.1.6.3.14)."""

    SUCCESS = 1
    RATING_FAILED = 2
    QUOTA_MANAGEMENT_NOT_APPLICABLE = 3
    END_USER_SERVICE_DENIED = 4
    QUOTA_LIMIT_REACHED = 5
    END_USER_SERVICE_REJECTED = 6


class Why(Enum):
    """Why the element reports (TS 32.291 clause 6.1.6.3.6); the names are the contract's."""

    START = "the first traffic of a rating group"
    QUOTA_THRESHOLD = "only the threshold is left"
    QUOTA_EXHAUSTED = "nothing is left"
    VALIDITY_TIME = "the validity time is over"
    QHT = "nobody used it for the quota holding time"
    TARIFF_TIME_CHANGE = "the price changed"
    FINAL = "the session ends"


_STANDING = MappingProxyType(
    {
        Result.SUCCESS: Standing.OPEN,
        Result.QUOTA_MANAGEMENT_NOT_APPLICABLE: Standing.OFFLINE,
        Result.RATING_FAILED: Standing.SHUT,
        Result.END_USER_SERVICE_DENIED: Standing.SHUT,
        Result.QUOTA_LIMIT_REACHED: Standing.SHUT,
        Result.END_USER_SERVICE_REJECTED: Standing.SHUT,
    }
)
_ASKS_FOR_MORE = frozenset({Why.START, Why.QUOTA_THRESHOLD, Why.QUOTA_EXHAUSTED, Why.VALIDITY_TIME})


@dataclass(frozen=True, slots=True)
class Units:
    """An amount of usage: octets up and down, or seconds (as `uplink`, with nothing down)."""

    uplink: int
    downlink: int = 0

    @property
    def total(self) -> int:
        """Both directions."""
        return self.uplink + self.downlink

    def __add__(self, other: Units) -> Units:
        return Units(self.uplink + other.uplink, self.downlink + other.downlink)

    def split(self, first: int) -> tuple[Units, Units]:
        """The first `first` units, uplink before downlink, and the rest."""
        uplink = min(self.uplink, first)
        downlink = min(self.downlink, first - uplink)
        return Units(uplink, downlink), Units(self.uplink - uplink, self.downlink - downlink)


NOTHING = Units(0)


@dataclass(frozen=True, slots=True)
class Container:
    """Usage of one stretch of time, closed for one reason (TS 32.291 clause 6.1.6.2.1.6)."""

    local_sequence_number: int
    why: Why
    closed_ms: int
    units: Units


@dataclass(frozen=True, slots=True)
class Report:
    """What goes out for one rating group: usage since the last report, and whether more is wanted."""

    why: Why
    containers: tuple[Container, ...]
    asks: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """The answer for one rating group. Thresholds are units LEFT; 0 means none, as for the times."""

    result: Result
    units: int = 0
    threshold: int = 0
    validity_ms: int = 0
    holding_ms: int = 0
    final: bool = False
    tariff_change_ms: int | None = None


class Quota:
    """One rating group of one session, seen from the network element."""

    def __init__(self) -> None:
        self.standing = Standing.UNASKED
        self.due: Why | None = None
        self.blocked = NOTHING
        self.carried = NOTHING
        self._grant = Grant(Result.SUCCESS)
        self._spent = 0
        self._open_container = NOTHING
        self._closed: list[Container] = []
        self._waiting = NOTHING
        self._local_sequence = 0
        self._valid_until_ms: int | None = None
        self._idle_since_ms = 0
        self._asked = False
        self._ended = False

    @property
    def deadline_ms(self) -> int | None:
        """When `advance` must be called next; None: never by itself."""
        if self.standing is not Standing.OPEN:
            return None
        times = (self._valid_until_ms, self._idle_until_ms, self._grant.tariff_change_ms)
        return min((time for time in times if time is not None), default=None)

    @property
    def flow_limit(self) -> int | None:
        """Units that may flow before the element must come back; None without a grant."""
        if self.standing is not Standing.OPEN:
            return None
        held_back = 0 if self._grant.final else self._grant.threshold
        # A threshold as large as the grant would let nothing flow at all.
        limit = self._grant.units - held_back if held_back < self._grant.units else self._grant.units
        return limit - self._spent

    def start(self, at_ms: int) -> None:
        """Traffic of this rating group begins: a grant is needed."""
        self.advance(at_ms)
        self._idle_since_ms = at_ms
        if self.standing is Standing.UNASKED and self.due is None:
            self.due = Why.START

    def carry(self, units: Units, at_ms: int) -> None:
        """Traffic has arrived; as much flows as is granted, the rest waits for the answer to `due`."""
        self.start(at_ms)
        self._waiting += units
        self._flow()

    def advance(self, at_ms: int) -> None:
        """Time has come to `at_ms`."""
        if self.standing is Standing.SHUT and self._over(self._valid_until_ms, at_ms):
            self.standing = Standing.UNASKED
        if self.standing is not Standing.OPEN:
            return
        if self._over(self._grant.tariff_change_ms, at_ms):
            self._close_container(Why.TARIFF_TIME_CHANGE, self._grant.tariff_change_ms or at_ms)
            self._grant = dataclasses.replace(self._grant, tariff_change_ms=None)
        if self._over(self._idle_until_ms, at_ms):
            self.due = Why.QHT
        elif self._over(self._valid_until_ms, at_ms):
            self.due = Why.VALIDITY_TIME

    def report(self, why: Why, at_ms: int) -> Report:
        """Takes what is to be reported; the answer must come to `receive` before anything else flows."""
        self._close_container(why, at_ms)
        containers, self._closed = tuple(self._closed), []
        # After final units there is nothing left to ask for (RFC 8506 section 5.6).
        self._ended = self._grant.final and why is Why.QUOTA_EXHAUSTED
        self._asked = why in _ASKS_FOR_MORE and not self._ended
        self.due = None
        return Report(why, containers, self._asked)

    def receive(self, grant: Grant | None, at_ms: int) -> None:
        """The answer to a report; None where it says nothing about this rating group."""
        self.standing = self._next_standing(grant)
        self._grant = grant or Grant(Result.SUCCESS)
        self._spent = 0
        self._idle_since_ms = at_ms
        self._valid_until_ms = at_ms + self._grant.validity_ms if self._grant.validity_ms else None
        self._flow()

    def shut(self) -> None:
        """Nothing flows any more; what waits is dropped."""
        self.standing = Standing.SHUT
        self._valid_until_ms = None
        self.due = None
        self._flow()

    @property
    def unreported(self) -> bool:
        """True while usage has been carried that no report has told of."""
        return bool(self._open_container.total or self._closed)

    @property
    def _idle_until_ms(self) -> int | None:
        return self._idle_since_ms + self._grant.holding_ms if self._grant.holding_ms else None

    def _next_standing(self, grant: Grant | None) -> Standing:
        if not self._asked:
            return Standing.SHUT if self._ended else Standing.UNASKED
        if grant is None:
            return Standing.SHUT
        standing = _STANDING[grant.result]
        return Standing.SHUT if standing is Standing.OPEN and grant.units <= 0 else standing

    def _flow(self) -> None:
        if self.standing is Standing.SHUT:
            self.blocked += self._waiting
            self._waiting = NOTHING
        elif self.standing is Standing.OFFLINE:
            self._let_through(self._waiting.total)
        elif self.standing is Standing.UNASKED:
            if self._waiting.total and self.due is None:
                self.due = Why.START
        elif self.due is None:
            self._flow_within_grant()

    def _flow_within_grant(self) -> None:
        limit = self.flow_limit or 0
        self._let_through(min(limit, self._waiting.total))
        if self.flow_limit == 0:
            exhausted = self._spent == self._grant.units
            self.due = Why.QUOTA_EXHAUSTED if exhausted else Why.QUOTA_THRESHOLD

    def _let_through(self, units: int) -> None:
        flowing, self._waiting = self._waiting.split(units)
        self._open_container += flowing
        self.carried += flowing
        self._spent += units

    def _close_container(self, why: Why, at_ms: int) -> None:
        if self._open_container.total:
            self._local_sequence += 1
            self._closed.append(Container(self._local_sequence, why, at_ms, self._open_container))
            self._open_container = NOTHING

    @staticmethod
    def _over(limit_ms: int | None, at_ms: int) -> bool:
        return limit_ms is not None and at_ms >= limit_ms
