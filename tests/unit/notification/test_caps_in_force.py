"""The caps of the catalog: by currency for money, as they were read last, without waiting for anybody."""

from __future__ import annotations

from dataclasses import replace

from services.notification.application.caps_in_force import CapsInForce
from services.notification.application.tools.ports import Assortment, CounterTerms
from tests.support.notification_tools_peers import FakeShop

MONEY = CounterTerms("money", "Money", True, True, frozenset(), {"EUR": 59_500_000, "CHF": 60_000_000})
UNITS = CounterTerms("units", "Units", True, False, frozenset(), {"": 500})
FREE = CounterTerms("free", "Free", True, True, frozenset(), {})


def _shop(*counters: CounterTerms) -> FakeShop:
    shop = FakeShop()
    shop.assortment = replace(shop.assortment, counters={each.code: each for each in counters})
    return shop


async def test_a_cap_of_money_is_that_of_the_currency_and_one_of_units_that_of_all() -> None:
    caps = CapsInForce(_shop(MONEY, UNITS, FREE))
    assert caps.cap_of("money", "EUR") is None, "nobody has asked yet"
    await caps.refresh()
    assert [caps.cap_of("money", code) for code in ("EUR", "CHF", "USD", "")] == [
        59_500_000,
        60_000_000,
        None,
        None,
    ]
    assert [caps.cap_of("units", code) for code in ("EUR", "")] == [500, 500]
    assert caps.cap_of("free", "EUR") is None
    assert caps.cap_of("unknown", "EUR") is None


async def test_what_is_known_stays_while_the_catalog_is_away_or_empty() -> None:
    shop = _shop(MONEY)
    caps = CapsInForce(shop)
    await caps.refresh()
    shop.unreachable = True
    await caps.refresh()
    assert caps.cap_of("money", "EUR") == 59_500_000
    shop.unreachable, shop.assortment = False, Assortment(0)
    await caps.refresh()
    assert caps.cap_of("money", "EUR") == 59_500_000
    shop.assortment = Assortment(9, counters={"money": replace(MONEY, cap={"EUR": 70_000_000})})
    await caps.refresh()
    assert caps.cap_of("money", "EUR") == 70_000_000
