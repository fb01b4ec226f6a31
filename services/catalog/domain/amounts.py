"""Prices as they are written: decimals, one for each currency in which something is sold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CurrencyAmount:
    """Decimal text in major units of a currency."""

    currency_code: str
    decimal: str


@dataclass(frozen=True, slots=True)
class Amount:
    """`decimal` in the catalog's first currency; `others` by ascending currency code, never converted."""

    decimal: str
    others: tuple[CurrencyAmount, ...] = ()

    def in_other(self, currency_code: str) -> str | None:
        """The decimal in one of the other currencies; None where it is not given."""
        return next((item.decimal for item in self.others if item.currency_code == currency_code), None)
