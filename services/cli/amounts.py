"""Amounts as people write and read them; exact both ways."""

from __future__ import annotations

import re

from tidemark.type.v1 import money_pb2, quantity_pb2

from services.common.kernel.amount_words import show_units
from services.common.kernel.money import Money, currency, parse_money
from services.common.kernel.quantity import MAX_UNITS, OCTETS, SECONDS

OCTET_UNITS = {
    "octets": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}
SECOND_UNITS = {"s": 1, "min": 60, "h": 3_600}
_WHOLE_WITH_UNIT = re.compile(r"([0-9]{1,18}) ?([A-Za-z][A-Za-z-]*)")


def money_message(text: str, currency_code: str) -> money_pb2.Money:
    """Reads `12.50` as an amount of a currency. Raises ValueError with the reason in words."""
    amount = parse_money(text, currency(currency_code))
    return money_pb2.Money(currency_code=amount.currency.code, minor_micros=amount.minor_micros)


def show_money(amount: money_pb2.Money) -> str:
    """`12.50 EUR`; the raw figure where the currency is unknown here."""
    try:
        return str(Money(amount.minor_micros, currency(amount.currency_code)))
    except ValueError:
        return f"{amount.minor_micros} minor_micros {amount.currency_code}".rstrip()


def show_quantity(quantity: quantity_pb2.Quantity) -> str:
    """A quantity in short; see `show_units`."""
    return show_units(quantity.amount, quantity.unit)


def show_delta(delta: int, unit: str) -> str:
    """A signed movement, `+10.00 EUR` or `-1.50 MB`. `unit` in capitals is a currency (minor_micros)."""
    sign = "+" if delta > 0 else ""
    return sign + show_amount(delta, unit)


def show_amount(amount: int, unit: str) -> str:
    """An amount whose unit is a currency code (then in minor_micros) or a unit code."""
    if unit.isupper():
        return show_money(money_pb2.Money(currency_code=unit, minor_micros=amount))
    return show_units(amount, unit)


def parse_units(text: str) -> tuple[int, str]:
    """Reads `5MB`, `300octets`, `90s`, `3min`, `12kilometres` as a whole amount and a unit code.

    Raises ValueError for anything without a unit: 1000 of what is never guessed.
    """
    match = _WHOLE_WITH_UNIT.fullmatch(text)
    if match is None:
        raise ValueError(
            f"{text!r} is not an amount; write a whole number with its unit: 1500octets, 5MB, 60s, 1events"
        )
    number, unit = int(match[1]), match[2]
    if unit in OCTET_UNITS:
        number, unit = number * OCTET_UNITS[unit], OCTETS
    elif unit in SECOND_UNITS:
        number, unit = number * SECOND_UNITS[unit], SECONDS
    if number > MAX_UNITS:
        raise ValueError(f"{text} is more than one report may carry ({MAX_UNITS} {unit})")
    return number, unit
