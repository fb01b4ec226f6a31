"""One catalog version, compiled into tables that the hot path only looks up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from services.charging.domain.rating.flat import Flat
from services.charging.domain.rating.increments import Increments
from services.charging.domain.rating.per_unit import PerUnit
from services.charging.domain.rating.tiered import Tiered
from services.charging.domain.rating.week import TimeBand, WeekTable, week_table
from services.common.kernel.clock import Instant

PriceModel = Flat | PerUnit | Tiered


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
    """What usage is reported under, and in which unit it is counted."""

    rating_group: int
    code: str
    service: str
    unit: str
    quota: QuotaPolicy
    final_unit_action: FinalUnitAction
    redirect_address: str


@dataclass(frozen=True, slots=True)
class Price:
    """One price of one offering of one catalog version."""

    version: int
    offering_code: str
    code: str
    increments: Increments
    model: PriceModel

    @property
    def price_id(self) -> str:
        """`catalog version/offering/price`, as it stands in answers and records."""
        return f"{self.version}/{self.offering_code}/{self.code}"


@dataclass(frozen=True, slots=True)
class PriceRule:
    """A price with its conditions. Empty zones: every zone; no band: any time."""

    price: Price
    rating_groups: frozenset[int]
    zones: frozenset[str]
    band: TimeBand | None

    @property
    def conditions(self) -> int:
        """How specific it is: the rule with the most conditions wins."""
        return bool(self.zones) + (self.band is not None)


PriceTables = Mapping[tuple[int, str], WeekTable[Price | None]]
"""(rating group, zone code) to the price by minute of the week; None where there is a hole."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """Units that come with an offering. `validity_days` 0: without end."""

    code: str
    name: str
    rating_groups: frozenset[int]
    zones: frozenset[str]
    unit: str
    amount: int
    priority: int
    validity_days: int
    shared: bool
    thresholds_percent: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Offering:
    """Something a customer can have, ready to be priced."""

    code: str
    precedence: int
    prices: PriceTables
    price_by_code: Mapping[str, Price]
    allowances: tuple[Allowance, ...]
    includes: tuple[str, ...]
    choice: tuple[int, int, frozenset[str]]
    moves_existing: bool
    denied_zones: frozenset[str]


@dataclass(frozen=True, slots=True)
class ZoneTable:
    """Serving networks to zones by the longest matching MCC/MNC prefix."""

    home: str
    by_prefix: Mapping[str, str]
    rest_of_world: str

    def zone_of(self, serving_plmn: str) -> str:
        """Zone code of a serving network; '' where no zone is meant by it. No network: home."""
        if not serving_plmn:
            return self.home
        for length in range(len(serving_plmn), 2, -1):
            found = self.by_prefix.get(serving_plmn[:length])
            if found is not None:
                return found
        return self.rest_of_world


@dataclass(frozen=True, slots=True)
class Tariff:
    """A compiled catalog version."""

    version: int
    effective_from: Instant
    currency_code: str
    time_zone: str
    rating_groups: Mapping[int, RatingGroup]
    zones: ZoneTable
    offerings: Mapping[str, Offering]
    default_rating_group: int | None
    low_balance_minor_micros: int | None


def price_tables(rules: Sequence[PriceRule], zones: Sequence[str], field: str) -> PriceTables:
    """Compiles an offering's price rules into one week table for each rating group and zone.

    Raises TariffError PRICE_OVERLAP where two equally specific rules hold at
    the same minute.
    """
    tables: dict[tuple[int, str], WeekTable[Price | None]] = {}
    for rating_group in sorted({group for rule in rules for group in rule.rating_groups}):
        for zone in zones:
            matching = [
                rule
                for rule in rules
                if rating_group in rule.rating_groups and (not rule.zones or zone in rule.zones)
            ]
            if matching:
                tables[rating_group, zone] = _week_of(
                    matching, f"{field}: rating group {rating_group}, zone {zone}"
                )
    return tables


def _week_of(rules: Sequence[PriceRule], field: str) -> WeekTable[Price | None]:
    edges = {0}
    for rule in rules:
        for start, end in rule.band.windows if rule.band else ():
            edges.update((start, end))
    boundaries = sorted(edge for edge in edges if edge < 7 * 1440)
    return week_table(boundaries, [_price_at(minute, rules, field) for minute in boundaries])


def _price_at(minute: int, rules: Sequence[PriceRule], field: str) -> Price | None:
    holding = [rule for rule in rules if rule.band is None or rule.band.covers(minute)]
    if not holding:
        return None
    most = max(rule.conditions for rule in holding)
    winners = [rule for rule in holding if rule.conditions == most]
    if len(winners) > 1:
        codes = " and ".join(sorted(rule.price.code for rule in winners))
        raise TariffError("PRICE_OVERLAP", field, f"{codes} apply at the same time and are equally specific")
    return winners[0].price
