"""Whatever lint passes, charging compiles, and it applies the price that lint foresaw."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.adapters.messages import catalog_message
from services.catalog.domain.catalog import Catalog, TimeBand, TimeWindow
from services.catalog.domain.circumstances import Category, Conditions, Destination, HolidayCalendar
from services.catalog.domain.lint.coverage import cover
from services.catalog.domain.moments import Timeline
from services.catalog.domain.places import network_in, zone_of
from services.catalog.domain.pricing import FreePrice, Price
from services.charging.adapters.tariff_messages import compile_tariff
from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.rating.select import Priced, Subscribed, select_price
from services.charging.domain.rating.tariff import TariffError
from services.common.kernel.clock import Instant, instant
from tests.support.catalog import small_catalog
from tests.support.catalog_coverage import foreseen

BERLIN = ZoneInfo("Europe/Berlin")
BANDS = ("morning", "weekend", "late")
ZONES = ("france", "home", "rest")
SEGMENTS = ("", "staff", "youth")
DESTINATIONS = ("", "national", "premium")
# Friday, 25 December 2026, and every 1 January.
HOLIDAYS = {"holidays": ("01-01", "2026-12-25"), "works": ("2026-12-23", "2026-12-25")}
FIRST_MINUTE = datetime(2026, 12, 14, tzinfo=BERLIN)
SMALL = replace(
    small_catalog(),
    segments=(Category("staff", "S"), Category("youth", "Y")),
    destinations=(Destination("national", "N", ("49",)), Destination("premium", "P", ("49900",))),
    calendars=tuple(HolidayCalendar(code, code, days) for code, days in HOLIDAYS.items()),
)


def some(codes: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    """Some of the codes, often none."""
    named = st.lists(st.sampled_from([code for code in codes if code]), unique=True, max_size=2)
    return st.just(()) | named.map(sorted).map(tuple)


@st.composite
def bands(draw: st.DrawFn, code: str) -> TimeBand:
    edges = st.integers(0, 24).map(lambda hour: hour * 60)
    calendar = draw(st.sampled_from(["", *HOLIDAYS]))
    windows = []
    for days in ((1, 7), (8, 8)) if calendar else ((1, 7),):
        start, end = sorted(draw(st.tuples(edges, edges).filter(lambda pair: pair[0] != pair[1])))
        weekdays = tuple(sorted(draw(st.sets(st.integers(*days), min_size=1))))
        windows.append(TimeWindow(weekdays, start, end))
    return TimeBand(code, code, tuple(windows), calendar)


@st.composite
def catalogs(draw: st.DrawFn) -> Catalog:
    """The small catalog with other bands, and other prices for data in `basic`."""
    days = st.none() | st.integers(0, 30).map(lambda number: date(2026, 12, 14) + timedelta(number))
    prices = []
    for number in range(draw(st.integers(1, 5))):
        first, last = draw(days), draw(days)
        if first and last and first > last:
            first, last = last, first
        conditions = Conditions(
            zones=draw(some(ZONES)), destinations=draw(some(DESTINATIONS)), segments=draw(some(SEGMENTS))
        )
        prices.append(
            Price(
                f"p{number}",
                "P",
                ("data",),
                FreePrice(),
                conditions,
                draw(st.sampled_from(["", *BANDS])),
                first,
                last,
                draw(st.integers(0, 1)),
            )
        )
    denied = tuple(draw(st.sets(st.just("rest"), max_size=1)))
    basic = replace(
        SMALL.offerings_by_code()["basic"], prices=tuple(prices), allowances=(), denied_zones=denied
    )
    time_bands = tuple(draw(bands(code)) for code in sorted(BANDS))
    return replace(SMALL, time_bands=time_bands, offerings=(basic,))


@settings(max_examples=300, deadline=None)
@given(
    catalogs(),
    st.lists(
        st.tuples(
            st.integers(0, 35 * 24 * 60 - 1),
            st.sampled_from(ZONES),
            st.sampled_from(DESTINATIONS),
            st.sampled_from(SEGMENTS),
        ),
        min_size=1,
        max_size=8,
    ),
)
def test_charging_applies_the_price_that_lint_says_wins(
    catalog: Catalog, asked: list[tuple[int, str, str, str]]
) -> None:
    coverages = cover(catalog, Timeline.of(catalog), catalog.offerings[0])
    try:
        tariff = compile_tariff(catalog_message(catalog), 1)
    except TariffError as refused:
        assert refused.reason == "PRICE_OVERLAP"
        assert any(coverage.ties for coverage in coverages)
        return
    assert not any(coverage.ties for coverage in coverages)
    subscribed = [Subscribed(tariff, tariff.offerings["basic"])]
    for minute, zone, destination, segment in asked:
        at = FIRST_MINUTE + timedelta(minutes=minute)
        here = Circumstances(zone=zone, destination=destination, segment=segment)
        found = select_price(subscribed, 1, here, instant(at), "Europe/Berlin")
        under = {"zones": zone, "destinations": destination, "segments": segment}
        price = None
        if zone not in catalog.offerings[0].denied_zones:
            price = foreseen(coverages, "data", under, at, HOLIDAYS)
        assert (found.price.code if isinstance(found, Priced) else None) == (price.code if price else None)


@pytest.mark.parametrize("network", ["", "26201", "20801", "20899", "310410", "99999"])
def test_charging_and_lint_place_a_network_alike(network: str) -> None:
    tariff = compile_tariff(catalog_message(SMALL), 1, Instant(0))
    assert tariff.places.zones.zone_of(network) == zone_of(SMALL, network)


def test_the_network_named_for_a_zone_lies_there_for_charging_too() -> None:
    tariff = compile_tariff(catalog_message(SMALL), 1, Instant(0))
    for zone in ZONES:
        assert tariff.places.zones.zone_of(network_in(SMALL, zone) or "") == zone
