"""Which price and which bucket: zones, precedence, denied zones, and allowances in their order."""

from __future__ import annotations

import pytest
from tidemark.catalog.v1 import catalog_pb2

from services.charging.domain.rating.tariff import TariffError
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
from tests.support.charging_world import NOON, World, at, eur, report

CENT = price("data", DATA, per("0.01"))


def _world(*offerings: catalog_pb2.ProductOffering, subscribers: tuple[str, ...] = ("sub-1",)) -> World:
    world = World(tariff(*offerings))
    world.open_account(
        money=eur("100.00"), offerings=[item.code for item in offerings], subscribers=subscribers
    )
    return world


def _used(
    world: World,
    units: int,
    number: int = DATA,
    when: str = "2026-03-02 12:00",
    plmn: str = "26201",
    subscriber: str = "sub-1",
) -> tuple[str, dict[str, int]]:
    """Result and units taken by bucket (without its owner) of one session that used so much."""
    session = world.session(when=at(when), plmn=plmn, subscriber=subscriber)
    answer = session.release(report(number, units, want=None), when=at(when))
    taken = {
        debit.bucket_id.rpartition("/")[2]: debit.amount
        for charge in world.charges()
        if charge.ref == session.ref
        for debit in charge.debits
    }
    return answer.groups[0].result.name, taken


@pytest.mark.parametrize(
    ("plmn", "zone"),
    [
        ("26201", "home"),
        ("26298", "ship"),
        ("262981", "ship"),
        ("20801", "eu"),
        ("310410", "us"),
        ("", "home"),
        ("45400", ""),
        ("26", ""),
    ],
)
def test_the_longest_prefix_of_the_serving_network_names_the_zone(plmn: str, zone: str) -> None:
    assert tariff(offering("basic", CENT)).places.zones.zone_of(plmn) == zone


def test_the_rest_of_the_world_is_a_zone_where_the_catalog_has_one() -> None:
    zones = tariff(offering("basic", CENT), zones=[*ZONES, REST_OF_WORLD]).places.zones
    assert (zones.zone_of("45400"), zones.zone_of("20801")) == ("world", "eu")


def test_a_network_that_no_zone_knows_is_not_sold_in_and_does_not_turn_into_home() -> None:
    world = _world(offering("basic", CENT))
    session = world.session(report(DATA), plmn="45400")
    later = session.update(report(DATA, 5))
    assert [group.result.name for group in (*session.created.groups, *later.groups)] == ["RATING_FAILED"] * 2
    assert world.money() == eur("100.00")


def test_a_price_for_a_zone_goes_before_one_for_all() -> None:
    world = _world(offering("basic", CENT, price("roaming", DATA, per("0.05"), zones=["us"])))
    assert _used(world, 10, plmn="31001") == ("SUCCESS", {"money": eur("0.50")})
    assert _used(world, 10, plmn="20801") == ("SUCCESS", {"money": eur("0.10")})


def test_two_prices_with_the_same_conditions_are_no_catalog() -> None:
    with pytest.raises(TariffError) as error:
        tariff(offering("basic", CENT, price("other", DATA, per("0.02"))))
    assert error.value.reason == "PRICE_OVERLAP"


def test_the_offering_with_the_lowest_precedence_number_prices() -> None:
    dear = offering("dear", price("data", DATA, per("0.10")), precedence=1)
    cheap = offering("cheap", CENT, precedence=2)
    assert _used(_world(cheap, dear), 1)[1] == {"money": eur("0.10")}


def test_an_offering_without_a_price_for_it_leaves_usage_to_the_next() -> None:
    add_on = offering("add-on", price("data", DATA, per("0.50"), zones=["us"]), precedence=1)
    world = _world(add_on, offering("basic", CENT))
    assert _used(world, 1)[1] == {"money": eur("0.01")}
    assert _used(world, 1, plmn="31001")[1] == {"money": eur("0.50")}


def test_a_denied_zone_denies_unless_another_offering_sells_there() -> None:
    home_only = offering("home-only", CENT, precedence=1, denied=["us", "eu"])
    travel = offering("travel", price("data", DATA, per("0.20"), zones=["eu"]))
    world = _world(home_only, travel)
    assert _used(world, 1, plmn="31001") == ("END_USER_SERVICE_DENIED", {})
    assert _used(world, 1, plmn="20801") == ("SUCCESS", {"money": eur("0.20")})


def test_an_offering_denied_in_a_zone_does_not_lend_its_allowance_there_either() -> None:
    home_only = offering(
        "home-only", CENT, precedence=1, denied=["us", "eu"], allowances=[allowance("big", 100)]
    )
    travel = offering("travel", price("data", DATA, per("0.20"), zones=["eu"]))
    world = _world(home_only, travel)
    assert _used(world, 1, plmn="20801") == ("SUCCESS", {"money": eur("0.20")})
    assert _used(world, 1) == ("SUCCESS", {"big": 1})


