"""Prices for how many there are at a time: each new peak of the month is charged when it is reached."""

from __future__ import annotations

from tidemark.catalog.v1 import pricing_pb2

from tests.support.charging_catalog import DATA, FREE, offering, per, price, tariff, tiers
from tests.support.charging_models import Model
from tests.support.charging_world import PlayedSession, World, at, eur, report

SUBSCRIBERS = pricing_pb2.CONCURRENCY_SUBSCRIBERS
SESSIONS = pricing_pb2.CONCURRENCY_SESSIONS
DEVICES = ("one", "two", "three")


def _world(kind: pricing_pb2.Concurrency.ValueType, model: Model) -> World:
    world = World(
        tariff(offering("site", price("data", DATA, FREE), price("at-a-time", DATA, model, concurrency=kind)))
    )
    world.open_account(offerings=("site",), subscribers=DEVICES)
    return world


def _peaks(world: World) -> list[tuple[int, int, int]]:
    return [
        (charge.used_units_before, charge.used_units, charge.amount)
        for charge in world.charges()
        if charge.concurrency
    ]


def _begin(world: World, device: str, when: str = "2026-03-02 12:00") -> PlayedSession:
    return world.session(report(DATA), subscriber=device, when=at(when))


def test_each_device_more_than_ever_this_month_is_charged() -> None:
    world = _world(SUBSCRIBERS, per("1.50"))
    one = _begin(world, "one")
    _begin(world, "two")
    one.release()
    _begin(world, "three")
    assert _peaks(world) == [(0, 1, eur("1.50")), (1, 1, eur("1.50"))]
    _begin(world, "one")
    assert _peaks(world)[2:] == [(2, 1, eur("1.50"))]
    assert world.money() == eur("10.00") - eur("4.50")


def test_a_second_session_of_the_same_device_is_no_second_device() -> None:
    world = _world(SUBSCRIBERS, per("1.50"))
    _begin(world, "one")
    _begin(world, "one")
    assert len(_peaks(world)) == 1


def test_sessions_count_each() -> None:
    """The first two are included, the third costs 2.00."""
    world = _world(SESSIONS, tiers((2, "0"), (None, "2.00")))
    for _ in range(3):
        _begin(world, "one")
    assert [amount for _, _, amount in _peaks(world)] == [0, 0, eur("2.00")]


def test_a_new_month_begins_at_nothing() -> None:
    world = _world(SUBSCRIBERS, per("1.50"))
    _begin(world, "one")
    _begin(world, "two", "2026-04-01 00:00")
    assert _peaks(world) == [(0, 1, eur("1.50")), (0, 2, eur("3.00"))]


def test_usage_as_such_is_priced_beside_it() -> None:
    world = _world(SUBSCRIBERS, per("1.50"))
    session = _begin(world, "one")
    assert session.update(report(DATA, 1_000)).cost.amount == 0
    assert session.created.cost.amount == eur("1.50")
