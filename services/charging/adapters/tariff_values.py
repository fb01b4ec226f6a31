"""Amounts, days and choices as a catalog message writes them, read or refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from tidemark.catalog.v1 import money_text_pb2

from services.charging.domain.rating.tariff import TariffError
from services.common.kernel.money import MAX_MINOR_MICROS, Currency, parse_decimal

K = TypeVar("K", bound=int)
T = TypeVar("T")


class NotSoldError(Exception):
    """An amount is not given in one of the catalog's further currencies."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """Reads amounts in one currency of a catalog; `first`: it is the one that amounts are written in."""

    currency: Currency
    first: bool = True

    def per_unit(self, amount: money_text_pb2.ExactAmount, per_units: int, field: str) -> tuple[int, int]:
        """minor_micros for one unit, as a fraction in lowest terms.

        Raises TariffError PER_UNITS_INVALID, AMOUNT_INVALID or AMOUNT_NEGATIVE; NotSoldError.
        """
        if per_units < 1:
            raise TariffError("PER_UNITS_INVALID", field, "per_units must be at least 1")
        try:
            numerator, denominator = parse_decimal(self._written(amount))
        except ValueError as error:
            raise TariffError("AMOUNT_INVALID", field, str(error)) from error
        if numerator < 0:
            raise TariffError("AMOUNT_NEGATIVE", field, "a price must not be negative")
        return lowest(numerator * self.currency.micros_per_unit, denominator * per_units)

    def whole(self, amount: money_text_pb2.ExactAmount, field: str) -> int:
        """An amount that is charged as it stands, in minor_micros.

        Raises TariffError as `per_unit` does, and AMOUNT_TOO_FINE; NotSoldError.
        """
        numerator, denominator = self.per_unit(amount, 1, field)
        if denominator != 1:
            raise TariffError("AMOUNT_TOO_FINE", field, "finer than a millionth of the minor unit")
        if numerator > MAX_MINOR_MICROS:
            raise TariffError("AMOUNT_INVALID", field, "more than a balance can hold")
        return numerator

    def _written(self, amount: money_text_pb2.ExactAmount) -> str:
        if self.first:
            return amount.decimal
        for other in amount.others:
            if other.currency_code == self.currency.code:
                return other.decimal
        raise NotSoldError


def percent(text: str, reason: str, field: str, most: int | None = None) -> tuple[int, int]:
    """`2.5` as 25/1000 in lowest terms. Raises TariffError where it is negative or above `most` per cent."""
    try:
        numerator, denominator = parse_decimal(text)
    except ValueError as error:
        raise TariffError(reason, field, str(error)) from error
    if numerator < 0 or (most is not None and numerator > most * denominator):
        bounds = "at least 0" if most is None else f"from 0 to {most}"
        raise TariffError(reason, field, f"per cent must be {bounds}, not {text}")
    return lowest(numerator, denominator * 100)


def day(text: str, field: str) -> date | None:
    """A date as `2026-12-01`; None of ''. Raises TariffError DAY_INVALID."""
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise TariffError("DAY_INVALID", field, f"{text!r} is not a day such as 2026-12-01")
    return found


def choice(choices: Mapping[K, T], value: K, field: str) -> T:
    """What an enum value means. Raises TariffError CATALOG_INVALID for one that means nothing here."""
    if value not in choices:
        raise TariffError("CATALOG_INVALID", field, f"the value {value} is not known here")
    return choices[value]


def lowest(numerator: int, denominator: int) -> tuple[int, int]:
    """The same fraction in lowest terms."""
    divisor = math.gcd(numerator, denominator)
    return numerator // divisor, denominator // divisor
