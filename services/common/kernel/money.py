"""Exact money: an integer number of millionths of a currency's minor unit.

Inside rating nothing is rounded finer or coarser than that; `to_minor_units`
is the one place where money becomes whole cents again, for an invoice.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import iso4217

from services.common.kernel.ratio import round_half_even

MICROS_PER_MINOR_UNIT = 1_000_000
MAX_MINOR_MICROS = 2**63 - 1
"""What the contracts and the databases can carry (int64)."""


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 currency: its code and how many digits its minor unit has."""

    code: str
    digits: int

    @property
    def micros_per_unit(self) -> int:
        """minor_micros in one major unit (one euro, one yen)."""
        return int(10**self.digits) * MICROS_PER_MINOR_UNIT


@lru_cache(maxsize=256)
def currency(code: str) -> Currency:
    """The currency of an ISO 4217 code. Raises ValueError for an unknown one."""
    try:
        digits = iso4217.Currency(code).exponent
    except ValueError as error:
        raise ValueError(f"{code!r} is not an ISO 4217 currency code") from error
    if digits is None:
        raise ValueError(f"{code!r} has no minor unit and cannot be charged in")
    return Currency(code, digits)


class CurrencyMismatchError(ValueError):
    """Two currencies met where one was needed. There is no silent conversion."""


@dataclass(frozen=True, slots=True)
class Money:
    """An exact, signed amount of one currency, in minor_micros."""

    minor_micros: int
    currency: Currency

    def __add__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.minor_micros + other.minor_micros, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.minor_micros - other.minor_micros, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor_micros, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same_currency(other)
        return self.minor_micros < other.minor_micros

    def __le__(self, other: Money) -> bool:
        self._same_currency(other)
        return self.minor_micros <= other.minor_micros

    def _same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatchError(f"{self.currency.code} met {other.currency.code}")

    def to_decimal(self) -> Decimal:
        """The amount in major units, exact, trailing zeros dropped down to the minor unit."""
        exponent = self.currency.digits + 6
        exact = Decimal(self.minor_micros).scaleb(-exponent)
        digits = exponent
        scaled = abs(self.minor_micros)
        while digits > self.currency.digits and scaled % 10 == 0:
            scaled //= 10
            digits -= 1
        return exact.quantize(Decimal(1).scaleb(-digits))

    def to_minor_units(self) -> int:
        """Whole minor units, half-even: the rounding of invoices and statements."""
        return round_half_even(self.minor_micros, MICROS_PER_MINOR_UNIT)

    def __str__(self) -> str:
        return f"{self.to_decimal():f} {self.currency.code}"


def parse_money(text: str, of: Currency) -> Money:
    """Reads a decimal string (`12.50`) exactly.

    Raises ValueError for anything else, for more digits than minor_micros can
    hold, and beyond int64.
    """
    numerator, denominator = parse_decimal(text)
    micros, remainder = divmod(numerator * of.micros_per_unit, denominator)
    if remainder:
        raise ValueError(f"{text} {of.code} is finer than a millionth of the minor unit")
    if abs(micros) > MAX_MINOR_MICROS:
        raise ValueError(f"{text} {of.code} is beyond what a balance can hold")
    return Money(micros, of)


def parse_decimal(text: str) -> tuple[int, int]:
    """Reads a plain decimal string as an exact fraction (numerator, denominator > 0).

    Exponents, NaN, infinities, blanks and underscores are refused with
    ValueError: a price list is written by people and read by auditors.
    """
    if not text or len(text) > 40 or any(sign not in "0123456789.-" for sign in text):
        raise ValueError(f"{text!r} is not a plain decimal number")
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is not a plain decimal number") from error
    return value.as_integer_ratio()
