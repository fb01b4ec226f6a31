"""One catalog version in one currency, compiled into tables that the hot path only looks up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from services.charging.domain.rating.circumstances import ANYWHERE, Circumstances, Conditions
from services.charging.domain.rating.fees import Fee, Period, Rollover, Trial
from services.charging.domain.rating.places import Places
from services.charging.domain.rating.policies import Counter, VelocityLimit
from services.charging.domain.rating.price import Price
from services.charging.domain.rating.price_book import PriceBook
from services.common.kernel.clock import Instant


class TariffError(ValueError):
    """A catalog that cannot be compiled: which rule it breaks, where, and in words."""

    def __init__(self, reason: str, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.reason = reason
        self.field = field
        self.message = message


class FinalUnitAction(Enum):
    """What the element does when the last units are used (RFC 8506 section 8.35)."""

    TERMINATE = "terminate"
    REDIRECT = "redirect"
    RESTRICT_ACCESS = "restrict"


class VolumeDirection(Enum):
    """Which octets of a report count."""

    TOTAL = "total"
    UPLINK = "uplink"
    DOWNLINK = "downlink"


class ExistingSubscribers(Enum):
    """What a new version does to those who have the offering."""

    KEEP = "keep"
    NEXT_SESSION = "next session"
    NEXT_PERIOD = "next period"
    AT_ONCE = "at once"


@dataclass(frozen=True, slots=True)
class QuotaPolicy:
    """Bounds for the size of a grant (units) and its validity (seconds)."""

    initial_units: int
    minimum_units: int
    maximum_units: int
    maximum_validity_seconds: int
    quota_holding_seconds: int


@dataclass(frozen=True, slots=True)
class RatingGroup:
    """What usage is reported under, and in which unit it is counted.

    `offline`: charged as reported, nothing granted. `outcome`: a unit is an
    outcome, which must be named with its evidence.
    """

    rating_group: int
    code: str
    service: str
    unit: str
    quota: QuotaPolicy
    final_unit_action: FinalUnitAction
    redirect_address: str
    offline: bool = False
    direction: VolumeDirection = VolumeDirection.TOTAL
    outcome: bool = False


@dataclass(frozen=True, slots=True)
class Allowance:
    """Units that come with an offering.

    `validity_days` 0: without end (or to the end of the period, if it
    `renews`); they count from the start, or `from_first_use`.
    `member_limit_units` 0: none.
    """

    code: str
    name: str
    rating_groups: frozenset[int]
    unit: str
    amount: int
    priority: int
    validity_days: int
    shared: bool
    thresholds_percent: tuple[int, ...]
    conditions: Conditions = ANYWHERE
    renews: bool = False
    rollover: Rollover | None = None
    from_first_use: bool = False
    member_limit_units: int = 0
    giftable: bool = False

    def covers(self, rating_group: int, under: Circumstances) -> bool:
        """True where such usage may be taken from it."""
        return (not self.rating_groups or rating_group in self.rating_groups) and self.conditions.hold(under)


@dataclass(frozen=True, slots=True)
class Offering:
    """Something a customer can have, ready to be priced."""

    code: str
    precedence: int
    prices: PriceBook
    price_by_code: Mapping[str, Price]
    allowances: tuple[Allowance, ...]
    includes: tuple[str, ...]
    choice: tuple[int, int, frozenset[str]]
    existing: ExistingSubscribers
    denied_zones: frozenset[str]
    fees: tuple[Fee, ...] = ()
    period: Period | None = None
    trial: Trial | None = None
    validity_days: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Tariff:
    """A compiled catalog version, in one of its currencies."""

    version: int
    effective_from: Instant
    currency_code: str
    time_zone: str
    rating_groups: Mapping[int, RatingGroup]
    places: Places
    offerings: Mapping[str, Offering]
    default_rating_group: int | None
    low_balance_minor_micros: int | None
    counters: tuple[Counter, ...] = ()
    velocity_limits: tuple[VelocityLimit, ...] = ()
