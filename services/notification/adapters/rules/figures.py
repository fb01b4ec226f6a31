"""How values are written in words, by language: money, octets, times, per cent, days.

Money is in the digits of its currency and never a float. What is left is cut, never rounded up: nobody is
told of more than there is.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, format_decimal, format_percent
from babel.units import format_unit

from services.common.kernel.money import Currency, Money
from services.common.kernel.quantity import OCTETS, SECONDS
from services.notification.domain.facts import Units

_PREFIXES = (
    ("digital-terabyte", 10**12),
    ("digital-gigabyte", 10**9),
    ("digital-megabyte", 10**6),
    ("digital-kilobyte", 10**3),
)
_TIMES = (("duration-hour", 3_600), ("duration-minute", 60), ("duration-second", 1))
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_GLUED = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_MOST_CACHED = 8_192


def money_words(money: Money, locale: Locale) -> str:
    """`4,99 €`: whole minor units, half-even, as invoices have them."""
    return minor_words(money.to_minor_units(), money.currency, locale)


@lru_cache(maxsize=_MOST_CACHED)
def minor_words(minor: int, currency: Currency, locale: Locale) -> str:
    """Whole minor units of a currency."""
    written = format_currency(Decimal(minor).scaleb(-currency.digits), currency.code, locale=locale)
    # The CLDR sets letters and digits apart (`CHF 0.75`), which Babel leaves to us.
    return _GLUED.sub("\u00a0", written)


def units_words(units: Units, locale: Locale) -> str:
    """`1.2 GB`, `2 hours 5 minutes`; other units as a number with their name."""
    return _units_words(units.count, units.unit, locale)


@lru_cache(maxsize=_MOST_CACHED)
def percent_words(percent: int, locale: Locale) -> str:
    """`80%`; `80 %` where the language sets them apart."""
    return format_percent(Decimal(percent) / 100, locale=locale)


def month_words(text: str, locale: Locale) -> str:
    """`2026-11` as `November 2026`; anything else as it is."""
    match = _MONTH.fullmatch(text)
    if match is None:
        return text
    return format_skeleton("yMMMM", date(int(match[1]), int(match[2]), 1), locale=locale)


def day_words(text: str, locale: Locale) -> str:
    """`2026-11-27` as a day of the calendar in the language's way; anything else as it is."""
    try:
        return format_date(date.fromisoformat(text), "long", locale=locale)
    except ValueError:
        return text


@lru_cache(maxsize=_MOST_CACHED)
def _units_words(count: int, unit: str, locale: Locale) -> str:
    if unit == OCTETS:
        return _octets(count, locale)
    if unit == SECONDS:
        return _seconds(count, locale)
    return f"{format_decimal(count, locale=locale)} {unit}"


def _octets(count: int, locale: Locale) -> str:
    """One decimal below ten."""
    sign, size = (-1, -count) if count < 0 else (1, count)
    for unit, whole in _PREFIXES:
        if size >= whole:
            tenths = size * 10 // whole
            shown = Decimal(tenths) / 10 if tenths < 100 and tenths % 10 else Decimal(tenths // 10)
            return format_unit(sign * shown, unit, "short", locale=locale)
    return format_unit(count, "digital-byte", "long", locale=locale)


def _seconds(count: int, locale: Locale) -> str:
    """Whole minutes from a minute on, in the two largest units that are not zero."""
    rest = max(0, count)
    if rest >= 60:
        rest -= rest % 60
    parts = []
    for unit, size in _TIMES:
        number, rest = divmod(rest, size)
        if number:
            parts.append(format_unit(number, unit, "long", locale=locale))
    return " ".join(parts) or format_unit(0, "duration-minute", "long", locale=locale)
