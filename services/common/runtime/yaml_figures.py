"""How figures are written in files that people write, read and written back exactly.

Sizes: `5 GB`, `100 MiB`, `60 min`, `500 kilometres`, or a bare whole number.
kB, MB, GB, TB are powers of 1000 (as on price lists), KiB, MiB, GiB, TiB
powers of 1024 (as most network elements count).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from pydantic_core import PydanticCustomError

from services.common.kernel.money import parse_decimal
from services.common.kernel.quantity import MAX_UNITS, OCTETS, SECONDS
from services.common.runtime.yaml_tree import FormReason

_FACTORS: dict[str, tuple[str, int]] = {
    "B": (OCTETS, 1),
    "kB": (OCTETS, 1000),
    "MB": (OCTETS, 1000**2),
    "GB": (OCTETS, 1000**3),
    "TB": (OCTETS, 1000**4),
    "KiB": (OCTETS, 1024),
    "MiB": (OCTETS, 1024**2),
    "GiB": (OCTETS, 1024**3),
    "TiB": (OCTETS, 1024**4),
    "s": (SECONDS, 1),
    "min": (SECONDS, 60),
    "h": (SECONDS, 3600),
}
_SIZE = re.compile(r"([0-9]{1,19})(?: ?([A-Za-z][A-Za-z0-9-]*))?")
_DAYS = re.compile(r"([0-9]{1,5}) days?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Size:
    """A whole number as written. `unit` '' where none was."""

    amount: int
    unit: str = ""


def wrong(reason: Enum, message: str) -> PydanticCustomError:
    """What a field raises; the name of the reason is kept in the finding."""
    # The text may hold braces, which would be taken for placeholders.
    return PydanticCustomError(reason.name, "{text}", {"text": message})


def parse_size(value: object) -> Size:
    """Reads a size. Raises PydanticCustomError SIZE_INVALID."""
    if isinstance(value, int) and not isinstance(value, bool):
        amount, unit = value, ""
    else:
        match = _SIZE.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise wrong(
                FormReason.SIZE_INVALID,
                f"{value!r} is no size; write a whole number, or 5 GB, 100 MiB, 60 s, 10 min, 1 h",
            )
        unit, factor = _FACTORS.get(match[2] or "", (match[2] or "", 1))
        amount = int(match[1]) * factor
    if not 0 <= amount <= MAX_UNITS:
        raise wrong(FormReason.SIZE_INVALID, f"{value!r} is not between 0 and {MAX_UNITS}")
    return Size(amount, unit)


def write_size(amount: int, unit: str) -> int | str:
    """The shortest exact way to write units: in the largest suffix that divides them."""
    fitting = [(factor, suffix) for suffix, (of, factor) in _FACTORS.items() if of == unit]
    for factor, suffix in sorted(fitting, reverse=True):
        if factor > 1 and amount and amount % factor == 0:
            return f"{amount // factor} {suffix}"
    return amount


def parse_days(value: object) -> int:
    """Reads `30 days` or a bare number of days. Raises PydanticCustomError FIELD_INVALID."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 36_500:
        return value
    match = _DAYS.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[1]) > 36_500:
        raise wrong(FormReason.FIELD_INVALID, f"{value!r} is no number of days; write 30 days")
    return int(match[1])


def parse_amount(value: object) -> str:
    """Reads a decimal text into its canonical form. Raises PydanticCustomError AMOUNT_*."""
    if not isinstance(value, str):
        raise wrong(
            FormReason.AMOUNT_NOT_TEXT,
            f'write it in quotes: "{value}"; without them YAML reads it as a number that is not exact',
        )
    try:
        parse_decimal(value)
    except ValueError as error:
        raise wrong(FormReason.AMOUNT_INVALID, f'{error}; write "0.05"') from error
    return canonical_amount(value)


@dataclass(frozen=True, slots=True)
class WrittenAmount:
    """Decimals by currency code; '' where none was named."""

    decimals: Mapping[str, str]


def parse_amounts(value: object) -> WrittenAmount:
    """Reads `"0.05"`, or `{EUR: "0.05", CHF: "0.055"}`. Raises PydanticCustomError AMOUNT_*."""
    if not isinstance(value, dict):
        return WrittenAmount({"": parse_amount(value)})
    if not value:
        raise wrong(FormReason.AMOUNT_INVALID, 'no amount is given; write {EUR: "0.05"}')
    return WrittenAmount({str(code): parse_amount(decimal) for code, decimal in value.items()})


def parse_percent(value: object) -> str:
    """Reads a percentage into its canonical decimal text. Raises PydanticCustomError AMOUNT_*."""
    whole, _, fraction = parse_amount(value).partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


def parse_day(value: object) -> date:
    """Reads `2026-12-01`. Raises PydanticCustomError DATE_INVALID."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise wrong(FormReason.DATE_INVALID, f"{value!r} is no day of the calendar; write 2026-12-01")


def canonical_amount(text: str) -> str:
    """The one way in which a decimal is kept: no superfluous zeros but for two decimals (`0.50`)."""
    sign = "-" if text.startswith("-") else ""
    whole, _, fraction = text.removeprefix("-").partition(".")
    fraction = fraction.rstrip("0")
    whole = whole.lstrip("0") or "0"
    if whole == "0" and not fraction:
        sign = ""
    return f"{sign}{whole}.{fraction:0<2}"
