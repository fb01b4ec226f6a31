"""Whatever lint passes, charging compiles, and it applies the price that lint foresaw."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.adapters.messages import catalog_message
from services.catalog.domain.catalog import Catalog, FreePrice, Price, TimeBand, TimeWindow
from services.catalog.domain.lint.coverage import cover
from services.catalog.domain.places import network_in, zone_of
from services.catalog.domain.week import MINUTES_PER_DAY, MINUTES_PER_WEEK, week_of
from services.charging.adapters.tariff_messages import compile_tariff
from services.charging.domain.rating.select import Priced, Subscribed, select_price
from services.charging.domain.rating.tariff import TariffError
from services.common.kernel.clock import Instant, instant
from tests.support.catalog import small_catalog

BERLIN = ZoneInfo("Europe/Berlin")
BANDS = ("morning", "weekend", "late")
ZONES = ("france", "home", "rest")
SMALL = small_catalog()


@st.composite
def catalogs(draw: st.DrawFn) -> Catalog:
    """The small catalog with other bands, and other prices for data in `basic`."""
    edges = st.integers(0, 24).map(lambda hour: hour * 60)
    bands = []
    for code in BANDS:
        start, end = sorted(draw(st.tuples(edges, edges).filter(lambda pair: pair[0] != pair[1])))
        days = tuple(sorted(draw(st.sets(st.integers(1, 7), min_size=1))))
        bands.append(TimeBand(code, code, (TimeWindow(days, start, end),)))
    zones = st.lists(st.sampled_from(ZONES), unique=True, max_size=2).map(sorted).map(tuple)
    band = st.sampled_from(["", *BANDS])
    prices = tuple(
        Price(f"p{number}", "P", ("data",), draw(zones), draw(band), None, FreePrice())
        for number in range(draw(st.integers(1, 5)))
    )
    denied = tuple(draw(st.sets(st.just("rest"), max_size=1)))
    basic = replace(SMALL.offerings_by_code()["basic"], prices=prices, allowances=(), denied_zones=denied)
    return replace(SMALL, time_bands=tuple(bands), offerings=(basic,))


@settings(max_examples=150, deadline=None)
@given(catalogs(), st.integers(0, MINUTES_PER_WEEK - 1), st.sampled_from(ZONES))
def test_charging_applies_the_price_that_lint_says_wins(catalog: Catalog, minute: int, zone: str) -> None:
    week = week_of(catalog.time_bands)
    coverage = cover(catalog, week, catalog.offerings[0])
    try:
        tariff = compile_tariff(catalog_message(catalog), 1)
    except TariffError as refused:
        assert refused.reason == "PRICE_OVERLAP"
        assert coverage.ties or _ties_where_denied(catalog)
        return
    assert not coverage.ties
    day, rest = divmod(minute, MINUTES_PER_DAY)
    at = instant(datetime(2026, 3, 2 + day, rest // 60, rest % 60, tzinfo=BERLIN))
    found = select_price([Subscribed(tariff, tariff.offerings["basic"])], 1, zone, at, "Europe/Berlin")
    stretch = max(index for index, start in enumerate(week.starts) if start <= minute)
    foreseen = coverage.winners.get(("data", zone, stretch))
    assert (found.price.code if isinstance(found, Priced) else None) == (foreseen.code if foreseen else None)


def _ties_where_denied(catalog: Catalog) -> bool:
    """Charging compiles denied zones too, where lint sees no cells."""
    open_everywhere = replace(catalog.offerings[0], denied_zones=())
    return bool(cover(catalog, week_of(catalog.time_bands), open_everywhere).ties)


@pytest.mark.parametrize("network", ["", "26201", "20801", "20899", "310410", "99999"])
def test_charging_and_lint_place_a_network_alike(network: str) -> None:
    tariff = compile_tariff(catalog_message(SMALL), 1, Instant(0))
    assert tariff.zones.zone_of(network) == zone_of(SMALL, network)


def test_the_network_named_for_a_zone_lies_there_for_charging_too() -> None:
    tariff = compile_tariff(catalog_message(SMALL), 1, Instant(0))
    for zone in ZONES:
        assert tariff.zones.zone_of(network_in(SMALL, zone) or "") == zone
