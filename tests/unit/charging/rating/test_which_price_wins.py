"""Several prices hold at once: precedence, then the number of conditions; two equal ones are an error."""

from __future__ import annotations

import pytest
from tidemark.catalog.v1 import catalog_pb2, pricing_pb2
from tidemark.catalog.v1.circumstances_pb2 import Conditions, Destination, LoadBand

from services.charging.domain.rating.circumstances import Circumstances, Observed
from services.charging.domain.rating.price_book import MAXIMUM_CELLS
from services.charging.domain.rating.select import (
    Priced,
    Subscribed,
    concurrency_prices,
    in_precedence,
    select_price,
)
from services.charging.domain.rating.tariff import Tariff, TariffError
from tests.support.charging_catalog import (
    BERLIN,
    DATA,
    EVERY_DAY,
    ZONES,
    band,
    offering,
    per,
    price,
    tariff,
)
from tests.support.rated import MONDAY_NOON, rate_one

NIGHT = band("night", (EVERY_DAY, "00:00", "06:00"))
NOONTIME = band("noontime", (EVERY_DAY, "11:00", "14:00"))
EARLY = band("early", (EVERY_DAY, "05:00", "08:00"))
STUDENTS = Conditions(segments=["student"])
BUSY = Conditions(load_bands=["busy"])
TABLES = catalog_pb2.Catalog(load_bands=[LoadBand(code="busy", from_percent=80, until_percent=101)])
IN_EU_WHEN_BUSY = Observed(serving_plmn="20801", load_percent=90)


def _known(*prices: catalog_pb2.ProductOfferingPrice) -> Tariff:
    return tariff(offering("basic", *prices), bands=[NIGHT, NOONTIME, EARLY], tables=TABLES)


def _winner(*prices: catalog_pb2.ProductOfferingPrice) -> str:
    return rate_one(_known(*prices), observed=IN_EU_WHEN_BUSY, segment="student").price_code


def _price(
    code: str,
    zones: tuple[str, ...] = (),
    band: str = "",
    under: Conditions | None = None,
    days: tuple[str, str] = ("", ""),
    precedence: int = 0,
) -> catalog_pb2.ProductOfferingPrice:
    return price(code, DATA, per("1"), zones, band, under=under, days=days, precedence=precedence)


GENERAL = _price("general")


@pytest.mark.parametrize(
    "special",
    [
        _price("special", zones=("eu",)),
        _price("special", band="noontime"),
        _price("special", under=STUDENTS),
        _price("special", under=BUSY),
        _price("special", days=("2026-03-01", "")),
        _price("special", days=("", "2026-03-31")),
    ],
)
def test_a_price_with_a_condition_goes_before_one_without(special: catalog_pb2.ProductOfferingPrice) -> None:
    assert _winner(GENERAL, special) == "special"
    assert _winner(special, GENERAL) == "special", "whatever the order in the file"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (_price("one", zones=("eu",)), _price("two", under=STUDENTS, band="noontime")),
        (_price("one", zones=("eu", "us")), _price("two", zones=("eu",), under=BUSY)),
        (_price("one", days=("2026-01-01", "2026-12-31")), _price("two", zones=("eu",), band="noontime")),
    ],
)
def test_more_conditions_go_before_fewer(
    one: catalog_pb2.ProductOfferingPrice, two: catalog_pb2.ProductOfferingPrice
) -> None:
    assert _winner(GENERAL, one, two) == "two"


def test_the_lower_precedence_goes_first_whatever_the_conditions() -> None:
    precise = _price("precise", ("eu",), "noontime", STUDENTS, precedence=20)
    assert _winner(precise, _price("plain", precedence=10)) == "plain"
    assert _winner(precise, _price("plain", precedence=30)) == "precise"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (_price("one"), _price("two")),
        (_price("one", zones=("eu",)), _price("two", zones=("eu", "us"))),
        (_price("one", zones=("eu",)), _price("two", under=STUDENTS)),
        (_price("one", band="night"), _price("two", band="early")),  # 05:00 to 06:00 is in both
        (_price("one", under=STUDENTS), _price("two", days=("2026-05-01", ""))),
        (
            _price("one", days=("2026-03-01", "2026-03-31")),
            _price("two", days=("2026-03-31", "2026-04-30")),  # both on the 31st
        ),
        (_price("one", ("eu",), precedence=5), _price("two", (), "night", precedence=5)),
    ],
)
def test_two_prices_of_equal_rank_are_refused_where_both_can_hold(
    one: catalog_pb2.ProductOfferingPrice, two: catalog_pb2.ProductOfferingPrice
) -> None:
    with pytest.raises(TariffError) as refused:
        _known(one, two)
    assert (refused.value.reason, refused.value.field) == ("PRICE_OVERLAP", "offerings.basic.prices")
    assert "one and two" in refused.value.message


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (_price("one", zones=("eu",)), _price("two", zones=("us",))),
        (_price("one", band="night"), _price("two", band="noontime")),
        (_price("one", under=STUDENTS), _price("two", under=Conditions(segments=["senior"]))),
        (
            _price("one", days=("2026-03-01", "2026-03-31")),
            _price("two", days=("2026-04-01", "2026-04-30")),
        ),
        (_price("one", zones=("eu",), precedence=1), _price("two", under=STUDENTS, precedence=2)),
    ],
)
def test_two_prices_that_never_hold_together_may_be_equal(
    one: catalog_pb2.ProductOfferingPrice, two: catalog_pb2.ProductOfferingPrice
) -> None:
    assert set(_known(one, two).offerings["basic"].price_by_code) == {"one", "two"}


