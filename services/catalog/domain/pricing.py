"""Prices: models, conditions, bounds, taxes, and factors (TMF620 ProductOfferingPrice)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum

from services.catalog.domain.amounts import Amount
from services.catalog.domain.circumstances import ALWAYS, Conditions


class CountingScope(Enum):
    """Over what units are counted; a month is the subscriber's calendar month."""

    SESSION = "session"
    MONTH = "month"


class Concurrency(Enum):
    """How many there are at a time: the peak of the calendar month is charged."""

    SESSIONS = "sessions"
    SUBSCRIBERS = "subscribers"


@dataclass(frozen=True, slots=True)
class Increments:
    """Usage is rounded up to `first_units`, then in steps of `next_units`."""

    first_units: int
    next_units: int


@dataclass(frozen=True, slots=True)
class FlatPrice:
    """One amount for a session or an event, whatever its size."""

    amount: Amount


@dataclass(frozen=True, slots=True)
class PerUnitPrice:
    """`amount` for each `per_units` units, in proportion."""

    amount: Amount
    per_units: int


@dataclass(frozen=True, slots=True)
class Step:
    """Prices units up to and including `up_to_units`; None: without end."""

    up_to_units: int | None
    amount: Amount
    per_units: int


@dataclass(frozen=True, slots=True)
class TieredPrice:
    """Graduated steps: each prices the units that fall into it."""

    tiers: tuple[Step, ...]
    scope: CountingScope


@dataclass(frozen=True, slots=True)
class VolumePrice:
    """All units cost what the step costs into which their sum falls; the sum never goes down."""

    steps: tuple[Step, ...]
    scope: CountingScope


@dataclass(frozen=True, slots=True)
class PackagePrice:
    """`amount` for every begun package of `units`."""

    amount: Amount
    units: int


@dataclass(frozen=True, slots=True)
class PercentagePrice:
    """A share of the value that is reported in unit `money`. `percent`: decimal text."""

    percent: str


@dataclass(frozen=True, slots=True)
class FreePrice:
    """Costs nothing, and is allowed."""


PriceModel = FlatPrice | PerUnitPrice | TieredPrice | VolumePrice | PackagePrice | PercentagePrice | FreePrice


@dataclass(frozen=True, slots=True)
class DynamicFactor:
    """A CEL expression that gives per mille, moved to the nearer bound where it is outside of them."""

    expression: str
    minimum_permille: int
    maximum_permille: int


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax that amounts include, or (`inclusive` False) that comes on top. `percent`: decimal text."""

    code: str
    name: str
    percent: str
    inclusive: bool


@dataclass(frozen=True, slots=True)
class Price:
    """A price and its conditions. `first_day` and `last_day` both count; None: without such a bound.

    `minimum` and `maximum` bound what usage of one scope costs. `tax`: a code,
    '' none. With `concurrency` it prices how many there are at a time.
    """

    code: str
    name: str
    rating_groups: tuple[str, ...]
    model: PriceModel
    conditions: Conditions = ALWAYS
    time_band: str = ""
    first_day: date | None = None
    last_day: date | None = None
    precedence: int = 0
    increments: Increments | None = None
    minimum: Amount | None = None
    maximum: Amount | None = None
    tax: str = ""
    dynamic: DynamicFactor | None = None
    concurrency: Concurrency | None = None

    @property
    def dated(self) -> bool:
        """True where it holds on some days only."""
        return self.first_day is not None or self.last_day is not None

    @property
    def rank(self) -> tuple[int, int]:
        """The lowest wins: by precedence, then by most conditions. Time band and days count one each."""
        return self.precedence, -(self.conditions.count + bool(self.time_band) + self.dated)

    def amounts(self) -> Iterator[tuple[str, Amount]]:
        """Every amount of it, with its dotted place in the written form."""
        model = self.model
        if isinstance(model, FlatPrice):
            yield "flat.amount", model.amount
        elif isinstance(model, PerUnitPrice):
            yield "per_unit.amount", model.amount
        elif isinstance(model, PackagePrice):
            yield "package.amount", model.amount
        elif isinstance(model, TieredPrice):
            yield from ((f"tiered.tiers.{i}.amount", step.amount) for i, step in enumerate(model.tiers))
        elif isinstance(model, VolumePrice):
            yield from ((f"volume.steps.{i}.amount", step.amount) for i, step in enumerate(model.steps))
        if self.minimum is not None:
            yield "minimum", self.minimum
        if self.maximum is not None:
            yield "maximum", self.maximum
