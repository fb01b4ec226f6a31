"""By what a price may differ: each dimension in one table. Every catalog has a price for all else, 1.00."""

from __future__ import annotations

import pytest
from tidemark.catalog.v1 import catalog_pb2
from tidemark.catalog.v1.circumstances_pb2 import (
    Area,
    Category,
    Conditions,
    Destination,
    LoadBand,
    QosClass,
    Slice,
)

from services.charging.domain.rating.circumstances import (
    NOTHING_OBSERVED,
    Circumstances,
    Observed,
    classify,
)
from services.charging.domain.rating.quote import Usage
from services.charging.domain.rating.tariff import Tariff
from tests.support.charging_catalog import (
    DATA,
    REST_OF_WORLD,
    VIDEO,
    VOICE,
    ZONES,
    allowance,
    offering,
    per,
    price,
    tariff,
)
from tests.support.rated import MONDAY_NOON, amount, rate, rate_one

ELSE = price("else", DATA, per("1.00"))


def _with(*prices: catalog_pb2.ProductOfferingPrice, **tables: object) -> Tariff:
    return tariff(
        offering("basic", ELSE, *prices),
        zones=[*ZONES, REST_OF_WORLD],
        tables=catalog_pb2.Catalog(**tables),  # type: ignore[arg-type]
    )


def _only(code: str, euros: str, **conditions: list[str]) -> catalog_pb2.ProductOfferingPrice:
    return price(code, DATA, per(euros), under=Conditions(**conditions))


def _cost(known: Tariff, observed: Observed = NOTHING_OBSERVED, segment: str = "") -> int:
    return rate_one(known, observed=observed, segment=segment).amount_minor_micros


@pytest.mark.parametrize(("rating_group", "euros"), [(DATA, "1.00"), (VIDEO, "0.10"), (VOICE, "0.05")])
def test_by_service(rating_group: int, euros: str) -> None:
    known = tariff(
        offering("basic", ELSE, price("video", VIDEO, per("0.10")), price("voice", VOICE, per("0.05")))
    )
    assert rate_one(known, rating_group=rating_group).amount_minor_micros == amount(euros)


@pytest.mark.parametrize(
    ("network", "euros"),
    [
        ("26201", "1.00"),  # at home
        ("", "1.00"),  # none named: at home
        ("20801", "0.30"),  # a whole country, MCC 208
        ("26298", "0.70"),  # a ship: MCC and MNC go before the MCC of home
        ("99999", "0.90"),  # a network that no zone names: the rest of the world
    ],
)
def test_by_zone_and_roaming_partner(network: str, euros: str) -> None:
    known = _with(
        price("eu", DATA, per("0.30"), zones=["eu"]),
        price("ship", DATA, per("0.70"), zones=["ship"]),
        price("world", DATA, per("0.90"), zones=["world"]),
    )
    assert _cost(known, Observed(serving_plmn=network)) == amount(euros)


@pytest.mark.parametrize(
    ("called", "euros"),
    [
        ("4930123456", "1.00"),  # no prefix: everything else
        ("33123456", "0.10"),  # 33
        ("33612345", "0.20"),  # 336 is longer than 33
        ("3361", "0.20"),
        ("336", "0.20"),
        ("33", "0.10"),
        ("3", "1.00"),  # shorter than every prefix
        ("", "1.00"),
    ],
)
def test_by_destination_the_longest_prefix_wins(called: str, euros: str) -> None:
    known = _with(
        _only("france", "0.10", destinations=["france"]),
        _only("french-mobile", "0.20", destinations=["french-mobile"]),
        destinations=[
            Destination(code="france", prefixes=["33"]),
            Destination(code="french-mobile", prefixes=["336", "337"]),
        ],
    )
    assert _cost(known, Observed(called=called)) == amount(euros)


