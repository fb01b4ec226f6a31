"""One catalog version in one currency, compiled into tables that the hot path only looks up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from services.charging.domain.rating.circumstances import ANYWHERE, Circumstances, Conditions
from services.charging.domain.rating.fees import Fee, Period, Rollover, Trial
from services.charging.domain.rating.flat import Flat
from services.charging.domain.rating.increments import Increments
from services.charging.domain.rating.package import Package
from services.charging.domain.rating.per_unit import PerUnit
from services.charging.domain.rating.places import Places
from services.charging.domain.rating.policies import Counter, VelocityLimit
from services.charging.domain.rating.tax import Tax
from services.charging.domain.rating.tiered import Tiered
from services.charging.domain.rating.volume import Volume
from services.common.kernel.clock import Instant
from services.common.kernel.ratio import round_half_even

PriceModel = Flat | PerUnit | Tiered | Volume | Package

UNCHANGED_PERMILLE = 1_000
"""A dynamic factor that changes nothing."""


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


class Concurrency(Enum):
    """A price for how many there are at a time."""

    SESSIONS = "sessions"
    SUBSCRIBERS = "subscribers"


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


class Expression(Protocol):
    """A compiled policy expression."""

    def permille(self, under: Circumstances, hour: int) -> int | None:
        """What it gives, in per mille; None where it gives no whole number."""


@dataclass(frozen=True, slots=True)
class Dynamic:
    """A factor that an expression computes, held within bounds. `text` is its source."""

    text: str
    expression: Expression
    minimum_permille: int
    maximum_permille: int

    def permille(self, under: Circumstances, hour: int) -> int:
        """The factor in per mille, between the bounds; 1000 where the expression fails."""
        found = self.expression.permille(under, hour)
        return max(self.minimum_permille, min(found if found is not None else 1_000, self.maximum_permille))


@dataclass(frozen=True, slots=True)
class Price:
    """One price of one offering of one catalog version.

    `minimum` and `maximum` (minor_micros) bound what usage within one scope
    costs, before an exclusive tax. The scope is the session and rating group
    or the event, or with `monthly` the subscriber's calendar month.
    """

    version: int
    offering_code: str
    code: str
    increments: Increments
    model: PriceModel
    monthly: bool = False
    minimum: int | None = None
    maximum: int | None = None
    tax: Tax | None = None
    dynamic: Dynamic | None = None
    concurrency: Concurrency | None = None
    name: str = ""

    @property
    def price_id(self) -> str:
        """`catalog version/offering/price`, as it stands in answers and records."""
        return f"{self.version}/{self.offering_code}/{self.code}"

    @property
    def free(self) -> bool:
        """True where usage costs nothing whatever its size; it then burns no allowance either."""
        return self.model == _FREE and self.minimum is None

    def cost_minor_micros(self, paid_units: int, factor_permille: int = UNCHANGED_PERMILLE) -> int:
        """What the first `paid_units` of the scope cost, tax included; rounded here, half-even, once.

        Callers charge the difference of two such costs, so that many small
        reports cost exactly what one large report costs. Never goes down as
        units grow.
        """
        if paid_units <= 0:
            return 0
        numerator, denominator = self.model.exact_cost(paid_units)
        if factor_permille != UNCHANGED_PERMILLE:
            numerator, denominator = numerator * factor_permille, denominator * UNCHANGED_PERMILLE
        if self.minimum is not None and numerator < self.minimum * denominator:
            numerator, denominator = self.minimum, 1
        if self.maximum is not None and numerator > self.maximum * denominator:
            numerator, denominator = self.maximum, 1
        if self.tax is not None and not self.tax.inclusive:
            numerator *= self.tax.denominator + self.tax.numerator
            denominator *= self.tax.denominator
        return round_half_even(numerator, denominator)

    def tax_minor_micros(self, cost_minor_micros: int) -> int:
        """The tax contained in a cost that `cost_minor_micros` gave."""
        return 0 if self.tax is None else self.tax.contained_minor_micros(cost_minor_micros)


_FREE = Flat(0)


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
