"""Which price applies where and when: holes, overlaps, prices that never apply.

Among the prices of an offering that hold, the lowest precedence wins, then
the one with the most conditions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from services.catalog.domain.catalog import Catalog
from services.catalog.domain.findings import Finding, FindingReason, error, warning
from services.catalog.domain.lint.cells import ANY, Family, families
from services.catalog.domain.moment_words import describe
from services.catalog.domain.moments import Moments, Span, Timeline, when
from services.catalog.domain.offerings import Offering, OfferingKind
from services.catalog.domain.pricing import Concurrency, Price

Codes = tuple[str, ...]
"""A code for each dimension of a family."""

_HOLES_SHOWN = 5


@dataclass(slots=True)
class Coverage:
    """What the prices for one family of rating groups cover: who wins, or ties, and where nobody does."""

    family: Family
    moments: Moments
    winners: dict[Codes, list[tuple[Price, tuple[Span, ...]]]] = field(default_factory=dict)
    ties: list[tuple[Codes, tuple[Price, ...], tuple[Span, ...]]] = field(default_factory=list)
    holes: dict[Codes, frozenset[Span]] = field(default_factory=dict)

    def applied(self) -> set[str]:
        """Codes of prices that apply, or tie, somewhere and at some time."""
        won = {price.code for cell in self.winners.values() for price, _ in cell}
        return won | {price.code for _, prices, _ in self.ties for price in prices}


def coverage_findings(catalog: Catalog) -> Iterator[Finding]:
    """Holes (of plans), overlaps and unreachable prices of every offering."""
    timeline = Timeline.of(catalog)
    for offering in catalog.offerings:
        here = f"offerings.{offering.code}.prices"
        usage = cover(catalog, timeline, offering)
        if offering.kind is OfferingKind.PLAN:
            for coverage in usage:
                yield from _holes(coverage, here)
        counted = [cover(catalog, timeline, offering, kind) for kind in Concurrency]
        everything = [*usage, *(coverage for kind in counted for coverage in kind)]
        yield from _overlaps(everything, here)
        yield from _unreachable(offering, everything, here)


def cover(
    catalog: Catalog, timeline: Timeline, offering: Offering, concurrency: Concurrency | None = None
) -> list[Coverage]:
    """Decides every cell of the rating groups that an offering prices. Denied zones are no cells."""
    return [_cover(family, timeline) for family in families(catalog, offering, concurrency)]


def _cover(family: Family, timeline: Timeline) -> Coverage:
    coverage = Coverage(family, timeline.moments(family.prices))
    for codes in family.circumstances():
        holding = family.holding(codes)
        missing: set[Span] = set()
        for conditions, spans in coverage.moments.spans.items():
            now = [price for price in holding if when(price) in conditions]
            best = min((price.rank for price in now), default=None)
            winners = tuple(price for price in now if price.rank == best)
            if not winners:
                missing.update(spans)
            elif len(winners) == 1:
                coverage.winners.setdefault(codes, []).append((winners[0], spans))
            else:
                coverage.ties.append((codes, winners, spans))
        if missing:
            coverage.holes[codes] = frozenset(missing)
    return coverage


def _holes(coverage: Coverage, here: str) -> Iterator[Finding]:
    family = coverage.family
    groups = ", ".join(family.rating_groups)
    if not family.prices:
        yield error(
            FindingReason.PRICE_HOLE,
            here,
            f"{groups}: there is a price for how many there are at a time, but none for their use; "
            "add one, such as `free: true`",
        )
        return
    merged = _merged(coverage)
    for codes, spans in list(merged.items())[:_HOLES_SHOWN]:
        yield error(
            FindingReason.PRICE_HOLE,
            here,
            f"{groups}: no price{family.describe(codes)}, {describe(coverage.moments, spans)}; "
            "add one, or list a zone under `denied_zones`",
        )
    if len(merged) > _HOLES_SHOWN:
        yield error(FindingReason.PRICE_HOLE, here, f"{groups}: {len(merged) - _HOLES_SHOWN} more holes")


def _merged(coverage: Coverage) -> dict[Codes, frozenset[Span]]:
    """Holes that are the same for all codes of a dimension, told as one."""
    holes = coverage.holes
    for index, dimension in enumerate(coverage.family.dimensions):
        alike: dict[tuple[Codes, frozenset[Span]], list[Codes]] = {}
        for codes, spans in holes.items():
            others = (*codes[:index], ANY, *codes[index + 1 :])
            alike.setdefault((others, spans), []).append(codes)
        holes = {
            codes: spans
            for (others, spans), same in alike.items()
            for codes in ([others] if len(same) == len(dimension.codes) else same)
        }
    return holes


def _overlaps(everything: list[Coverage], here: str) -> Iterator[Finding]:
    told: set[tuple[str, ...]] = set()
    for coverage in everything:
        for codes, prices, spans in coverage.ties:
            tied = tuple(sorted(price.code for price in prices))
            if tied in told:
                continue
            told.add(tied)
            where = f"{coverage.family.rating_groups[0]}{coverage.family.describe(codes)}"
            yield error(
                FindingReason.PRICE_OVERLAP,
                f"{here}.{tied[-1]}",
                f"{' and '.join(tied)} are equally specific and both apply, first to {where}, "
                f"{describe(coverage.moments, spans)}; narrow one of them down, "
                f"or write `precedence: {prices[0].precedence + 1}` for the one that is to give way",
            )


def _unreachable(offering: Offering, everything: list[Coverage], here: str) -> Iterator[Finding]:
    applied = {code for coverage in everything for code in coverage.applied()}
    for price in offering.prices:
        if price.code not in applied:
            yield warning(
                FindingReason.PRICE_UNREACHABLE,
                f"{here}.{price.code}",
                "it never applies: another price always goes first, or its zones are denied; drop it",
            )
