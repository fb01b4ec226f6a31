"""Which records two coverages have in common, without looking at records.

A *shape* is a kind of record and the kind of charge that it is about; what a shape has none of (a fee
has no rating group, only a redemption has a loyalty program) no coverage of it can ask for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.partner_settlement.domain.agreements import Coverage, RecordKind

DIMENSIONS = (
    "offering_codes",
    "price_codes",
    "rating_groups",
    "slices",
    "applications",
    "sponsors",
    "loyalty_programs",
)
_CHANGES = (RecordKind.REFUND, RecordKind.CORRECTION)
_ONLY_VOUCHERS = frozenset(DIMENSIONS) - {"loyalty_programs"}
_NO_USAGE = frozenset({"rating_groups", "slices", "applications", "sponsors", "loyalty_programs"})


@dataclass(frozen=True, slots=True)
class Shape:
    """`kind` of a record, `origin` of what it is about, and the dimensions that it has none of."""

    kind: RecordKind
    origin: RecordKind
    without: frozenset[str]


SHAPES = (
    *(
        Shape(kind, RecordKind.USAGE, frozenset({"loyalty_programs"}))
        for kind in (RecordKind.USAGE, *_CHANGES)
    ),
    *(Shape(kind, RecordKind.FEE, _NO_USAGE) for kind in (RecordKind.FEE, *_CHANGES)),
    # Of a charge that was never seen.
    *(Shape(kind, kind, frozenset(DIMENSIONS)) for kind in _CHANGES),
    Shape(RecordKind.REDEMPTION, RecordKind.REDEMPTION, _ONLY_VOUCHERS),
)


def shapes_of(coverage: Coverage) -> tuple[Shape, ...]:
    """Shapes of records that a coverage can take."""
    return tuple(shape for shape in SHAPES if _takes(coverage, shape))


def overlaps(one: Coverage, other: Coverage) -> bool:
    """True where there can be a record that both cover."""
    apart = any(
        (mine := getattr(one, name)) and (theirs := getattr(other, name)) and not mine & theirs
        for name in DIMENSIONS
    )
    return not apart and any(_takes(other, shape) for shape in shapes_of(one))


def hidden(coverage: Coverage, earlier: Sequence[Coverage]) -> bool:
    """True where every record that it covers is covered by one of the earlier ones."""
    return all(any(_within(coverage, other, shape) for other in earlier) for shape in shapes_of(coverage))


def _takes(coverage: Coverage, shape: Shape) -> bool:
    of_kind = not coverage.kinds or shape.kind in coverage.kinds or shape.origin in coverage.kinds
    return of_kind and not any(getattr(coverage, name) for name in shape.without)


def _within(inner: Coverage, outer: Coverage, shape: Shape) -> bool:
    if not _takes(outer, shape):
        return False
    for name in DIMENSIONS:
        theirs, mine = getattr(outer, name), getattr(inner, name)
        if theirs and not (mine and mine <= theirs):
            return False
    return True
