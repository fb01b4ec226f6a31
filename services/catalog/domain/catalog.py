"""The content of a catalog as immutable values, after TM Forum TMF620.

References are codes and may dangle: `lint` says so. Coded things lie in
ascending order of their codes (rating groups: of their numbers), so that the
same content written in another order, or spread over other files, is equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from services.catalog.domain.circumstances import (
    Area,
    Category,
    Destination,
    HolidayCalendar,
    LoadBand,
    QosClass,
    Slice,
    Zone,
)
from services.catalog.domain.offerings import Offering
from services.catalog.domain.policies import Counter, VelocityLimit
from services.catalog.domain.pricing import Tax
from services.common.kernel.quantity import BUILT_IN_UNITS

HOLIDAY = 8
"""In place of a weekday: a holiday of the band's calendar."""


class FinalUnitAction(Enum):
    """What the network element does when the last units are used (RFC 8506 section 8.35)."""

    TERMINATE = "terminate"
    REDIRECT = "redirect"
    RESTRICT_ACCESS = "restrict-access"


class ChargingMethod(Enum):
    """Units are granted before use; or use is only reported and charged."""

    ONLINE = "online"
    OFFLINE = "offline"


class VolumeDirection(Enum):
    """Which octets count."""

    TOTAL = "total"
    UPLINK = "uplink"
    DOWNLINK = "downlink"


@dataclass(frozen=True, slots=True)
class UnitDefinition:
    """A unit beside the built-in ones."""

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
    """What usage is reported under (TS 32.299 Rating-Group) and the unit it is counted in.

    `outcome`: a unit is one outcome, which an event must name with its evidence.
    """

    rating_group: int
    code: str
    name: str
    service: str
    unit: str
    quota: QuotaPolicy
    final_unit_action: FinalUnitAction
    redirect_address: str = ""
    charging: ChargingMethod = ChargingMethod.ONLINE
    direction: VolumeDirection = VolumeDirection.TOTAL
    outcome: bool = False


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """Minutes [start, end) of each weekday: 1 Monday to 7 Sunday, 8 a holiday. `end_minute` may be 1440."""

    weekdays: tuple[int, ...]
    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True)
class TimeBand:
    """A recurring part of the week, on the subscriber's wall clock.

    On a holiday of `calendar` only its windows of holidays hold.
    """

    code: str
    name: str
    windows: tuple[TimeWindow, ...]
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class LowBalance:
    """Prepaid money, in minor_micros of a currency, at which to warn."""

    currency_code: str
    minor_micros: int


@dataclass(frozen=True, slots=True)
class Catalog:
    """What can be sold and what it costs. `low_balances`: at most one for each currency, by code."""

    code: str
    name: str
    currency_code: str
    time_zone: str
    units: tuple[UnitDefinition, ...] = ()
    rating_groups: tuple[RatingGroup, ...] = ()
    zones: tuple[Zone, ...] = ()
    time_bands: tuple[TimeBand, ...] = ()
    offerings: tuple[Offering, ...] = ()
    default_rating_group: str = ""
    low_balances: tuple[LowBalance, ...] = ()
    other_currency_codes: tuple[str, ...] = ()
    destinations: tuple[Destination, ...] = ()
    areas: tuple[Area, ...] = ()
    slices: tuple[Slice, ...] = ()
    qos_classes: tuple[QosClass, ...] = ()
    load_bands: tuple[LoadBand, ...] = ()
    calendars: tuple[HolidayCalendar, ...] = ()
    segments: tuple[Category, ...] = ()
    device_classes: tuple[Category, ...] = ()
    taxes: tuple[Tax, ...] = ()
    counters: tuple[Counter, ...] = ()
    velocity_limits: tuple[VelocityLimit, ...] = ()

    @property
    def currency_codes(self) -> tuple[str, ...]:
        """Every currency in which something may be sold, the first one first."""
        return (self.currency_code, *self.other_currency_codes)

    def rating_groups_by_code(self) -> dict[str, RatingGroup]:
        """Rating groups by their codes."""
        return {group.code: group for group in self.rating_groups}

    def offerings_by_code(self) -> dict[str, Offering]:
        """Offerings by their codes."""
        return {offering.code: offering for offering in self.offerings}

    def known_units(self) -> frozenset[str]:
        """Codes of the built-in and the defined units."""
        return BUILT_IN_UNITS | {unit.code for unit in self.units}

    def codes_of(self, kind: str) -> tuple[str, ...]:
        """Codes that conditions of a kind may name; barred destinations are none of them."""
        if kind == "destinations":
            return tuple(item.code for item in self.destinations if not item.barred)
        return tuple(item.code for item in getattr(self, kind))
