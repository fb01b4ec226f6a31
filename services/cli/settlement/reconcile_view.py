"""What reconciliation found: as tables, as JSON, and every difference as a row of a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from services.cli.output import Output
from services.common.kernel.amount_words import grouped_amount
from services.common.kernel.money import Money, currency
from services.partner_settlement.domain.reconciliation import (
    Comparison,
    Difference,
    DifferenceKind,
    Entry,
    Reconciliation,
)
from services.partner_settlement.domain.spreadsheets import guarded

WORDS: Mapping[DifferenceKind, str] = {
    DifferenceKind.MISSING_WITH_US: "missing with us",
    DifferenceKind.MISSING_WITH_THEM: "missing with them",
    DifferenceKind.CURRENCY: "currency differs",
    DifferenceKind.AMOUNT: "amount differs",
    DifferenceKind.QUANTITY: "quantity differs",
    DifferenceKind.DUPLICATE_WITH_THEM: "more than once with them",
    DifferenceKind.UNREADABLE: "unreadable",
}
_SIDES = (">our records", ">their records", ">our amount", ">their amount", ">theirs less ours")
_DIFFERENCE_COLUMNS = ("record", "difference", ">ours", ">theirs", "product", "their lines", "why")
_FIELDS = (
    "difference",
    "record_id",
    "product",
    "our_currency",
    "our_amount",
    "our_quantity",
    "their_currency",
    "their_amount",
    "their_quantity",
    "their_lines",
    "why",
)


class Differences:
    """Keeps the first differences for showing, and writes all of them into a file where one is wanted."""

    def __init__(self, path: Path | None, shown: int) -> None:
        self._path, self._shown = path, shown
        self.first: list[Difference] = []

    def __enter__(self) -> Differences:
        if self._path is not None:
            self._file = self._path.open("w", encoding="utf-8", newline="")
            self._writer = csv.writer(self._file, lineterminator="\r\n")
            self._writer.writerow(_FIELDS)
        return self

    def take(self, differences: Iterable[Difference]) -> None:
        """Adds differences."""
        for difference in differences:
            if len(self.first) < self._shown:
                self.first.append(difference)
            if self._path is not None:
                self._writer.writerow([guarded(text) for text in _fields(difference)])

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if self._path is not None:
            self._file.close()


def show(output: Output, statement_id: str, found: Reconciliation, differences: Differences) -> None:
    """From totals over products down to single records."""
    output.document(_document(statement_id, found, differences))
    output.table(
        f"{statement_id}: totals",
        ("currency", *_SIDES, ""),
        [(code, *_sides(code, each)) for code, each in sorted(found.totals.items())],
    )
    differing = [(key, each) for key, each in sorted(found.products.items()) if not each.equal]
    if differing:
        rows = [(product, code, *_sides(code, each)) for (product, code), each in differing]
        output.table("products that differ", ("product", "currency", *_SIDES, ""), rows)
    if differences.first:
        count = sum(found.counts.values())
        title = "records that differ" + (
            f", the first {len(differences.first):,} of {count:,}" if count > len(differences.first) else ""
        )
        output.table(title, _DIFFERENCE_COLUMNS, map(_row, differences.first))


def counts_in_words(found: Reconciliation) -> str:
    """`2 missing with us, 1 amount differs`."""
    return ", ".join(f"{found.counts[kind]:,} {WORDS[kind]}" for kind in WORDS if found.counts[kind])


def _sides(code: str, each: Comparison) -> tuple[str, ...]:
    return (
        f"{each.ours.records:,}",
        f"{each.theirs.records:,}",
        _amount(each.ours.amount, code),
        _amount(each.theirs.amount, code),
        _amount(each.theirs.amount - each.ours.amount, code),
        "" if each.equal else "differs",
    )


def _row(difference: Difference) -> tuple[str, ...]:
    entry = difference.ours or difference.theirs
    return (
        difference.record_id,
        WORDS[difference.kind],
        _side(difference.ours, difference.kind),
        _side(difference.theirs, difference.kind),
        entry.product if entry else "",
        _lines(difference),
        difference.text,
    )


def _side(entry: Entry | None, kind: DifferenceKind) -> str:
    if entry is None:
        return ""
    if kind is DifferenceKind.QUANTITY:
        return f"{entry.quantity:,}"
    return f"{_amount(entry.amount, entry.currency_code)} {entry.currency_code}"


def _lines(difference: Difference) -> str:
    return " ".join(map(str, difference.lines))


def _fields(difference: Difference) -> tuple[str, ...]:
    entry = difference.ours or difference.theirs
    return (
        difference.kind.value,
        difference.record_id,
        entry.product if entry else "",
        *_exact(difference.ours),
        *_exact(difference.theirs),
        _lines(difference),
        difference.text,
    )


def _exact(entry: Entry | None) -> tuple[str, str, str]:
    if entry is None:
        return "", "", ""
    amount = Money(entry.amount, currency(entry.currency_code)).to_decimal()
    return entry.currency_code, f"{amount:f}", "" if entry.quantity is None else str(entry.quantity)


def _amount(minor_micros: int, code: str) -> str:
    return grouped_amount(Money(minor_micros, currency(code)))


def _document(statement_id: str, found: Reconciliation, differences: Differences) -> dict[str, Any]:
    return {
        "statement_id": statement_id,
        "agrees": found.agrees,
        "matched": found.matched,
        "counts": {kind.value: found.counts[kind] for kind in DifferenceKind},
        "totals": [
            {"currency_code": code} | _comparison(code, each) for code, each in sorted(found.totals.items())
        ],
        "products": [
            {"product": product, "currency_code": code} | _comparison(code, each)
            for (product, code), each in sorted(found.products.items())
        ],
        "differences": [
            dict(zip(_FIELDS, _fields(difference), strict=True)) for difference in differences.first
        ],
    }


def _comparison(code: str, each: Comparison) -> dict[str, Any]:
    def side(amount: int, records: int) -> dict[str, Any]:
        exact = Money(amount, currency(code)).to_decimal()
        return {"records": records, "amount": f"{exact:f}", "amount_minor_micros": str(amount)}

    return {
        "equal": each.equal,
        "ours": side(each.ours.amount, each.ours.records),
        "theirs": side(each.theirs.amount, each.theirs.records),
    }