def test_a_barred_destination_is_denied_to_everybody() -> None:
    known = _with(destinations=[Destination(code="premium", prefixes=["4990"], barred=True)])
    line = rate_one(known, observed=Observed(called="49900123"))
    assert "not available" in line.refusal
    assert line.amount_minor_micros == 0


@pytest.mark.parametrize(
    ("cell", "tracking_area", "euros"),
    [
        ("26201-0000a1b20", "26201-00a1f3", "0.10"),  # the stadium's cell, before the city's area
        ("26201-0000A1B20", None, "0.10"),  # hexadecimal digits may be capitals
        ("26201-0000a1b21", "26201-00a1f3", "0.50"),  # another cell of the city
        (None, "26201-00a1f3", "0.50"),
        ("26202-0000a1b20", None, "1.00"),  # the same cell number in another network
        (None, None, "1.00"),
    ],
)
def test_by_cell_and_area(cell: str | None, tracking_area: str | None, euros: str) -> None:
    known = _with(
        _only("stadium", "0.10", areas=["stadium"]),
        _only("city", "0.50", areas=["city"]),
        areas=[
            Area(code="stadium", cells=["26201-0000a1b20"]),
            Area(code="city", tracking_areas=["26201-00a1f3"]),
        ],
    )
    assert _cost(known, Observed(cell=cell, tracking_area=tracking_area)) == amount(euros)


@pytest.mark.parametrize(
    ("sst", "sd", "euros"),
    [
        (1, "00000a", "0.20"),  # this very slice
        (1, "00000A", "0.20"),
        (1, "00000b", "0.40"),  # another of type 1: the slice without SD stands for it
        (1, "", "0.40"),
        (2, "00000a", "1.00"),  # a type that is not listed
        (3, "ffffff", "1.00"),  # a type of which only one SD is listed
        (3, "00000c", "0.60"),
    ],
)
def test_by_slice_with_and_without_differentiator(sst: int, sd: str, euros: str) -> None:
    known = _with(
        _only("gold", "0.20", slices=["gold"]),
        _only("broadband", "0.40", slices=["broadband"]),
        _only("factory", "0.60", slices=["factory"]),
        slices=[
            Slice(code="gold", sst=1, sd="00000a"),
            Slice(code="broadband", sst=1),
            Slice(code="factory", sst=3, sd="00000c"),
        ],
    )
    assert _cost(known, Observed(sst=sst, sd=sd)) == amount(euros)


@pytest.mark.parametrize(
    ("five_qi", "euros"), [(1, "0.30"), (2, "0.30"), (9, "1.00"), (82, "0.80"), (None, "1.00")]
)
def test_by_quality_of_service(five_qi: int | None, euros: str) -> None:
    known = _with(
        _only("talk", "0.30", qos_classes=["talk"]),
        _only("robot", "0.80", qos_classes=["robot"]),
        qos_classes=[QosClass(code="talk", five_qis=[1, 2]), QosClass(code="robot", five_qis=[82])],
    )
    assert _cost(known, Observed(five_qi=five_qi)) == amount(euros)


@pytest.mark.parametrize(
    ("load", "euros"),
    [(None, "1.00"), (0, "0.50"), (29, "0.50"), (30, "1.00"), (79, "1.00"), (80, "2.00"), (100, "2.00")],
)
def test_by_load_of_the_network(load: int | None, euros: str) -> None:
    known = _with(
        _only("quiet", "0.50", load_bands=["quiet"]),
        _only("busy", "2.00", load_bands=["busy"]),
        load_bands=[
            LoadBand(code="quiet", from_percent=0, until_percent=30),
            LoadBand(code="busy", from_percent=80, until_percent=101),
        ],
    )
    assert _cost(known, Observed(load_percent=load)) == amount(euros)


@pytest.mark.parametrize(("segment", "euros"), [("student", "0.40"), ("senior", "1.00"), ("", "1.00")])
def test_by_segment_of_the_customer(segment: str, euros: str) -> None:
    known = _with(_only("student", "0.40", segments=["student"]), segments=[Category(code="student")])
    assert _cost(known, segment=segment) == amount(euros)


