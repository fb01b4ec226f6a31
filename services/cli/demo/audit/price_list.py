"""The catalog as a price list: what the audit calculates with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from services.cli.demo.audit.figures import CatalogUnreadableError, Window


@dataclass(frozen=True, slots=True)
class Step:
    """Units up to `up_to` (None: without end) at `per_unit` minor_micros each."""

    up_to: int | None
    per_unit: Fraction


@dataclass(frozen=True, slots=True)
class ListPrice:
    """One price. Exactly one of `flat` (minor_micros) and `steps` says what it costs."""

    offering: str
    code: str
    rating_groups: frozenset[str]
    zones: frozenset[str]
    time_band: str
    first: int
    next: int
    flat: Fraction | None
    steps: tuple[Step, ...]
    monthly: bool

    @property
    def conditions(self) -> int:
        """How many conditions it names."""
        return int(bool(self.zones)) + int(bool(self.time_band))

    def billable(self, used: int) -> int:
        """Units that count when `used` were used in one session."""
        if used <= 0:
            return 0
        if used <= self.first:
            return self.first
        steps = Fraction(used - self.first, self.next).__ceil__()
        return self.first + steps * self.next

    def cost(self, paid: int) -> int:
        """What the first `paid` units cost, in minor_micros, rounded half to even."""
        if paid <= 0:
            return 0
        if self.flat is not None:
            return round(self.flat)
        exact, lower = Fraction(0), 0
        for step in self.steps:
            upper = paid if step.up_to is None else min(paid, step.up_to)
            exact += max(0, upper - lower) * step.per_unit
            lower = max(lower, upper)
        return round(exact)


@dataclass(frozen=True, slots=True)
class ListAllowance:
    """Units that come with an offering."""

    offering: str
    code: str
    name: str
    rating_groups: frozenset[str]
    zones: frozenset[str]
    unit: str
    amount: int
    priority: int
    validity_days: int
    shared: bool


@dataclass(frozen=True, slots=True)
class ListOffering:
    """One offering."""

    code: str
    precedence: int
    prices: tuple[ListPrice, ...]
    allowances: tuple[ListAllowance, ...]
    includes: tuple[str, ...]
    choice: frozenset[str]
    denied_zones: frozenset[str]


@dataclass(frozen=True, slots=True)
class PriceList:
    """What the files say, as far as the audit needs it."""

    currency: str
    currency_digits: int
    time_zone: str
    numbers: Mapping[str, int]
    units: Mapping[str, str]
    default_group: str
    home_zone: str
    bands: Mapping[str, tuple[Window, ...]]
    offerings: Mapping[str, ListOffering]

    def group_of(self, category: str) -> str:
        """The rating group of a category of applications: the one that is spelt alike, else the default."""
        plain = category.replace("-", "").lower()
        return next((code for code in self.numbers if code.replace("-", "") == plain), self.default_group)

    def unfolded(self, codes: Iterable[str], chosen: Iterable[str] = ()) -> tuple[ListOffering, ...]:
        """Offerings with everything that comes with them, each once, first by precedence, then by code.

        Raises CatalogUnreadableError for one that the audit cannot price.
        """
        found: dict[str, ListOffering] = {}
        waiting = list(codes)
        while waiting:
            code = waiting.pop()
            if code not in self.offerings:
                raise CatalogUnreadableError(f"the audit cannot price the offering {code}")
            offering = self.offerings[code]
            if offering.code not in found:
                found[offering.code] = offering
                waiting += offering.includes
                waiting += [code for code in chosen if code in offering.choice]
        return tuple(sorted(found.values(), key=lambda offering: (offering.precedence, offering.code)))

    def price_of(self, offerings: Iterable[ListOffering], group: str, at: datetime) -> ListPrice | None:
        """The price of a rating group at home at a local time; None where there is none."""
        for offering in offerings:
            if self.home_zone in offering.denied_zones:
                continue
            holding = [item for item in offering.prices if self._holds(item, group, at)]
            if holding:
                return max(holding, key=lambda item: item.conditions)
        return None

    def _holds(self, item: ListPrice, group: str, at: datetime) -> bool:
        minute = at.hour * 60 + at.minute
        return (
            group in item.rating_groups
            and (not item.zones or self.home_zone in item.zones)
            and (
                not item.time_band
                or any(part.holds(at.weekday(), minute) for part in self.bands[item.time_band])
            )
        )
