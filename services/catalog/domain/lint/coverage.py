"""Which price applies where and when: holes, overlaps, prices that never apply.

A cell is one rating group in one zone in one stretch of the week. Among the
prices of an offering that hold in a cell the one with the most conditions
wins (zones count one, a time band counts one).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from services.catalog.domain.catalog import Catalog, Offering, OfferingKind, Price
from services.catalog.domain.findings import Finding, FindingReason, error, warning
from services.catalog.domain.week import Week, week_of

Cell = tuple[str, str, int]
"""Rating group code, zone code, number of the stretch."""


@dataclass(slots=True)
class Coverage:
    """What the prices of one offering cover, cell by cell."""

    winners: dict[Cell, Price] = field(default_factory=dict)
    ties: dict[Cell, tuple[Price, ...]] = field(default_factory=dict)
    holes: list[Cell] = field(default_factory=list)


def coverage_findings(catalog: Catalog) -> Iterator[Finding]:
    """Holes (of plans), overlaps and unreachable prices of every offering."""
    week = week_of(catalog.time_bands)
    for offering in catalog.offerings:
        coverage = cover(catalog, week, offering)
        here = f"offerings.{offering.code}.prices"
        if offering.kind is OfferingKind.PLAN:
            yield from _holes(coverage, week, here)
        yield from _overlaps(coverage, week, here)
        yield from _unreachable(offering, coverage, here)


def cover(catalog: Catalog, week: Week, offering: Offering) -> Coverage:
    """Decides every cell of the rating groups that an offering prices. Denied zones are no cells."""
    coverage = Coverage()
    priced = {code for price in offering.prices for code in price.rating_groups}
    for group in (group.code for group in catalog.rating_groups if group.code in priced):
        for zone in (zone.code for zone in catalog.zones if zone.code not in offering.denied_zones):
            here = [
                price
                for price in offering.prices
                if group in price.rating_groups and (not price.zones or zone in price.zones)
            ]
            for stretch in sorted(week.stretches):
                _decide(coverage, (group, zone, stretch), here, week)
    return coverage


def _decide(coverage: Coverage, cell: Cell, here: list[Price], week: Week) -> None:
    holding = [
        price
        for price in here
        if not price.time_band or cell[2] in week.bands.get(price.time_band, frozenset())
    ]
    most = max((price.conditions for price in holding), default=0)
    winners = tuple(price for price in holding if price.conditions == most)
    if not winners:
        coverage.holes.append(cell)
    elif len(winners) == 1:
        coverage.winners[cell] = winners[0]
    else:
        coverage.ties[cell] = winners


def _holes(coverage: Coverage, week: Week, here: str) -> Iterator[Finding]:
    stretches: dict[tuple[str, str], list[int]] = {}
    for group, zone, stretch in coverage.holes:
        stretches.setdefault((zone, group), []).append(stretch)
    groups: dict[tuple[str, tuple[int, ...]], list[str]] = {}
    for (zone, group), missing in stretches.items():
        groups.setdefault((zone, tuple(missing)), []).append(group)
    for (zone, together), codes in groups.items():
        yield error(
            FindingReason.PRICE_HOLE,
            here,
            f"{', '.join(codes)}: no price in zone {zone}, {week.describe(together)}; "
            "add one, or list the zone under `denied_zones`",
        )


def _overlaps(coverage: Coverage, week: Week, here: str) -> Iterator[Finding]:
    first: dict[tuple[str, ...], Cell] = {}
    for cell, prices in coverage.ties.items():
        first.setdefault(tuple(sorted(price.code for price in prices)), cell)
    for codes, (group, zone, stretch) in first.items():
        yield error(
            FindingReason.PRICE_OVERLAP,
            f"{here}.{codes[-1]}",
            f"{' and '.join(codes)} are equally specific and both apply, first to {group} in zone {zone}, "
            f"{week.describe([stretch])}; narrow one of them down",
        )


def _unreachable(offering: Offering, coverage: Coverage, here: str) -> Iterator[Finding]:
    applied = {price.code for price in coverage.winners.values()}
    applied |= {price.code for prices in coverage.ties.values() for price in prices}
    for price in offering.prices:
        if price.code not in applied:
            yield warning(
                FindingReason.PRICE_UNREACHABLE,
                f"{here}.{price.code}",
                "it never applies: a more specific price always goes first, or its zones are denied; drop it",
            )
