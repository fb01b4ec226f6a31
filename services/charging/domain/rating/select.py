"""Which price applies: the first of a subscriber's offerings, by precedence, that has one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.rating.price import UNCHANGED_PERMILLE, Concurrency, Dynamic, Price
from services.charging.domain.rating.tariff import Offering, RatingGroup, Tariff
from services.charging.domain.rating.week import clock_change
from services.common.kernel.clock import HOUR, MICROSECOND, MINUTE, SECOND, Instant, local


@dataclass(frozen=True, slots=True)
class Subscribed:
    """One offering in the version that rates it."""

    tariff: Tariff
    offering: Offering


@dataclass(frozen=True, slots=True)
class Priced:
    """The price found, its dynamic factor, and when another price or factor takes over (None: never)."""

    price: Price
    factor_permille: int
    next_switch: Instant | None


@dataclass(frozen=True, slots=True)
class Unpriced:
    """No price: denied (the offering in this zone, or the destination to everybody), or a hole."""

    denied: bool
    detail: str


def in_precedence(subscribed: Sequence[Subscribed]) -> tuple[Subscribed, ...]:
    """Offerings in the order in which they are asked for a price."""
    return tuple(sorted(subscribed, key=lambda item: (item.offering.precedence, item.offering.code)))


def find_rating_group(subscribed: Sequence[Subscribed], rating_group: int) -> RatingGroup | None:
    """The definition of a rating group in the first of the subscriber's versions that has one."""
    for item in subscribed:
        found = item.tariff.rating_groups.get(rating_group)
        if found is not None:
            return found
    return None


def select_price(
    subscribed: Sequence[Subscribed],
    rating_group: int,
    under: Circumstances,
    at: Instant,
    time_zone: str,
) -> Priced | Unpriced:
    """The price of usage of a rating group under some circumstances at an instant.

    `subscribed` is in precedence order. An offering that has a price at
    another hour only is passed over, and takes the usage back when that hour
    comes.
    """
    if under.destination and _barred(subscribed, under.destination):
        return Unpriced(True, f"destination {under.destination} is not available")
    denied = False
    switches: list[Instant] = []
    for item in subscribed:
        if under.zone in item.offering.denied_zones:
            denied = True
            continue
        table = item.offering.prices.table(rating_group, under)
        if table is None:
            continue
        price = table.at(at, time_zone)
        switch = table.next_switch(at, time_zone)
        if switch is not None:
            switches.append(switch)
        if price is not None:
            return _priced(price, under, at, time_zone, switches)
    return _unpriced(denied, rating_group, under)


def concurrency_prices(
    subscribed: Sequence[Subscribed],
    rating_group: int,
    under: Circumstances,
    at: Instant,
    time_zone: str,
) -> tuple[Price, ...]:
    """Prices for how many there are at a time: of sessions and of subscribers, the first that has one."""
    offerings = [item.offering for item in subscribed if item.offering.prices.concurrent]
    if not offerings:
        return ()
    found: list[Price] = []
    for kind in Concurrency:
        tables = (item.prices.concurrency_table(rating_group, kind, under) for item in offerings)
        prices = (table.at(at, time_zone) for table in tables if table is not None)
        price = next((price for price in prices if price is not None), None)
        if price is not None:
            found.append(price)
    return tuple(found)


def _barred(subscribed: Sequence[Subscribed], destination: str) -> bool:
    return any(destination in item.tariff.places.barred_destinations for item in subscribed)


def _priced(
    price: Price, under: Circumstances, at: Instant, time_zone: str, switches: list[Instant]
) -> Priced:
    factor = UNCHANGED_PERMILLE
    if price.dynamic is not None:
        factor = price.dynamic.permille(under, local(at, time_zone).hour)
        switches += _next_factor(price.dynamic, at, time_zone)
    return Priced(price, factor, min(switches, default=None))


def _next_factor(dynamic: Dynamic, at: Instant, time_zone: str) -> list[Instant]:
    """When the local hour is over, for a factor that depends on it."""
    if not dynamic.expression.hourly:
        return []
    now = local(at, time_zone)
    gone = now.minute * MINUTE + now.second * SECOND + now.microsecond * MICROSECOND
    full_hour = Instant(at + HOUR - gone)
    return [clock_change(at, full_hour, time_zone) or full_hour]


def _unpriced(denied: bool, rating_group: int, under: Circumstances) -> Unpriced:
    zone = under.zone or "unknown"
    if denied:
        return Unpriced(True, f"rating group {rating_group} is not available in zone {zone}")
    told = ("destination", "area", "slice", "qos_class", "load_band", "segment", "device_class")
    under_what = "".join(
        f", {kind.replace('_', ' ')} {code}" for kind in told if (code := getattr(under, kind))
    )
    return Unpriced(False, f"no price for rating group {rating_group} in zone {zone}{under_what}")
