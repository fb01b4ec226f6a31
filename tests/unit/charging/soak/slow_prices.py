"""Prices once more, slow and small: fractions and a price list. Shares no code with charging.

Amounts come out in millionths of the minor unit, rounded half to even by Python's own `round`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from tests.unit.charging.soak.figures import (
    BARRED,
    DYNAMIC,
    HOLIDAYS,
    MICROS_PER_MAJOR,
    OFFERINGS,
    PRICES,
    SCALE,
    TAXES,
    ListPrice,
)

_ONE_MINOR_UNIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Where:
    """Under what circumstances something is used."""

    zone: str = "home"
    destination: str = ""
    load: int = 0
    segment: str = ""
    value: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A price, in its version and at its factor."""

    price: ListPrice
    version: int
    permille: int

    @property
    def name(self) -> tuple[int, str, str, int]:
        """What tells it from other prices that are counted apart."""
        return self.version, self.price.offering, self.price.code, self.permille

    @property
    def free(self) -> bool:
        """True where it costs nothing, and takes nothing from an allowance."""
        return self.price.model == "free"


Had = Sequence[tuple[str, int]]
"""Offerings with the version of each."""


def find_price(had: Had, group: int, where: Where, at: int, time_zone: str) -> Found | str:
    """The price of one unit used at an instant, or the result code of a refusal."""
    if where.destination in BARRED:
        return "END_USER_SERVICE_DENIED"
    denied = False
    for offering, version in sorted(had, key=lambda item: (OFFERINGS[item[0]].precedence, item[0])):
        if where.zone in OFFERINGS[offering].denied:
            denied = True
            continue
        price = best_price(offering, group, where, at, time_zone, "")
        if price is not None:
            return Found(price, version, permille(price, where, at, time_zone))
    return "END_USER_SERVICE_DENIED" if denied else "RATING_FAILED"


def find_peak_prices(had: Had, group: int, where: Where, at: int, time_zone: str) -> list[Found]:
    """Prices of how many there are at a time: of sessions, then of subscribers."""
    found = []
    for kind in ("sessions", "subscribers"):
        for offering, version in sorted(had, key=lambda item: (OFFERINGS[item[0]].precedence, item[0])):
            price = best_price(offering, group, where, at, time_zone, kind)
            if price is not None:
                found.append(Found(price, version, 1_000))
                break
    return found


def best_price(
    offering: str, group: int, where: Where, at: int, time_zone: str, at_a_time: str
) -> ListPrice | None:
    """The price of one offering that wins: the lowest precedence, then the most conditions."""
    holding = [
        price
        for price in PRICES
        if price.offering == offering
        and price.group == group
        and price.at_a_time == at_a_time
        and _holds(price, where, at, time_zone)
    ]
    return min(holding, key=lambda price: (price.precedence, -price.conditions), default=None)


def _holds(price: ListPrice, where: Where, at: int, time_zone: str) -> bool:
    nowhere = where.zone == ""
    return (
        not nowhere
        and (not price.zones or where.zone in price.zones)
        and (not price.destinations or where.destination in price.destinations)
        and (not price.load_bands or where.load >= 80)
        and (not price.segments or where.segment in price.segments)
        and (not price.band or _in_band(price.band, at, time_zone))
    )


def _in_band(band: str, at: int, time_zone: str) -> bool:
    now = local(at, time_zone)
    if band == "night":
        return not 6 <= now.hour < 22
    if band == "evening":
        return 18 <= now.hour < 22
    return 6 <= now.hour < 18 and now.date().isoformat() in HOLIDAYS


def permille(price: ListPrice, where: Where, at: int, time_zone: str) -> int:
    """The factor of a dynamic price, within its bounds."""
    if not price.dynamic:
        return 1_000
    _, lowest, highest = DYNAMIC[price.dynamic]
    if price.dynamic == "load":
        wanted = where.load * 10 + where.value + local(at, time_zone).hour * 5
    else:
        wanted = 2_000 - where.value
    return sorted((lowest, wanted, highest))[1]


def billable(price: ListPrice, used: int) -> int:
    """Begun increments, counted in whole ones after the first."""
    if used <= 0:
        return 0
    more = max(0, used - price.first)
    return price.first + -(-more // price.then) * price.then


@lru_cache(maxsize=100_000)
def cost(price: ListPrice, version: int, permille: int, units: int, currency: str) -> int:
    """What the first so many units of a scope cost, with tax."""
    if units <= 0:
        return 0
    major = Fraction(SCALE[version]) * MICROS_PER_MAJOR[currency]
    exact = _by_model(price, units) * major
    if price.model == "percent":
        exact = Fraction(price.amount) * Fraction(SCALE[version]) / 100 * units * _ONE_MINOR_UNIT
    exact = exact * permille / 1_000
    if price.minimum:
        exact = max(exact, Fraction(price.minimum) * major)
    if price.maximum:
        exact = min(exact, Fraction(price.maximum) * major)
    percent, inclusive = TAXES.get(price.tax, (0, True))
    return round(exact if inclusive else exact * (100 + percent) / 100)


def tax_in(code: str, amount: int) -> int:
    """The tax that an amount holds."""
    percent, _ = TAXES.get(code, (0, True))
    return round(Fraction(amount * percent, 100 + percent))


def _by_model(price: ListPrice, units: int) -> Fraction:
    match price.model:
        case "per":
            return Fraction(price.amount) * units / price.units
        case "flat":
            return Fraction(price.amount)
        case "package":
            return Fraction(price.amount) * -(-units // price.units)
        case "tiers":
            return _graduated(price, units)
        case "volume":
            ends = [last for last, _ in price.steps if last is not None and last <= units]
            return max(_all_at_once(price, end) for end in [*ends, units])
    return Fraction(0)


def _graduated(price: ListPrice, units: int) -> Fraction:
    total, below = Fraction(0), 0
    for last, amount in price.steps:
        upper = units if last is None else min(units, last)
        total += max(0, upper - below) * Fraction(amount)
        below = max(below, upper)
    return total


def _all_at_once(price: ListPrice, units: int) -> Fraction:
    """All units at the price of the step into which their sum falls."""
    amount = next(amount for last, amount in price.steps if last is None or units <= last)
    return units * Fraction(amount)


def local(at: int, time_zone: str) -> datetime:
    """The wall clock of a zone, to the second."""
    return _local(at // 1_000_000, time_zone)


@lru_cache(maxsize=20_000)
def _local(seconds: int, time_zone: str) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).astimezone(ZoneInfo(time_zone))


def month_of(at: int, time_zone: str) -> str:
    """`2026-11`."""
    return local(at, time_zone).strftime("%Y-%m")


def period_of(period: str, at: int, time_zone: str) -> str:
    """The day, ISO week or month of an instant."""
    now = local(at, time_zone)
    if period == "week":
        year, week, _ = now.isocalendar()
        return f"{year}-W{week:02}"
    return now.strftime("%Y-%m" if period == "month" else "%Y-%m-%d")


def month_length(at: int, time_zone: str) -> int:
    """Microseconds of the calendar month of an instant, by the wall clock's own days."""
    first = local(at, time_zone).date().replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return (_midnight(following, time_zone) - _midnight(first, time_zone)) * 1_000_000


def _midnight(day: date, time_zone: str) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(time_zone)).timestamp())
