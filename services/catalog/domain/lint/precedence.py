"""Offerings that one subscriber can have together must not tie (after TS 23.203 clause 6.3.1)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

from services.catalog.domain.catalog import Catalog
from services.catalog.domain.circumstances import KINDS
from services.catalog.domain.findings import Finding, FindingReason, error
from services.catalog.domain.lint.bundles import closure, members
from services.catalog.domain.moments import Timeline, when
from services.catalog.domain.offerings import Offering, OfferingKind
from services.catalog.domain.pricing import Price


def precedence_findings(catalog: Catalog) -> Iterator[Finding]:
    """Pairs of equal precedence that price the same usage and can be had together."""
    timeline = Timeline.of(catalog)
    bundles = _bundles(catalog)
    priced = [offering for offering in catalog.offerings if offering.prices]
    for one, other in combinations(priced, 2):
        if one.precedence != other.precedence or not _together(bundles, one, other):
            continue
        meeting = next(_meetings(catalog, timeline, one, other), None)
        if meeting is not None:
            mine, theirs = meeting
            group = sorted(set(mine.rating_groups) & set(theirs.rating_groups))[0]
            yield error(
                FindingReason.PRECEDENCE_EQUAL,
                f"offerings.{other.code}.precedence",
                f"{one.code} has precedence {one.precedence} too, a subscriber can have both, "
                f"and both price {group} ({mine.code} and {theirs.code}) under the same circumstances; "
                "give the one to go first a lower figure",
            )


def _meetings(
    catalog: Catalog, timeline: Timeline, one: Offering, other: Offering
) -> Iterator[tuple[Price, Price]]:
    """Prices of both that can hold for the same usage."""
    denied = {*one.denied_zones, *other.denied_zones}
    for mine, theirs in product(one.prices, other.prices):
        if (
            set(mine.rating_groups) & set(theirs.rating_groups)
            and mine.concurrency is theirs.concurrency
            and all(_common(catalog, kind, mine, theirs, denied) for kind in KINDS)
            and any({when(mine), when(theirs)} <= held for held in timeline.moments((mine, theirs)).spans)
        ):
            yield mine, theirs


def _common(catalog: Catalog, kind: str, one: Price, other: Price, denied: set[str]) -> bool:
    """True where some code of a kind, or none at all, meets the conditions of both."""
    mine, theirs = set(one.conditions.of(kind)), set(other.conditions.of(kind))
    if not mine and not theirs and kind != "zones":
        return True
    known = set(catalog.codes_of(kind))
    return bool((known & (mine or known) & (theirs or known)) - (denied if kind == "zones" else set()))


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
