"""Which price of an offering holds: by rating group, circumstances, and time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from operator import attrgetter

from services.charging.domain.rating.circumstances import Circumstances, Conditions
from services.charging.domain.rating.price import Concurrency
from services.charging.domain.rating.price_rule import PriceBookError, PriceRule, deciding
from services.charging.domain.rating.timetable import Timetable, timetable

MAXIMUM_CELLS = 20_000
"""Most combinations of rating group and circumstances that the prices of one offering may tell apart."""

_KINDS: tuple[tuple[str, Callable[[Conditions], frozenset[str]]], ...] = (
    ("zone", attrgetter("zones")),
    ("destination", attrgetter("destinations")),
    ("area", attrgetter("areas")),
    ("slice", attrgetter("slices")),
    ("qos_class", attrgetter("qos_classes")),
    ("load_band", attrgetter("load_bands")),
    ("segment", attrgetter("segments")),
    ("device_class", attrgetter("device_classes")),
)
"""Kinds of circumstances, and the codes that conditions name of each."""

_ANY_OTHER = ""


@dataclass(frozen=True, slots=True)
class _Dimension:
    """One kind of circumstances that prices of a rating group depend on, and the codes they name."""

    code_of: Callable[[Circumstances], str]
    named: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Cells:
    """Timetables of one rating group by the codes that its prices tell apart, '' standing for any other."""

    dimensions: tuple[_Dimension, ...]
    by_codes: Mapping[tuple[str, ...], Timetable]

    def table(self, under: Circumstances) -> Timetable | None:
        codes = tuple(
            [
                code if (code := dimension.code_of(under)) in dimension.named else _ANY_OTHER
                for dimension in self.dimensions
            ]
        )
        return self.by_codes.get(codes)


@dataclass(frozen=True, slots=True)
class PriceBook:
    """All prices of an offering, as tables: `usage` by rating group, `concurrent` by kind as well.

    Where the offering is denied there is no price, and none where a network
    lies in no zone.
    """

    usage: Mapping[int, _Cells] = field(default_factory=dict)
    concurrent: Mapping[tuple[int, Concurrency], _Cells] = field(default_factory=dict)
    denied_zones: frozenset[str] = frozenset()

    def table(self, rating_group: int, under: Circumstances) -> Timetable | None:
        """When which price of usage holds; None where none ever does."""
        cells = self.usage.get(rating_group)
        return None if cells is None or self._closed(under.zone) else cells.table(under)

    def concurrency_table(
        self, rating_group: int, kind: Concurrency, under: Circumstances
    ) -> Timetable | None:
        """When which price for so many at a time holds; None where none ever does."""
        cells = self.concurrent.get((rating_group, kind))
        return None if cells is None or self._closed(under.zone) else cells.table(under)

    def _closed(self, zone: str) -> bool:
        return not zone or zone in self.denied_zones


def price_book(
    rules: Sequence[PriceRule], zones: Iterable[str], denied_zones: frozenset[str] = frozenset()
) -> PriceBook:
    """Compiles the rules of an offering; `zones` are all zones of the catalog.

    Raises PriceBookError PRICE_OVERLAP where two rules of equal rank both
    hold and none goes before them, CATALOG_TOO_LARGE beyond MAXIMUM_CELLS.
    """
    sold_in = frozenset(zones) - denied_zones
    by_column: dict[tuple[int, Concurrency | None], list[PriceRule]] = {}
    for rule in rules:
        for rating_group in sorted(rule.rating_groups):
            by_column.setdefault((rating_group, rule.price.concurrency), []).append(rule)
    _check_size(by_column.values())
    cells = {column: _compile(column[0], found, sold_in) for column, found in by_column.items()}
    return PriceBook(
        usage={group: found for (group, kind), found in cells.items() if kind is None},
        concurrent={(group, kind): found for (group, kind), found in cells.items() if kind is not None},
        denied_zones=denied_zones,
    )


def _check_size(columns: Iterable[Sequence[PriceRule]]) -> None:
    size = sum(prod(len(named) + 1 for _, named in _named(rules)) for rules in columns)
    if size > MAXIMUM_CELLS:
        raise PriceBookError(
            "CATALOG_TOO_LARGE",
            f"its prices tell {size} combinations of circumstances apart, more than {MAXIMUM_CELLS}; "
            "part it into several offerings, or name fewer codes as conditions of one rating group",
        )


def _named(rules: Sequence[PriceRule]) -> list[tuple[int, frozenset[str]]]:
    """Kinds (by number) that any rule restricts, and all codes named of each."""
    found = []
    for number, (_, codes_of) in enumerate(_KINDS):
        named = frozenset().union(*(codes_of(rule.conditions) for rule in rules))
        if named:
            found.append((number, named))
    return found


def _compile(rating_group: int, rules: Sequence[PriceRule], sold_in: frozenset[str]) -> _Cells:
    by_rank = sorted(rules, key=lambda rule: rule.rank)
    kinds = _named(by_rank)
    tables: dict[tuple[int, ...], Timetable] = {}
    by_codes: dict[tuple[str, ...], Timetable] = {}
    holding = [_holding(number, named, by_rank, sold_in) for number, named in kinds]
    everything = (1 << len(by_rank)) - 1 if sold_in else 0
    for choice in product(*(masks.items() for masks in holding)):
        mask = everything
        for _, held in choice:
            mask &= held
        if not mask:
            continue
        codes = tuple(code for code, _ in choice)
        here = deciding(_members(by_rank, mask))
        key = tuple(map(id, here))
        if key not in tables:
            tables[key] = _timetable(rating_group, kinds, codes, here)
        by_codes[codes] = tables[key]
    dimensions = tuple(_Dimension(attrgetter(_KINDS[number][0]), named) for number, named in kinds)
    return _Cells(dimensions, by_codes)


def _members(rules: Sequence[PriceRule], mask: int) -> list[PriceRule]:
    """The rules whose bits are set, in their order."""
    found = []
    while mask:
        lowest = mask & -mask
        found.append(rules[lowest.bit_length() - 1])
        mask ^= lowest
    return found


def _holding(
    number: int, named: frozenset[str], rules: Sequence[PriceRule], sold_in: frozenset[str]
) -> dict[str, int]:
    """For each code of a kind, the rules that hold there, as bits; '' is any code that none names."""
    codes = [*sorted(named), _ANY_OTHER]
    if _KINDS[number][0] == "zone":
        codes = sorted(named & sold_in) + ([_ANY_OTHER] if sold_in - named else [])
    return {
        code: sum(
            1 << index
            for index, rule in enumerate(rules)
            if not (own := _KINDS[number][1](rule.conditions)) or code in own
        )
        for code in codes
    }


def _timetable(
    rating_group: int,
    kinds: Sequence[tuple[int, frozenset[str]]],
    codes: Sequence[str],
    here: Sequence[PriceRule],
) -> Timetable:
    try:
        return timetable(here)
    except PriceBookError as error:
        where = "".join(
            f", {_KINDS[number][0].replace('_', ' ')} {code or 'any other'}"
            for (number, _), code in zip(kinds, codes, strict=True)
        )
        raise PriceBookError(error.reason, f"rating group {rating_group}{where}: {error.message}") from error