def test_equal_prices_may_meet_where_a_third_goes_before_both() -> None:
    both = _price("both", zones=("eu",), under=STUDENTS)
    assert _winner(_price("eu", zones=("eu",)), _price("students", under=STUDENTS), both) == "both"


def test_equal_prices_may_meet_where_the_offering_is_not_sold() -> None:
    one, two = _price("one", zones=("eu",)), _price("two", zones=("eu", "us"))
    known = tariff(offering("basic", one, two, denied=["eu"]))
    assert "not available" in rate_one(known, observed=Observed(serving_plmn="20801")).refusal
    assert rate_one(known, observed=Observed(serving_plmn="310410")).price_code == "two"


def test_equal_prices_that_a_third_beats_in_every_zone_never_meet() -> None:
    """No zone is left in which only the two without zones would hold."""
    everywhere = _price("everywhere", zones=tuple(zone.code for zone in ZONES))
    known = tariff(offering("basic", _price("one"), _price("two"), everywhere))
    assert rate_one(known).price_code == "everywhere"


def test_prices_may_not_tell_too_many_circumstances_apart() -> None:
    """150 destinations and everything else, times 132 segments and everything else: 151 x 133 = 20083."""
    prices = [
        price("far", DATA, per("1"), under=Conditions(destinations=[f"d{n}" for n in range(150)])),
        price("dear", DATA, per("1"), under=Conditions(segments=[f"s{n}" for n in range(132)]), precedence=1),
    ]
    with pytest.raises(TariffError) as refused:
        tariff(offering("basic", *prices))
    assert refused.value.reason == "CATALOG_TOO_LARGE"
    assert "20083" in refused.value.message
    assert MAXIMUM_CELLS == 20_000


def test_a_price_list_of_the_whole_world_is_compiled_and_found() -> None:
    """200 destinations in two zones at two times, each with a price of its own."""
    destinations = [Destination(code=f"d{n}", prefixes=[str(1_000 + n)]) for n in range(200)]
    prices = [
        price(
            f"{zone}-{time or 'day'}-{item.code}",
            DATA,
            per("1"),
            zones=[zone],
            band=time,
            under=Conditions(destinations=[item.code]),
        )
        for item in destinations
        for zone in ("home", "eu")
        for time in ("", "night")
    ]
    known = tariff(
        offering("basic", *prices), bands=[NIGHT], tables=catalog_pb2.Catalog(destinations=destinations)
    )
    line = rate_one(known, observed=Observed(serving_plmn="20801", called="1042999"))
    assert line.price_code == "eu-day-d42"


def test_the_offering_with_the_lower_precedence_is_asked_first() -> None:
    known = tariff(
        offering("basic", _price("plan"), includes=["boost"]),
        offering("boost", _price("boosted", zones=("eu",)), precedence=1),
    )
    assert rate_one(known, observed=Observed(serving_plmn="20801")).price_code == "boosted"
    assert rate_one(known).price_code == "plan"


def test_of_each_kind_of_concurrency_one_price_wins_over_all_offerings() -> None:
    sessions, subscribers = pricing_pb2.CONCURRENCY_SESSIONS, pricing_pb2.CONCURRENCY_SUBSCRIBERS
    known = tariff(
        offering(
            "basic",
            price("use", DATA, per("1")),
            price("sessions", DATA, per("1"), concurrency=sessions),
            price("devices", DATA, per("1"), concurrency=subscribers),
        ),
        offering("fleet", price("fleet", DATA, per("1"), ["home"], concurrency=subscribers), precedence=1),
    )
    subscribed = in_precedence([Subscribed(known, item) for item in known.offerings.values()])

    def codes(zone: str) -> list[str]:
        found = concurrency_prices(subscribed, DATA, Circumstances(zone=zone), MONDAY_NOON, BERLIN)
        assert all(price.monthly for price in found), "a peak is one of its month"
        return [price.code for price in found]

    assert codes("home") == ["sessions", "fleet"]
    assert codes("eu") == ["sessions", "devices"]
    used = select_price(subscribed, DATA, Circumstances(zone="home"), MONDAY_NOON, BERLIN)
    assert isinstance(used, Priced)
    assert used.price.code == "use", "usage has its own price"
