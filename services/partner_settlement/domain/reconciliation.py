"""A partner's own records beside ours: what differs, from totals per currency down to single records.

Both sides come in ascending order of record id, compared as texts, so that a walk over the two needs no
more memory than one record of each and the sums: 56 octets and an id for a record, a few hundred for each
product and currency. Differences are yielded as they are found; whoever keeps them all pays for that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple


class DifferenceKind(Enum):
    """In what the two sides differ."""

    MISSING_WITH_US = "missing-with-us"
    MISSING_WITH_THEM = "missing-with-them"
    CURRENCY = "currency-differs"
    AMOUNT = "amount-differs"
    QUANTITY = "quantity-differs"
    DUPLICATE_WITH_THEM = "duplicate-with-them"
    UNREADABLE = "unreadable"


class Entry(NamedTuple):
    """One record of one side.

    `amount` in minor_micros. `quantity` None, `product` '': not said. `line` is its line in a file; ours 0.
    """

    record_id: str
    currency_code: str
    amount: int
    quantity: int | None = None
    product: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """One record that differs; `ours` or `theirs` is None where that side does not have it.

    `lines`: where it stands with them. `text`: why a row is unreadable.
    """

    kind: DifferenceKind
    record_id: str
    ours: Entry | None = None
    theirs: Entry | None = None
    lines: tuple[int, ...] = ()
    text: str = ""


@dataclass(slots=True)
class Side:
    """What one side came to."""

    records: int = 0
    amount: int = 0
    quantity: int = 0

    def add(self, entry: Entry) -> None:
        """Counts a record."""
        self.records += 1
        self.amount += entry.amount
        self.quantity += entry.quantity or 0


@dataclass(slots=True)
class Comparison:
    """Both sides of a currency, or of a product in a currency."""

    ours: Side = field(default_factory=Side)
    theirs: Side = field(default_factory=Side)

    @property
    def equal(self) -> bool:
        """True where count and amount are the same."""
        return (self.ours.records, self.ours.amount) == (self.theirs.records, self.theirs.amount)


UNKNOWN_PRODUCT = "(not said)"


class NotInOrderError(ValueError):
    """A side does not come in ascending order of record id."""


@dataclass(slots=True)
class Reconciliation:
    """Compares once; sums and counts are complete when `differences` is exhausted.

    `tolerance`: minor_micros by which the amounts of a record may differ, for a side that rounds.
    Rows that come twice count in the sums as often as they come, since that is what the side has added up.
    """

    tolerance: int = 0
    totals: dict[str, Comparison] = field(default_factory=dict)
    products: dict[tuple[str, str], Comparison] = field(default_factory=dict)
    counts: Counter[DifferenceKind] = field(default_factory=Counter)
    matched: int = 0

    @property
    def agrees(self) -> bool:
        """True where no record differs."""
        return not self.counts

    def unreadable(self, line: int, why: str) -> Difference:
        """Counts a row that cannot be read; it is in no sum."""
        return self._counted(Difference(DifferenceKind.UNREADABLE, "", lines=(line,), text=why))

    def differences(self, ours: Iterable[Entry], theirs: Iterable[Entry]) -> Iterator[Difference]:
        """Walks both sides at once. Raises NotInOrderError.

        A record of ours that comes twice is the same record, standing in two lines: it counts once.
        """
        left, right = _by_id(ours), _by_id(theirs)
        mine, yours = next(left, None), next(right, None)
        while mine is not None or yours is not None:
            if yours is None or (mine is not None and mine[0].record_id < yours[0].record_id):
                assert mine is not None
                yield from self._only_ours(mine[0])
                mine = next(left, None)
            elif mine is None or yours[0].record_id < mine[0].record_id:
                yield from self._only_theirs(yours)
                yours = next(right, None)
            else:
                yield from self._both(mine[0], yours)
                mine, yours = next(left, None), next(right, None)

    def _only_ours(self, mine: Entry) -> Iterator[Difference]:
        self._sum(mine, mine.product, ours=True)
        yield self._counted(Difference(DifferenceKind.MISSING_WITH_THEM, mine.record_id, ours=mine))

    def _only_theirs(self, yours: list[Entry]) -> Iterator[Difference]:
        for entry in yours:
            self._sum(entry, entry.product, ours=False)
        lines = tuple(entry.line for entry in yours)
        first = yours[0]
        yield self._counted(
            Difference(DifferenceKind.MISSING_WITH_US, first.record_id, theirs=first, lines=lines)
        )
        yield from self._twice(None, yours)

    def _both(self, mine: Entry, yours: list[Entry]) -> Iterator[Difference]:
        self._sum(mine, mine.product, ours=True)
        for entry in yours:
            # They may name products otherwise, or not at all; what the record is about is the same.
            self._sum(entry, mine.product, ours=False)
        self.matched += 1
        kind = self._kind(mine, yours[0])
        if kind is not None:
            first = yours[0]
            yield self._counted(Difference(kind, mine.record_id, mine, first, (first.line,)))
        yield from self._twice(mine, yours)

    def _twice(self, mine: Entry | None, yours: list[Entry]) -> Iterator[Difference]:
        if len(yours) > 1:
            lines = tuple(entry.line for entry in yours)
            yield self._counted(
                Difference(DifferenceKind.DUPLICATE_WITH_THEM, yours[0].record_id, mine, yours[1], lines)
            )

    def _kind(self, mine: Entry, yours: Entry) -> DifferenceKind | None:
        if mine.currency_code != yours.currency_code:
            return DifferenceKind.CURRENCY
        if abs(mine.amount - yours.amount) > self.tolerance:
            return DifferenceKind.AMOUNT
        if yours.quantity is not None and mine.quantity is not None and mine.quantity != yours.quantity:
            return DifferenceKind.QUANTITY
        return None

    def _counted(self, difference: Difference) -> Difference:
        self.counts[difference.kind] += 1
        return difference

    def _sum(self, entry: Entry, product: str, *, ours: bool) -> None:
        key = (product or UNKNOWN_PRODUCT, entry.currency_code)
        for comparison in (
            self.totals.setdefault(entry.currency_code, Comparison()),
            self.products.setdefault(key, Comparison()),
        ):
            (comparison.ours if ours else comparison.theirs).add(entry)


def _by_id(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Entries of one id together."""
    group: list[Entry] = []
    for entry in entries:
        if group and entry.record_id != group[0].record_id:
            if entry.record_id < group[0].record_id:
                raise NotInOrderError(f"{entry.record_id!r} comes after {group[0].record_id!r}")
            yield group
            group = []
        group.append(entry)
    if group:
        yield group
