"""Offerings that one subscriber can have together must not tie (after TS 23.203 clause 6.3.1)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from services.catalog.domain.catalog import Catalog, Offering, OfferingKind
from services.catalog.domain.findings import Finding, FindingReason, error
from services.catalog.domain.lint.bundles import closure
from services.catalog.domain.lint.coverage import cover
from services.catalog.domain.week import week_of


def precedence_findings(catalog: Catalog) -> Iterator[Finding]:
    """Pairs of equal precedence that price the same usage and can be had together."""
    week = week_of(catalog.time_bands)
    priced = [offering for offering in catalog.offerings if offering.prices]
    cells = {offering.code: cover(catalog, week, offering).winners.keys() for offering in priced}
    for one, other in combinations(priced, 2):
        if one.precedence != other.precedence or not _together(catalog, one, other):
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


def _together(catalog: Catalog, one: Offering, other: Offering) -> bool:
    """Plans exclude each other unless a bundle brings both; everything else can be added."""
    if OfferingKind.ADD_ON in (one.kind, other.kind):
        return True
    offerings = catalog.offerings_by_code()
    pair = {one.code, other.code}
    return any(
        pair <= (inside := closure(offerings, bundle.code))
        and not any(_either_or(offerings[code], pair) for code in inside)
        for bundle in catalog.offerings
    )


def _either_or(offering: Offering, pair: set[str]) -> bool:
    choice = offering.choice
    return choice is not None and choice.maximum == 1 and pair <= set(choice.offerings)
