"""The plainest price of each rating group in each zone, by offering: what usage costs without an offer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from tidemark.catalog.v1 import catalog_pb2, money_text_pb2

from services.offers.domain.compiled import UnitPrice

EVERY_ZONE = ""
_MOST_NESTED = 16

MinorMicros = Callable[[money_text_pb2.ExactAmount], Fraction | None]
WithTax = Callable[[Fraction, str], Fraction]


def unit_prices(
    catalog: catalog_pb2.Catalog, minor_micros: MinorMicros, with_tax: WithTax
) -> dict[str, Mapping[tuple[int, str], UnitPrice]]:
    """By offering, then (rating group, zone). An offering has the prices of what it includes too.

    Of several prices for the same the one with the fewest conditions stands for all; where that one is
    flat, free or a percentage there is none.
    """
    offerings = {offering.code: offering for offering in catalog.offerings}
    return {
        code: _prices(list(_all_prices(offering, offerings)), minor_micros, with_tax)
        for code, offering in offerings.items()
    }


def _all_prices(
    offering: catalog_pb2.ProductOffering,
    offerings: Mapping[str, catalog_pb2.ProductOffering],
    depth: int = 0,
) -> Iterator[tuple[tuple[int, int, int, str], catalog_pb2.ProductOfferingPrice]]:
    """Prices with what they are chosen by: conditions, the offering's precedence, the price's."""
    for price in offering.prices:
        yield (_conditions(price), offering.precedence, price.precedence, price.code), price
    for code in offering.includes if depth < _MOST_NESTED else ():
        if code in offerings:
            yield from _all_prices(offerings[code], offerings, depth + 1)


def _prices(
    priced: list[tuple[tuple[int, int, int, str], catalog_pb2.ProductOfferingPrice]],
    minor_micros: MinorMicros,
    with_tax: WithTax,
) -> dict[tuple[int, str], UnitPrice]:
    plainest: dict[tuple[int, str], catalog_pb2.ProductOfferingPrice] = {}
    for _, price in sorted(priced, key=lambda item: item[0]):
        for group in price.rating_groups:
            for zone in _zones(price):
                plainest.setdefault((group, zone), price)
    found = {}
    for place, price in plainest.items():
        unit_price = _unit_price(price, minor_micros, with_tax)
        if unit_price is not None:
            found[place] = unit_price
    return found


def _zones(price: catalog_pb2.ProductOfferingPrice) -> list[str]:
    return list(price.zones) or [EVERY_ZONE]


def _conditions(price: catalog_pb2.ProductOfferingPrice) -> int:
    """How many things must hold beside the zone."""
    named = [price.time_band, price.first_day, price.last_day]
    return sum(map(bool, named)) + price.HasField("dynamic") + len(price.conditions.ListFields())


def _unit_price(
    price: catalog_pb2.ProductOfferingPrice, minor_micros: MinorMicros, with_tax: WithTax
) -> UnitPrice | None:
    model = price.WhichOneof("model")
    if model == "per_unit":
        amount, units = price.per_unit.amount, price.per_unit.per_units
    elif model == "tiered" and price.tiered.tiers:
        amount, units = price.tiered.tiers[0].amount, price.tiered.tiers[0].per_units
    elif model == "volume" and price.volume.steps:
        amount, units = price.volume.steps[0].amount, price.volume.steps[0].per_units
    elif model == "package":
        amount, units = price.package.amount, price.package.units
    else:
        return None
    exact = minor_micros(amount)
    if exact is None or price.concurrency:
        return None
    paid = with_tax(exact, price.tax)
    # A price finer than a millionth of the minor unit is written for more units instead.
    return UnitPrice(paid.numerator, max(1, units) * paid.denominator)
