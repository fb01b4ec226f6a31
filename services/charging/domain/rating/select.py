"""Which price applies: the first of a subscriber's offerings, by precedence, that has one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.charging.domain.rating.tariff import Offering, Price, RatingGroup, Tariff
from services.common.kernel.clock import Instant


@dataclass(frozen=True, slots=True)
class Subscribed:
    """One offering in the version that rates it."""

    tariff: Tariff
    offering: Offering


@dataclass(frozen=True, slots=True)
class Priced:
    """The price found, and when another one takes over (None: never)."""

    price: Price
    next_switch: Instant | None


@dataclass(frozen=True, slots=True)
class Unpriced:
    """No price: not sold in this zone (`denied`), or a hole."""

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
    subscribed: Sequence[Subscribed], rating_group: int, zone: str, at: Instant, time_zone: str
) -> Priced | Unpriced:
    """The price of a rating group in a zone at an instant. `subscribed` is in precedence order.

    An offering that has a price at another hour only is passed over, and
    takes the usage back when that hour comes.
    """
    denied = False
    switches: list[Instant] = []
    for item in subscribed:
        if zone in item.offering.denied_zones:
            denied = True
            continue
        table = item.offering.prices.get((rating_group, zone))
        if table is None:
            continue
        price = table.at(at, time_zone)
        switch = table.next_switch(at, time_zone)
        if switch is not None:
            switches.append(switch)
        if price is not None:
            return Priced(price, min(switches, default=None))
    if denied:
        return Unpriced(True, f"rating group {rating_group} is not available in zone {zone or 'unknown'}")
    return Unpriced(False, f"no price for rating group {rating_group} in zone {zone or 'unknown'}")
