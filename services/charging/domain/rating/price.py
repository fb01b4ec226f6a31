"""A price: what usage within one scope costs, whichever its model, and the tax in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.rating.flat import FREE, Flat
from services.charging.domain.rating.increments import Increments
from services.charging.domain.rating.package import Package
from services.charging.domain.rating.per_unit import PerUnit
from services.charging.domain.rating.tax import Tax
from services.charging.domain.rating.tiered import Tiered
from services.charging.domain.rating.volume import Volume
from services.common.kernel.ratio import round_half_even

PriceModel = Flat | PerUnit | Tiered | Volume | Package

UNCHANGED_PERMILLE = 1_000
"""A dynamic factor that changes nothing."""


class Concurrency(Enum):
    """A price for how many there are at a time."""

    SESSIONS = "sessions"
    SUBSCRIBERS = "subscribers"


class Expression(Protocol):
    """A compiled policy expression."""

    @property
    def hourly(self) -> bool:
        """True where the local hour can change what it gives."""

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
        return max(
            self.minimum_permille,
            min(found if found is not None else UNCHANGED_PERMILLE, self.maximum_permille),
        )


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
        return self.model == FREE and self.minimum is None

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
