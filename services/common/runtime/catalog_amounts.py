"""Amounts of the catalog's message, in one currency and with tax; and what an offering brings with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from tidemark.catalog.v1 import catalog_pb2, money_text_pb2

from services.common.kernel.money import currency, parse_decimal
from services.common.kernel.ratio import round_half_even

_MOST_NESTED = 16


@dataclass(frozen=True, slots=True)
class CatalogAmounts:
    """Reads amounts in one currency. `added`: what an exclusive tax adds, by its code."""

    currency_code: str
    first: bool
    added: Mapping[str, Fraction]

    @staticmethod
    def of(catalog: catalog_pb2.Catalog, currency_code: str) -> CatalogAmounts:
        """For a currency of the catalog; the first is what amounts are in that name no other."""
        added = {
            tax.code: Fraction(*parse_decimal(tax.percent)) / 100
            for tax in catalog.taxes
            if not tax.inclusive
        }
        return CatalogAmounts(currency_code, currency_code == catalog.currency_code, added)

    def minor_micros(self, amount: money_text_pb2.ExactAmount) -> Fraction | None:
        """An amount; None where it is not given in this currency."""
        text = amount.decimal if self.first else ""
        text = next(
            (other.decimal for other in amount.others if other.currency_code == self.currency_code), text
        )
        return Fraction(*parse_decimal(text)) * currency(self.currency_code).micros_per_unit if text else None

    def with_tax(self, amount: Fraction, tax: str) -> Fraction:
        """What is paid of an amount under a tax ('' for none)."""
        return amount * (1 + self.added.get(tax, Fraction(0)))


def rounded(amount: Fraction) -> int:
    """An amount in whole millionths of minor units, as charging rounds it."""
    return round_half_even(amount.numerator, amount.denominator)


def with_included(
    offering: catalog_pb2.ProductOffering,
    offerings: Mapping[str, catalog_pb2.ProductOffering],
    depth: int = 0,
) -> Iterator[catalog_pb2.ProductOffering]:
    """An offering and all that it includes, level by level down to the sixteenth."""
    yield offering
    for code in offering.includes if depth < _MOST_NESTED else ():
        if code in offerings:
            yield from with_included(offerings[code], offerings, depth + 1)
