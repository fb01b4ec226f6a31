"""Amounts, shares and instants as they stand on paper."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from fractions import Fraction

from google.protobuf.timestamp_pb2 import Timestamp

from services.common.kernel.amount_words import grouped_amount, show_units
from services.common.kernel.money import MICROS_PER_MINOR_UNIT, Money, currency
from services.partner_settlement.adapters.documents.words import moment
from services.partner_settlement.domain.periods import parse_period

MINUS = "\u2212"
_PLACES = 6


def minor(amount: int, currency_code: str) -> str:
    """Whole minor units in major ones, grouped: `1,234.50`, with the currency's own digits."""
    return micros(amount * MICROS_PER_MINOR_UNIT, currency_code)


def micros(amount: int, currency_code: str) -> str:
    """minor_micros in major units, exact and grouped."""
    return grouped_amount(Money(amount, currency(currency_code))).replace("-", MINUS)


def rounded(minor_micros: int, currency_code: str) -> str:
    """minor_micros in major units, to the minor unit: for a chart, not for adding up."""
    return minor(Money(minor_micros, currency(currency_code)).to_minor_units(), currency_code)


def quantity(amount: int, unit: str) -> str:
    """`4.71 TB`; '' where nothing is counted."""
    return f"{MINUS if amount < 0 else ''}{show_units(abs(amount), unit)}" if unit else ""


def exact_share(fraction_of_minor: str, currency_code: str) -> str:
    """`1234567/890` minor units as a decimal in major ones, `…` where it goes on.

    A text that is no fraction stays as it is.
    """
    try:
        value = Fraction(fraction_of_minor) / int(10 ** currency(currency_code).digits)
    except (ValueError, ZeroDivisionError):
        return fraction_of_minor
    places = currency(currency_code).digits + _PLACES
    scaled, rest = divmod(abs(value.numerator) * 10**places, value.denominator)
    whole, part = divmod(scaled, 10**places)
    digits = f"{part:0{places}}"
    kept = digits if rest else digits.rstrip("0").ljust(currency(currency_code).digits, "0")
    text = f"{whole:,}.{kept}" if kept else f"{whole:,}"
    return (MINUS if value < 0 else "") + text + ("…" if rest else "")


def signed(text: str) -> str:
    """A decimal text with a true minus, and a plus where it is above zero."""
    if text.startswith("-"):
        return MINUS + text[1:]
    return text if not text or re.fullmatch(r"0(\.0*)?", text) else f"+{text}"


def instant(stamp: Timestamp) -> str:
    """`2026-12-01 01:00 UTC`."""
    return _written(moment(stamp))


def days_of(period: str) -> str:
    """`2026-11-01 to 2026-11-30`; '' for a period without such a name."""
    try:
        found = parse_period(period)
    except ValueError:
        return ""
    last = found.end - timedelta(days=1)
    return found.first.isoformat() if last == found.first else f"{found.first} to {last}"


def _written(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at.second == 0 else f"{at:%Y-%m-%d %H:%M:%S} UTC"
