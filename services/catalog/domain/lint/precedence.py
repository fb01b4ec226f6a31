"""Offerings that one subscriber can have together must not tie (after TS 23.203 clause 6.3.1)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from services.catalog.domain.catalog import Catalog, Offering, OfferingKind
from services.catalog.domain.findings import Finding, FindingReason, error
from services.catalog.domain.lint.bundles import closure, members
from services.catalog.domain.lint.coverage import cover
from services.catalog.domain.week import week_of


def precedence_findings(catalog: Catalog) -> Iterator[Finding]:
    """Pairs of equal precedence that price the same usage and can be had together."""
    week = week_of(catalog.time_bands)
    bundles = _bundles(catalog)
    priced = [offering for offering in catalog.offerings if offering.prices]
    cells = {offering.code: cover(catalog, week, offering).winners.keys() for offering in priced}
    for one, other in combinations(priced, 2):
        if one.precedence != other.precedence or not _together(bundles, one, other):
            continue
        common = sorted(cells[one.code] & cells[other.code])
        if common:
            group, zone, stretch = common[0]
            where = f"{group} in zone {zone}, {week.describe([stretch])}"
            yield error(
                FindingReason.PRECEDENCE_EQUAL,
                f"offerings.{other.code}.precedence",
                f"{one.code} has precedence {one.precedence} too, a subscriber can have both, "
                f"and both price {where}; give the one to go first a lower figure",
            )


def _bundles(catalog: Catalog) -> list[tuple[frozenset[str], list[frozenset[str]]]]:
    """What comes together, bundle by bundle, and inside each what excludes each other."""
    offerings = catalog.offerings_by_code()
    insides = [closure(offerings, offering.code) for offering in catalog.offerings if members(offering)]
    return [
        (
            inside,
            [
                frozenset(choice.offerings)
                for choice in (offerings[code].choice for code in inside)
                if choice is not None and choice.maximum == 1
            ],
        )
        for inside in insides
    ]


def _together(
    bundles: list[tuple[frozenset[str], list[frozenset[str]]]], one: Offering, other: Offering
) -> bool:
    """Plans exclude each other unless a bundle brings both; everything else can be added."""
    if OfferingKind.ADD_ON in (one.kind, other.kind):
        return True
    pair = {one.code, other.code}
    return any(
        pair <= inside and not any(pair <= options for options in either_or) for inside, either_or in bundles
    )