@pytest.mark.parametrize(
    ("device_class", "euros"), [("meter", "0.01"), ("truck", "0.02"), ("phone", "1.00"), (None, "1.00")]
)
def test_by_class_of_device_or_asset(device_class: str | None, euros: str) -> None:
    known = _with(
        _only("meter", "0.01", device_classes=["meter"]),
        _only("truck", "0.02", device_classes=["truck", "van"]),
    )
    assert _cost(known, Observed(device_class=device_class)) == amount(euros)


def test_what_is_not_said_again_stays_as_it_was_in_the_session() -> None:
    known = _with(
        price("eu", DATA, per("0.30"), zones=["eu"]),
        price("busy", DATA, per("2.00"), zones=["home"], under=Conditions(load_bands=["busy"])),
        load_bands=[LoadBand(code="busy", from_percent=80, until_percent=101)],
    )
    lines = rate(
        known,
        Usage("one", DATA, 1, MONDAY_NOON, Observed(serving_plmn="20801")),
        Usage("one", DATA, 1, MONDAY_NOON),
        Usage("one", DATA, 1, MONDAY_NOON, Observed(serving_plmn="", load_percent=90)),
        Usage("one", DATA, 1, MONDAY_NOON, Observed(load_percent=10)),
        Usage("two", DATA, 1, MONDAY_NOON),
    )
    assert [line.price_code for line in lines] == ["eu", "eu", "busy", "else", "else"]


def test_what_was_observed_becomes_codes_and_figures() -> None:
    known = _with(
        destinations=[Destination(code="france", prefixes=["33"])],
        areas=[Area(code="city", tracking_areas=["26201-00a1f3"])],
        slices=[Slice(code="gold", sst=1, sd="00000a")],
        qos_classes=[QosClass(code="talk", five_qis=[1])],
        load_bands=[LoadBand(code="busy", from_percent=80, until_percent=101)],
    )
    seen = Observed("20801", "33123", None, "26201-00a1f3", 1, "00000A", 1, 85, "meter")
    assert classify(known.places, seen, None, "student", 7) == Circumstances(
        zone="eu",
        destination="france",
        area="city",
        slice="gold",
        qos_class="talk",
        load_band="busy",
        segment="student",
        device_class="meter",
        five_qi=1,
        load_percent=85,
        customer_value=7,
    )
    assert classify(known.places, NOTHING_OBSERVED, None, "", 0) == Circumstances(zone="home")


@pytest.mark.parametrize(
    ("observed", "covered"),
    [
        (Observed(sst=1, sd="00000a"), 1),
        (Observed(sst=2), 0),
        (Observed(sst=1, sd="00000a", serving_plmn="20801"), 0),
    ],
)
def test_an_allowance_covers_only_what_meets_its_conditions(observed: Observed, covered: int) -> None:
    included = allowance("included", 100, zones=["home"], under=Conditions(slices=["gold"]))
    known = tariff(
        offering("basic", ELSE, allowances=[included]),
        tables=catalog_pb2.Catalog(slices=[Slice(code="gold", sst=1, sd="00000a")]),
    )
    assert rate_one(known, observed=observed).from_allowance_units == covered


def test_without_a_price_for_it_usage_is_refused_in_words() -> None:
    known = tariff(offering("basic", _only("gold", "0.20", slices=["gold"])))
    assert rate_one(known).refusal == f"no price for rating group {DATA} in zone home"
    denied = tariff(offering("basic", ELSE, denied=["eu"]))
    line = rate_one(denied, observed=Observed(serving_plmn="20801"))
    assert line.refusal == f"rating group {DATA} is not available in zone eu"
    unknown = rate_one(tariff(offering("basic", ELSE)), observed=Observed(serving_plmn="99999"))
    assert unknown.refusal == f"no price for rating group {DATA} in zone unknown"
