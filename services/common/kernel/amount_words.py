"""Amounts as people read them."""

from __future__ import annotations

from services.common.kernel.money import Money
from services.common.kernel.quantity import OCTETS, SECONDS

_OCTET_PREFIXES = (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3))


def show_units(amount: int, unit: str) -> str:
    """A quantity in short: `4.99 GB`, `1 h 02 min 03 s`, `12 kilometres`. Cut, never rounded up."""
    if unit == OCTETS:
        return _show_octets(amount)
    if unit == SECONDS:
        return _show_seconds(amount)
    return f"{amount:,} {unit}".replace(",", " ")


def exact_units(amount: int, unit: str) -> str:
    """A quantity without loss, in the greatest unit that it is a whole number of: `1 GB`, `60 seconds`."""
    if unit == OCTETS and amount:
        for name, size in _OCTET_PREFIXES:
            if amount % size == 0:
                return f"{amount // size} {name}"
    return f"{amount} {unit}"


def grouped_amount(money: Money) -> str:
    """The exact amount in major units with thousands separators, without the currency: `1,234.50`."""
    return f"{money.to_decimal():,f}"


def _show_octets(amount: int) -> str:
    magnitude, sign = abs(amount), "-" if amount < 0 else ""
    for name, size in _OCTET_PREFIXES:
        if magnitude >= size:
            return f"{sign}{magnitude // size}.{magnitude % size * 100 // size:02d} {name}"
    return f"{amount} B"


def _show_seconds(amount: int) -> str:
    sign, magnitude = "-" if amount < 0 else "", abs(amount)
    minutes, seconds = divmod(magnitude, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{sign}{hours} h {minutes:02d} min {seconds:02d} s"
    if minutes:
        return f"{sign}{minutes} min {seconds:02d} s"
    return f"{sign}{seconds} s"
