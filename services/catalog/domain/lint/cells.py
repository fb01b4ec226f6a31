"""The cells of an offering: each rating group under each circumstance that its prices tell apart.

Circumstances are projected on the kinds of conditions that the prices for a
rating group name; codes that none of them names are one: "any other".
Charging compiles the same cells (`PriceBook`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod

from services.catalog.domain.catalog import Catalog
from services.catalog.domain.circumstances import KINDS, Conditions
from services.catalog.domain.offerings import Offering
from services.catalog.domain.pricing import Concurrency, Price

OTHER = ""
"""Any code of a kind that no price names, or none."""

ANY = "*"
"""Every code of a kind alike."""

_WORDS = {
    "zones": "zone",
    "destinations": "destination",
    "areas": "area",
    "slices": "slice",
    "qos_classes": "QoS class",
    "load_bands": "load band",
    "segments": "segment",
    "device_classes": "device class",
}


@dataclass(frozen=True, slots=True)
class Dimension:
    """One kind of condition and the codes to be told apart. `rest`: zones that OTHER stands for."""

    kind: str
    codes: tuple[str, ...]
    rest: tuple[str, ...] = ()

    def describe(self, code: str) -> str:
        """A code of it in words; '' for ANY."""
        word = _WORDS[self.kind]
        if code == ANY:
            return ""
        if code != OTHER:
            return f"{word} {code}"
        return f"{word} {', '.join(self.rest)}" if self.rest else f"any other {word}"


@dataclass(frozen=True, slots=True)
class Family:
    """Rating groups that the same prices are for, and what these prices tell apart."""

    rating_groups: tuple[str, ...]
    prices: tuple[Price, ...]
    dimensions: tuple[Dimension, ...]

    @property
    def cells(self) -> int:
        """How many cells there are, times of the week not counted."""
        return len(self.rating_groups) * prod(len(dimension.codes) for dimension in self.dimensions)

    def circumstances(self) -> Iterator[tuple[str, ...]]:
        """One code for each dimension, every combination."""
        return product(*(dimension.codes for dimension in self.dimensions))

    def holding(self, codes: tuple[str, ...]) -> list[Price]:
        """Prices whose conditions hold there, at whatever time."""
        under = {d.kind: code for d, code in zip(self.dimensions, codes, strict=True)}
        return [price for price in self.prices if _hold(price.conditions, under)]

    def describe(self, codes: Iterable[str]) -> str:
        """`in zone home, destination premium`; '' where nothing is told apart."""
        parts = [d.describe(code) for d, code in zip(self.dimensions, codes, strict=True)]
        shown = ", ".join(part for part in parts if part)
        return f" in {shown}" if shown else ""


def families(catalog: Catalog, offering: Offering, concurrency: Concurrency | None) -> list[Family]:
    """The rating groups that an offering prices, for their use or for how many there are at a time."""
    by_prices: dict[tuple[Price, ...], list[str]] = {}
    for group in catalog.rating_groups:
        prices = tuple(p for p in offering.prices if group.code in p.rating_groups)
        concerned = tuple(p for p in prices if p.concurrency is concurrency)
        if concerned or (prices and concurrency is None):
            by_prices.setdefault(concerned, []).append(group.code)
    return [
        Family(tuple(groups), prices, _dimensions(catalog, offering, prices))
        for prices, groups in by_prices.items()
    ]


def _dimensions(catalog: Catalog, offering: Offering, prices: Iterable[Price]) -> tuple[Dimension, ...]:
    named = {kind: {code for price in prices for code in price.conditions.of(kind)} for kind in KINDS}
    found = [_zones(catalog, offering, named.pop("zones"))]
    for kind, codes in named.items():
        if codes:
            known = tuple(code for code in catalog.codes_of(kind) if code in codes)
            found.append(Dimension(kind, (*known, OTHER)))
    return tuple(dimension for dimension in found if dimension is not None)


def _zones(catalog: Catalog, offering: Offering, named: set[str]) -> Dimension | None:
    """Zones in which the offering is sold; None where nothing hangs on them."""
    if not named and not offering.denied_zones:
        return None
    sold = [zone.code for zone in catalog.zones if zone.code not in offering.denied_zones]
    rest = tuple(code for code in sold if code not in named)
    known = tuple(code for code in sold if code in named)
    return Dimension("zones", (*known, OTHER) if rest else known, rest)


def _hold(conditions: Conditions, under: Mapping[str, str]) -> bool:
    return all(not conditions.of(kind) or code in conditions.of(kind) for kind, code in under.items())
