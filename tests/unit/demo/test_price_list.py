"""The audit reads a price as written, or not at all: what it cannot calculate is never taken for less."""

from __future__ import annotations

import pytest

from services.cli.demo.audit.figures import CatalogUnreadableError
from services.cli.demo.audit.price_list import PriceList
from services.cli.demo.audit.price_reader import price_list_of

CATALOG = """
currency: EUR
time_zone: Europe/Berlin
taxes:
  inside: {{name: Inside, percent: "19", inclusive: true}}
  on-top: {{name: On top, percent: "19"}}
rating_groups: {{data: {{number: 1, unit: octets}}}}
zones: {{home: {{home: true, plmns: ["262"]}}}}
time_bands: {{night: {{windows: ["mon-sun 00:00-06:00"]}}}}
offerings:
  plan:
    name: Plan
    kind: plan
    precedence: 100
    existing_subscribers: keep
    {offering}
    prices:
      data: {{name: Data, rating_groups: [data], {price}}}
"""
PLAIN = 'per_unit: {amount: "0.01", per: 1 MB}'


def _read(price: str = PLAIN, offering: str = "description: As it is") -> PriceList:
    return price_list_of([CATALOG.format(price=price, offering=offering)])


def test_conditions_mean_the_same_beside_a_price_and_under_when() -> None:
    direct = _read(f"zones: [home], time_band: night, {PLAIN}").offerings["plan"].prices[0]
    under = _read(f"when: {{zones: [home], time_band: night}}, {PLAIN}").offerings["plan"].prices[0]
    assert direct == under
    assert (under.zones, under.time_band, under.conditions) == (frozenset({"home"}), "night", 2)


def test_a_tax_that_is_included_changes_nothing() -> None:
    (priced,) = _read(f"{PLAIN}, tax: inside").offerings["plan"].prices
    assert priced == _read().offerings["plan"].prices[0]


@pytest.mark.parametrize(
    "price",
    [
        f"when: {{areas: [stadium]}}, {PLAIN}",
        f"{PLAIN}, tax: on-top",
        f'{PLAIN}, minimum: "0.10"',
        f"{PLAIN}, precedence: 5",
        'package: {amount: "1.00", units: 1 MB}',
    ],
)
def test_a_price_that_the_audit_cannot_calculate_is_missed_where_somebody_has_it(price: str) -> None:
    with pytest.raises(CatalogUnreadableError, match="cannot price the offering plan"):
        _read(price).unfolded(["plan"])


def test_an_offering_with_fees_is_not_read_as_one_without() -> None:
    fees = "fees: {once: {name: Once, kind: one-time, amount: '1.00'}}"
    with pytest.raises(CatalogUnreadableError, match="cannot price the offering plan"):
        _read(offering=fees).unfolded(["plan"])
