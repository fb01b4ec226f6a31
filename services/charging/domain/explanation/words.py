"""Amounts, units, rates and moments in plain words. Exact: what can't be written exactly says `about`."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from services.common.kernel.clock import Instant, local
from services.common.kernel.money import MICROS_PER_MINOR_UNIT, currency
from services.common.kernel.quantity import MONEY, OCTETS, SECONDS
from services.common.kernel.ratio import round_half_even

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
_SCALES: dict[str, tuple[tuple[int, str], ...]] = {
    OCTETS: (
        (1, "octet"),
        *((10**3, "kB"), (2**10, "KiB"), (10**6, "MB"), (2**20, "MiB")),
        *((10**9, "GB"), (2**30, "GiB"), (10**12, "TB"), (2**40, "TiB")),
    ),
    SECONDS: ((1, "s"), (60, "min"), (3_600, "h")),
}
"""Sizes in which people count a unit, ascending."""

_EXACT_DECIMALS = 12
_SHORT_DECIMALS = 2
_SECONDS_KEPT = 120
"""Below, seconds are said as seconds."""


def money_words(minor_micros: Fraction | int, currency_code: str) -> str:
    """`2.42882 EUR`: major units, as many decimals as needed, at least those of the minor unit."""
    of = currency(currency_code)
    return f"{_decimal(Fraction(minor_micros) / of.micros_per_unit, of.digits)} {of.code}"


def count_words(amount: int, unit: str, currency_code: str = "") -> str:
    """`104,858,000 octets`, `1 event`; units of money (minor units) as an amount of the currency."""
    if unit == MONEY and currency_code:
        return money_words(amount * MICROS_PER_MINOR_UNIT, currency_code)
    return f"{amount:,} {_one(unit) if amount == 1 else _many(unit)}"


def units_words(amount: int, unit: str, currency_code: str = "") -> str:
    """As a person says it, and where that is not the whole number the number too: `100 MiB (... octets)`."""
    said = _said(amount, unit)
    exact = count_words(amount, unit, currency_code)
    return exact if not said or said == exact else f"{said} ({exact})"


def size_words(amount: int, unit: str, currency_code: str = "") -> str:
    """A size that somebody chose, in the largest unit without a fraction: `1 kB`, `60 s`, `1 GB`."""
    if unit == SECONDS and amount < _SECONDS_KEPT:
        return f"{amount:,} s"
    for scale, name in reversed(_SCALES.get(unit, ())):
        if scale > 1 and amount >= scale and amount % scale == 0:
            return f"{amount // scale:,} {name}"
    return count_words(amount, unit, currency_code)


def factor_words(permille: int) -> str:
    """`1.5` of 1,500 per mille."""
    return _decimal(Fraction(permille, 1_000), 0)


def percent_words(share: Fraction) -> str:
    """`19 %` of 19/100."""
    return f"{_decimal(share * 100, 0)} %"


def moment_words(at: Instant, time_zone: str) -> str:
    """`Monday 2 March 2026 at 10:30` on the wall clock of a zone."""
    now = local(at, time_zone)
    return f"{_WEEKDAYS[now.weekday()]} {day_words(at, time_zone)} at {now.hour:02}:{now.minute:02}"


def day_words(at: Instant, time_zone: str) -> str:
    """`2 March 2026` on the calendar of a zone."""
    now = local(at, time_zone)
    return f"{now.day} {month_words(at, time_zone)}"


def month_words(at: Instant, time_zone: str) -> str:
    """`March 2026` on the calendar of a zone."""
    now = local(at, time_zone)
    return f"{_MONTHS[now.month - 1]} {now.year}"


@dataclass(frozen=True, slots=True)
class Rate:
    """A price of `scale` units, in minor_micros; `share`: a part of an amount of money."""

    amount: Fraction
    scale: int
    unit: str
    currency_code: str

    @property
    def share(self) -> bool:
        """True where it is a percentage."""
        return self.unit == MONEY

    def __str__(self) -> str:
        """`0.05 EUR for 1 MB`, `2.5 %`."""
        if self.share:
            return self._share_words()
        size = next((name for scale, name in _SCALES.get(self.unit, ()) if scale == self.scale), "")
        return f"{money_words(self.amount, self.currency_code)} for 1 {size or _one(self.unit)}"

    def times(self, units: int) -> str:
        """`48,576,400 octets x 0.05 EUR / 1,000,000`."""
        counted = count_words(units, self.unit, self.currency_code)
        if self.share:
            return f"{counted} x {self._share_words()}"
        divided = f" / {self.scale:,}" if self.scale != 1 else ""
        return f"{counted} x {money_words(self.amount, self.currency_code)}{divided}"

    def _share_words(self) -> str:
        return percent_words(self.amount / self.scale / MICROS_PER_MINOR_UNIT)


def rate_of(numerator: int, denominator: int, unit: str, currency_code: str) -> Rate:
    """A price of one unit, put for the size in which it reads as people write prices.

    That is the smallest size whose price is a short decimal number of at least
    one minor unit; else the largest whose price is short; else the unit itself.
    """
    single = Fraction(numerator, denominator)
    sizes = [scale for scale, _ in _SCALES.get(unit, ((1, unit),))]
    per_major = currency(currency_code).micros_per_unit
    short = [scale for scale in sizes if _decimals(single * scale / per_major, 6) is not None]
    worth = [scale for scale in short if single * scale >= MICROS_PER_MINOR_UNIT]
    scale = worth[0] if worth else short[-1] if short and single else 1
    return Rate(single * scale, scale, unit, currency_code)


def _said(amount: int, unit: str) -> str:
    if unit == SECONDS:
        return f"{amount:,} s" if amount < _SECONDS_KEPT else _clock(amount)
    if unit != OCTETS:
        return ""
    for scale, name in reversed(_SCALES[OCTETS]):
        if scale > 1 and amount >= scale and _decimals(Fraction(amount, scale), _SHORT_DECIMALS) is not None:
            return f"{_decimal(Fraction(amount, scale), 0)} {name}"
    for scale, name in reversed(_SCALES[OCTETS]):
        if scale in {10**3, 10**6, 10**9, 10**12} and amount >= scale:
            return f"about {_decimal(Fraction(round_half_even(amount * 100, scale), 100), 0)} {name}"
    return ""


def _clock(amount: int) -> str:
    minutes, seconds = divmod(amount, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{count:,} {name}" for count, name in parts if count)


def _decimal(value: Fraction, least: int) -> str:
    """With thousands separated; `about` before what has more decimals than can be read."""
    decimals = _decimals(value, _EXACT_DECIMALS)
    shown = _EXACT_DECIMALS if decimals is None else max(decimals, least)
    scaled = round_half_even(value.numerator * 10**shown, value.denominator)
    whole, part = divmod(abs(scaled), 10**shown)
    text = f"{whole:,}" + (f".{part:0{shown}}" if shown else "")
    return ("about " if decimals is None else "") + ("-" if scaled < 0 else "") + text


def _decimals(value: Fraction, most: int) -> int | None:
    """How many decimals write a value exactly; None where that takes more than `most`."""
    return next((count for count in range(most + 1) if 10**count % value.denominator == 0), None)


def _one(unit: str) -> str:
    many = _many(unit)
    return many[:-1] if many.endswith("s") and len(many) > 1 and unit != SECONDS else many


def _many(unit: str) -> str:
    return "s" if unit == SECONDS else unit
