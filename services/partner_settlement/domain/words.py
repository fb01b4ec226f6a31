"""Figures of statements as people read them."""

from __future__ import annotations

from fractions import Fraction

from services.common.kernel.amount_words import exact_units
from services.common.kernel.money import MICROS_PER_MINOR_UNIT, Money, currency
from services.partner_settlement.domain.agreements import UnitRate

_PLACES = 6


def amount_words(minor: int, currency_code: str) -> str:
    """Whole minor units in major ones: `12.50 EUR`."""
    return str(Money(minor * MICROS_PER_MINOR_UNIT, currency(currency_code)))


def decimal_words(value: Fraction) -> str:
    """A fraction as a decimal, `33.333333`; at most six places, `…` where it goes on."""
    scaled, rest = divmod(abs(value.numerator) * 10**_PLACES, value.denominator)
    whole, part = divmod(scaled, 10**_PLACES)
    digits = f"{part:0{_PLACES}}" if rest else f"{part:0{_PLACES}}".rstrip("0")
    text = f"{whole}.{digits}" if digits else str(whole)
    return ("-" if value < 0 else "") + text + ("…" if rest else "")


def rate_words(rate: UnitRate, currency_code: str) -> str:
    """`0.02 EUR per 1 GB`."""
    amount = Money(rate.minor_micros[currency_code], currency(currency_code))
    return f"{amount} per {exact_units(rate.per_units, rate.unit)}"