def test_allowances_burn_by_priority_then_by_what_ends_first_and_then_money_pays() -> None:
    world = _world(
        offering(
            "basic",
            CENT,
            allowances=[
                allowance("endless", 100, priority=10),
                allowance("month", 100, priority=10, days=30),
                allowance("week", 100, priority=10, days=7),
                allowance("first", 100, priority=1),
            ],
        )
    )
    assert _used(world, 150)[1] == {"first": 100, "week": 50}
    assert _used(world, 200)[1] == {"week": 50, "month": 100, "endless": 50}
    assert _used(world, 60)[1] == {"endless": 50, "money": eur("0.10")}


@pytest.mark.parametrize(
    ("when", "taken"),
    [
        ("2026-03-07 23:59:59", {"week": 10}),
        ("2026-03-08 00:00", {"money": eur("0.10")}),
    ],
)
def test_an_allowance_is_usable_to_the_last_moment_of_its_time(when: str, taken: dict[str, int]) -> None:
    world = _world(offering("basic", CENT, allowances=[allowance("week", 100, days=7)]))
    assert _used(world, 10, when=when)[1] == taken


def test_an_allowance_serves_its_rating_groups_zones_and_unit_only() -> None:
    world = _world(
        offering(
            "basic",
            CENT,
            price("video", VIDEO, per("0.01")),
            price("voice", VOICE, per("0.01")),
            allowances=[
                allowance("video-pass", 100, [VIDEO]),
                allowance("home-data", 100, [DATA], zones=["home"]),
                allowance("minutes", 100, [DATA, VOICE], unit="seconds", priority=1),
            ],
        )
    )
    assert _used(world, 10)[1] == {"home-data": 10}
    assert _used(world, 10, plmn="20801")[1] == {"money": eur("0.10")}
    assert _used(world, 10, VIDEO, plmn="20801")[1] == {"video-pass": 10}
    assert _used(world, 10, VOICE)[1] == {"minutes": 10}


def test_a_shared_allowance_is_one_bucket_for_all_and_an_own_one_is_each_one_s() -> None:
    world = _world(
        offering(
            "basic",
            CENT,
            allowances=[allowance("own", 10, priority=1), allowance("family", 100, priority=2, shared=True)],
        ),
        subscribers=("sub-1", "sub-2"),
    )
    assert _used(world, 50, subscriber="sub-1")[1] == {"own": 10, "family": 40}
    assert _used(world, 100, subscriber="sub-2")[1] == {"own": 10, "family": 60, "money": eur("0.30")}
    assert set(world.state.accounts["acme"].bucket_ids) == {
        "acme/money",
        "acme/basic/family",
        "sub-1/basic/own",
        "sub-2/basic/own",
    }


def test_an_allowance_pays_the_rounded_units_and_the_increment_runs_on_in_money() -> None:
    """70 seconds at 60/30 count as 90: 75 from the allowance, 15 in money."""
    world = _world(
        offering(
            "basic",
            price("voice", VOICE, per("0.01"), first=60, then=30),
            allowances=[allowance("minutes", 75, [VOICE], unit="seconds")],
        )
    )
    session = world.session()
    assert session.update(report(VOICE, 50, want=None)).cost.from_allowances == (("seconds", 60),)
    answer = session.update(report(VOICE, 20, want=None))
    assert (answer.cost.from_allowances, answer.cost.amount) == ((("seconds", 15),), eur("0.15"))


def test_free_usage_leaves_allowances_alone() -> None:
    free = price("data", DATA, catalog_pb2.FreePrice())
    world = _world(offering("basic", free, allowances=[allowance("gigabyte", 100)]))
    assert _used(world, 50) == ("SUCCESS", {})


def test_a_session_keeps_its_version_and_a_moved_offering_moves_with_the_next() -> None:
    dear = price("data", DATA, per("0.02"))
    for move, next_amount in ((False, "0.01"), (True, "0.02")):
        world = World(tariff(offering("basic", CENT)))
        world.open_account()
        session = world.session()
        world.adopt(tariff(offering("basic", dear, move=move), version=2))
        assert session.update(report(DATA, 1, want=None)).cost.amount == eur("0.01")
        assert world.session().update(report(DATA, 1, want=None)).cost.amount == eur(next_amount)


def test_a_version_that_is_not_in_effect_yet_rates_nothing() -> None:
    world = World(tariff(offering("basic", CENT)))
    world.open_account()
    tomorrow = at("2026-03-03 00:00")
    new = offering("basic", price("data", DATA, per("0.02")), move=True)
    world.adopt(tariff(new, version=2, effective_from=tomorrow))
    assert world.session(when=NOON).update(report(DATA, 1, want=None)).cost.price_ids == ("1/basic/data",)
    later = world.session(when=tomorrow).update(report(DATA, 1, want=None), when=tomorrow)
    assert later.cost.price_ids == ("2/basic/data",)
