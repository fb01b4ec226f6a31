"""The content of a catalog as immutable values, after TM Forum TMF620.

References are codes and may dangle: `lint` says so. Coded things lie in
ascending order of their codes (rating groups: of their numbers), so that the
same content written in another order, or spread over other files, is equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from services.common.kernel.quantity import BUILT_IN_UNITS


class FinalUnitAction(Enum):
    """What the network element does when the last units are used (RFC 8506 section 8.35)."""

    TERMINATE = "terminate"
    REDIRECT = "redirect"
    RESTRICT_ACCESS = "restrict-access"


class OfferingKind(Enum):
    """A plan stands alone, an add-on goes with one, a bundle is several offerings sold as one."""

    PLAN = "plan"
    ADD_ON = "add-on"
    BUNDLE = "bundle"


class PaymentMode(Enum):
    """Paid before or after."""

    PREPAID = "prepaid"
    POSTPAID = "postpaid"


class ExistingSubscribers(Enum):
    """What a new version does to those who already have the offering."""

    KEEP = "keep"
    MOVE = "move"


class TierScope(Enum):
    """Over what the units of a tiered price are counted; a month is the subscriber's calendar month."""

    SESSION = "session"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class UnitDefinition:
    """A unit beside octets, seconds and events."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class QuotaPolicy:
    """Bounds for the size of a grant, in units of its rating group."""

    initial_units: int
    minimum_units: int
    maximum_units: int
    maximum_validity_seconds: int
    quota_holding_seconds: int


@dataclass(frozen=True, slots=True)
class RatingGroup:
    """What usage is reported under (TS 32.299 Rating-Group) and the unit it is counted in."""

    rating_group: int
    code: str
    name: str
    service: str
    unit: str
    quota: QuotaPolicy
    final_unit_action: FinalUnitAction
    redirect_address: str = ""


@dataclass(frozen=True, slots=True)
class Zone:
    """A set of serving networks: MCC, or MCC and MNC, digits; the longest match wins."""

    code: str
    name: str
    home: bool = False
    plmns: tuple[str, ...] = ()
    rest_of_world: bool = False


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """Minutes [start, end) of each weekday (ISO 8601: 1 Monday to 7 Sunday). `end_minute` may be 1440."""

    weekdays: tuple[int, ...]
    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True)
class TimeBand:
    """A recurring part of the week, on the subscriber's wall clock."""

    code: str
    name: str
    windows: tuple[TimeWindow, ...]


@dataclass(frozen=True, slots=True)
class Increments:
    """Usage is rounded up to `first_units`, then in steps of `next_units`."""

    first_units: int
    next_units: int


@dataclass(frozen=True, slots=True)
class FlatPrice:
    """One amount for a session or an event, whatever its size. `amount`: decimal text in major units."""

    amount: str


@dataclass(frozen=True, slots=True)
class PerUnitPrice:
    """`amount` for each `per_units` units, in proportion."""

    amount: str
    per_units: int


@dataclass(frozen=True, slots=True)
class Tier:
    """Prices units up to and including `up_to_units`; None: without end."""

    up_to_units: int | None
    amount: str
    per_units: int


@dataclass(frozen=True, slots=True)
class TieredPrice:
    """Graduated steps: each prices the units that fall into it."""

    tiers: tuple[Tier, ...]
    scope: TierScope


@dataclass(frozen=True, slots=True)
class FreePrice:
    """Costs nothing, and is allowed."""


PriceModel = FlatPrice | PerUnitPrice | TieredPrice | FreePrice


@dataclass(frozen=True, slots=True)
class Price:
    """A price and its conditions (TMF620 ProductOfferingPrice). No zones: everywhere; no band: any time."""

    code: str
    name: str
    rating_groups: tuple[str, ...]
    zones: tuple[str, ...]
    time_band: str
    increments: Increments | None
    model: PriceModel

    @property
    def conditions(self) -> int:
        """How specific it is. Zones and a time band count one each; the most specific price wins."""
        return bool(self.zones) + bool(self.time_band)


@dataclass(frozen=True, slots=True)
class Allowance:
    """Units that come with an offering and are used before money. `validity_days` 0: no end."""

    code: str
    name: str
    rating_groups: tuple[str, ...]
    zones: tuple[str, ...]
    unit: str
    amount: int
    priority: int
    validity_days: int
    shared: bool
    thresholds_percent: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BundleChoice:
    """The customer picks at least `minimum` and at most `maximum` of the offerings."""

    minimum: int
    maximum: int
    offerings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offering:
    """Something a customer can have (TMF620 ProductOffering)."""

    code: str
    name: str
    description: str
    kind: OfferingKind
    precedence: int
    payment_mode: PaymentMode | None
    existing_subscribers: ExistingSubscribers
    prices: tuple[Price, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    includes: tuple[str, ...] = ()
    choice: BundleChoice | None = None
    agreement_code: str = ""
    denied_zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalog:
    """What can be sold and what it costs. `low_balance_minor_micros`: in its currency; None: no warning."""

    code: str
    name: str
    currency_code: str
    time_zone: str
    units: tuple[UnitDefinition, ...]
    rating_groups: tuple[RatingGroup, ...]
    zones: tuple[Zone, ...]
    time_bands: tuple[TimeBand, ...]
    offerings: tuple[Offering, ...]
    default_rating_group: str = ""
    low_balance_minor_micros: int | None = None

    def rating_groups_by_code(self) -> dict[str, RatingGroup]:
        """Rating groups by their codes."""
        return {group.code: group for group in self.rating_groups}

    def offerings_by_code(self) -> dict[str, Offering]:
        """Offerings by their codes."""
        return {offering.code: offering for offering in self.offerings}

    def known_units(self) -> frozenset[str]:
        """Codes of the built-in and the defined units."""
        return BUILT_IN_UNITS | {unit.code for unit in self.units}
