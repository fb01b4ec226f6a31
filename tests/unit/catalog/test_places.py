"""Networks and zones, and the week in words."""

from __future__ import annotations

import pytest

from services.catalog.domain.catalog import TimeBand, TimeWindow
from services.catalog.domain.places import network_in, zone_of
from services.catalog.domain.week import week_of
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


def test_neighbouring_stretches_are_described_as_one() -> None:
    week = week_of(
        [TimeBand("a", "A", (TimeWindow((1,), 60, 120),)), TimeBand("b", "B", (TimeWindow((1,), 120, 180),))]
    )
    both = week.bands["a"] | week.bands["b"]
    assert week.describe(both) == "mon 01:00 to mon 03:00"
    assert week.describe(week.stretches) == "all week"
    assert week.describe(week.stretches - both) == "mon 00:00 to mon 01:00, mon 03:00 to sun 24:00"


def test_many_stretches_are_shortened() -> None:
    week = week_of([TimeBand("a", "A", (TimeWindow((1, 3, 5, 7), 60, 120),))])
    assert week.describe(week.bands["a"]).endswith("and 1 more")
