"""What rows come to: how many, and how much in each currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.common.runtime.columns import Row


@dataclass(frozen=True, slots=True)
class CurrencySums:
    """Signed sums of one currency, in millionths of its minor unit."""

    amount_minor_micros: int = 0
    tax_minor_micros: int = 0


@dataclass(slots=True)
class Tally:
    """Rows and their sums by currency."""

    rows: int = 0
    sums: dict[str, CurrencySums] = field(default_factory=dict)

    def add(self, rows: Iterable[Row]) -> None:
        """Counts rows."""
        for row in rows:
            self.rows += 1
            code = row["currency_code"]
            if code is None:
                continue
            before = self.sums.get(code, CurrencySums())
            self.sums[code] = CurrencySums(
                before.amount_minor_micros + row["amount_minor_micros"],
                before.tax_minor_micros + (row["tax_minor_micros"] or 0),
            )


def sums_as_document(sums: Mapping[str, CurrencySums]) -> dict[str, dict[str, str]]:
    """Sums for a JSON document: as text, since not every reader of JSON has 64-bit integers."""
    return {
        code: {
            "amount_minor_micros": str(item.amount_minor_micros),
            "tax_minor_micros": str(item.tax_minor_micros),
        }
        for code, item in sorted(sums.items())
    }


def sums_of_document(document: Mapping[str, Any]) -> dict[str, CurrencySums]:
    """Back again. Raises ValueError, KeyError or TypeError for another document."""
    return {
        code: CurrencySums(int(item["amount_minor_micros"]), int(item["tax_minor_micros"]))
        for code, item in document.items()
    }
