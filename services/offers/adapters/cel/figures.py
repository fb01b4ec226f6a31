"""How figures are written in texts for customers, by language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeGuard

from services.common.kernel.money import MICROS_PER_MINOR_UNIT, Money, currency
from services.offers.domain.compiled import Variables

_PREFIXES = (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3))
_DECIMAL_POINT = frozenset({"en", "ga", "he", "hi", "ja", "ko", "mt", "th", "zh"})
"""Languages that write 1.2; others write 1,2."""

Figure = Callable[[object, str, Variables], str | None]
"""Writes a value in a language; None: it is no such value."""


def _point(text: str, language: str) -> str:
    return text if language.partition("-")[0] in _DECIMAL_POINT else text.replace(".", ",")


def _octets(value: object, language: str, _: Variables) -> str | None:
    """`1.2 GB`: one decimal below ten, cut and never rounded up."""
    if not _is_whole(value):
        return None
    for name, size in _PREFIXES:
        if value >= size:
            tenths = value * 10 // size
            whole, part = divmod(tenths, 10)
            figure = f"{whole}.{part}" if whole < 10 and part else str(whole)
            return f"{_point(figure, language)} {name}"
    return f"{value} B"


def _money(value: object, language: str, variables: Variables) -> str | None:
    """Whole minor units in the currency of the account: `4.99 EUR`."""
    balance = variables.get("balance")
    code = balance.get("currency") if isinstance(balance, Mapping) else ""
    if not _is_whole(value) or not isinstance(code, str) or not code:
        return None
    return _point(str(Money(value * MICROS_PER_MINOR_UNIT, currency(code))), language)


def _percent(value: object, language: str, _: Variables) -> str | None:
    """`20%`; `20 %` where the language sets them apart."""
    if not _is_whole(value):
        return None
    return f"{value}%" if language.partition("-")[0] in _DECIMAL_POINT else f"{value} %"


def _time(value: object, _: str, __: Variables) -> str | None:
    """Seconds as `2 h 5 min`, `5 min`, `40 s`."""
    if not _is_whole(value):
        return None
    minutes, seconds = divmod(value, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{seconds} s"


def _plain(value: object, _: str, __: Variables) -> str | None:
    """Texts and whole numbers as they are."""
    return str(value) if isinstance(value, str) or _is_whole(value) else None


FIGURES: Mapping[str, Figure] = {
    "octets": _octets,
    "money": _money,
    "percent": _percent,
    "time": _time,
    "": _plain,
}
"""By the name that stands behind `|`."""


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
