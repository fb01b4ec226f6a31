"""Networks and zones, and the week in words."""

from __future__ import annotations

import pytest

from services.catalog.domain.catalog import TimeBand, TimeWindow
from services.catalog.domain.moment_words import describe
from services.catalog.domain.moments import Moments, Span, Timeline
from services.catalog.domain.places import network_in, zone_of
from services.catalog.domain.pricing import FreePrice, Price
from tests.support.catalog import small_catalog

ISLAND = (
    '{name: France, plmns: ["208"]}',
    '{name: France, plmns: ["208"]}\n  island: {name: I, plmns: ["20800"]}',
)


@pytest.mark.parametrize(
    ("network", "zone"),
    [("", "home"), ("26201", "home"), ("20801", "france"), ("20800", "island"), ("310410", "rest")],
)
def test_the_longest_prefix_names_the_zone(network: str, zone: str) -> None:
    assert zone_of(small_catalog(ISLAND), network) == zone


@pytest.mark.parametrize("zone", ["home", "france", "island", "rest"])
def test_a_network_can_be_named_for_every_zone(zone: str) -> None:
    catalog = small_catalog(ISLAND)
    network = network_in(catalog, zone)
    assert network is not None
    assert zone_of(catalog, network) == zone


def test_a_zone_that_is_not_there_holds_no_network() -> None:
    assert network_in(small_catalog(), "moon") is None


def test_a_network_nobody_names_lies_nowhere_without_a_rest_of_the_world() -> None:
    catalog = small_catalog(("rest_of_world: true", 'plmns: ["310"]'))
    assert zone_of(catalog, "44010") == ""


def moments(*bands: TimeBand) -> Moments:
    """Time as prices in these bands cut it."""
    timeline = Timeline({band.code: band for band in bands}, {"feasts": ("12-25",)})
    return timeline.moments(Price(band.code, "P", (), FreePrice(), time_band=band.code) for band in bands)


def spans_in(cut: Moments, *bands: str) -> frozenset[Span]:
    """Spans in which any of the bands holds."""
    return frozenset(
        span
        for held, spans in cut.spans.items()
        if {item.band for item in held} & set(bands)
        for span in spans
    )


def test_neighbouring_stretches_are_described_as_one() -> None:
    cut = moments(
        TimeBand("a", "A", (TimeWindow((1,), 60, 120),)), TimeBand("b", "B", (TimeWindow((1,), 120, 180),))
    )
    both = spans_in(cut, "a", "b")
    assert describe(cut, both) == "mon 01:00 to mon 03:00"
    assert describe(cut, cut.all_spans) == "all week"
    assert describe(cut, cut.all_spans - both) == "mon 00:00 to mon 01:00, mon 03:00 to sun 24:00"


def test_many_stretches_are_shortened() -> None:
    cut = moments(TimeBand("a", "A", (TimeWindow((1, 3, 5, 7), 60, 120),)))
    assert describe(cut, spans_in(cut, "a")).endswith("and 1 more")


def test_holidays_are_told_apart_from_weekdays() -> None:
    cut = moments(TimeBand("a", "A", (TimeWindow((1,), 0, 1440), TimeWindow((8,), 0, 1440)), "feasts"))
    assert describe(cut, spans_in(cut, "a")) == "mon 00:00 to mon 24:00; on holidays of feasts, all day"
    assert describe(cut, cut.all_spans) == "at any time"
