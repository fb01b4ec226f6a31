"""Amounts of settlement: minor units, shown and read in major ones; exchange rates as people state them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from tidemark.partner_settlement.v1 import agreement_pb2, settlement_api_pb2

from services.common.kernel.amount_words import grouped_amount
from services.common.kernel.money import MICROS_PER_MINOR_UNIT, Money, currency, parse_decimal, parse_money

_AMOUNT = re.compile(r"([0-9.-]+) ?([A-Za-z]{3})?")
_RATE = re.compile(r"([A-Z]{3})/([A-Z]{3})=([0-9.]+)@([0-9]{4}-[0-9]{2}-[0-9]{2})")
RATE_EXAMPLE = "CHF/EUR=1.05@2026-11-30"


def show_minor(amount_minor: int, currency_code: str) -> str:
    """`1,234.50 EUR`, with the currency's own digits; the raw figure where the currency is unknown here."""
    try:
        money = Money(amount_minor * MICROS_PER_MINOR_UNIT, currency(currency_code))
    except ValueError:
        return f"{amount_minor} minor units {currency_code}".rstrip()
    return f"{grouped_amount(money)} {money.currency.code}"


def show_amounts(amounts: Iterable[agreement_pb2.CurrencyAmount]) -> str:
    """Amounts of several currencies: `1,234.50 EUR, 20.00 CHF`."""
    return ", ".join(show_minor(amount.amount_minor, amount.currency_code) for amount in amounts)


def parse_minor(text: str, currency_code: str) -> int:
    """Reads `12.50` or `12.50EUR` as minor units of a currency.

    Raises ValueError for another currency, and for an amount finer than the minor unit: nothing is
    rounded or converted here.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an amount; write 12.50, or 12.50{currency_code or 'EUR'}")
    if match[2] not in (None, currency_code):
        raise ValueError(f"{text} is not in {currency_code}, which the line is in")
    money = parse_money(match[1], currency(currency_code))
    minor, finer = divmod(money.minor_micros, MICROS_PER_MINOR_UNIT)
    if finer:
        raise ValueError(f"{text} is finer than the minor unit of {currency_code}")
    return minor


def parse_exchange_rate(text: str) -> settlement_api_pb2.ExchangeRate:
    """Reads `CHF/EUR=1.05@2026-11-30`: 1.05 EUR for one CHF, of that day. Raises ValueError."""
    match = _RATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a rate; write {RATE_EXAMPLE}: 1.05 EUR for one CHF, of that day")
    of, to, rate, day = match.groups()
    currency(of), currency(to), date.fromisoformat(day)
    numerator, _ = parse_decimal(rate)
    if numerator <= 0 or of == to:
        raise ValueError("a rate is above zero, and between two currencies")
    return settlement_api_pb2.ExchangeRate(from_currency_code=of, to_currency_code=to, rate=rate, date=day)
