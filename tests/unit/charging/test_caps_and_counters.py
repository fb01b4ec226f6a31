"""Counters, their thresholds and caps: a bill-shock limit holds whatever sessions run beside each other."""

from __future__ import annotations

from tidemark.catalog.v1 import catalog_pb2, circumstances_pb2, policies_pb2

from services.charging.domain.events import CounterThresholdCrossed
from services.charging.domain.sessions.counting import counter_name
from services.charging.domain.state import Count
from tests.support.charging_catalog import DATA, VIDEO, offering, per, price, tariff
from tests.support.charging_models import exact
from tests.support.charging_world import NOON, World, at, eur, report


def _money(amount: str) -> policies_pb2.CounterMark:
    return policies_pb2.CounterMark(amount=exact(amount))


def _units(units: int) -> policies_pb2.CounterMark:
    return policies_pb2.CounterMark(units=units)


ROAMING = policies_pb2.Counter(
    code="roaming-spend",
    name="Roaming",
    zones=["eu", "us"],
    measure=policies_pb2.COUNTER_MEASURE_MONEY,
    period=policies_pb2.COUNTER_PERIOD_MONTH,
    thresholds=[policies_pb2.CounterThreshold(mark=_money("4.00"))],
    cap=_money("5.00"),
    liftable=True,
)
FAIR_USE = policies_pb2.Counter(
    code="fair-use",
    name="Fair use",
    rating_groups=[DATA],
    measure=policies_pb2.COUNTER_MEASURE_UNITS,
    period=policies_pb2.COUNTER_PERIOD_DAY,
    thresholds=[
        policies_pb2.CounterThreshold(mark=_units(100), status="reduced"),
        policies_pb2.CounterThreshold(mark=_units(300), status="throttled"),
    ],
)


def _world(*counters: policies_pb2.Counter, money: str = "100.00") -> World:
    world = World(
        tariff(
            offering("basic", price("data", DATA, per("0.01")), price("video", VIDEO, per("0.01"))),
            tables=catalog_pb2.Catalog(counters=counters),
        )
    )
    world.open_account(money=eur(money))
    return world


def _marks(world: World) -> list[tuple[str, str, int, str, bool]]:
    return [
        (event.counter_code, event.period, event.mark, event.status, event.cap)
        for entry in world.entries
        for event in entry.events
        if isinstance(event, CounterThresholdCrossed)
    ]


def test_nothing_is_granted_beyond_the_cap() -> None:
    """5.00 at 0.01: 500 octets in all, whatever is asked for."""
    world = _world(ROAMING)
    session = world.session(report(DATA, want=800), plmn="20801")
    grant = session.created.groups[0].grant
    assert grant is not None
    assert grant.units == 250
    while grant is not None:
        grant = session.update(report(DATA, grant.units, want=800)).groups[0].grant
    assert world.money() == eur("95.00")
    assert world.state.sessions[session.ref].rating_groups[DATA].blocked


def test_two_sessions_share_one_cap() -> None:
    world = _world(ROAMING)
    first = world.session(report(DATA, want=400), plmn="20801")
    second = world.session(report(VIDEO, want=400), plmn="20801")
    granted = [item.created.groups[0].grant for item in (first, second)]
    assert sum(grant.units for grant in granted if grant is not None) <= 500


def test_usage_at_home_neither_counts_nor_is_capped() -> None:
    world = _world(ROAMING)
    session = world.session(report(DATA, want=800))
    assert session.update(report(DATA, 800, want=None)).cost.amount == eur("8.00")
    assert not world.state.counters


def test_each_mark_is_told_once_a_period_the_cap_with_it() -> None:
    world = _world(ROAMING)
    session = world.session(report(DATA), plmn="20801")
    for units in (399, 1, 99, 1, 10):
        session.update(report(DATA, units, want=None))
    assert _marks(world) == [
        ("roaming-spend", "2026-03", eur("4.00"), "", False),
        ("roaming-spend", "2026-03", eur("5.00"), "", True),
    ]


def test_a_new_month_begins_at_nothing() -> None:
    world = _world(ROAMING)
    session = world.session(report(DATA), plmn="20801")
    session.update(report(DATA, 500, want=None))
    session.update(report(DATA, want=None), when=at("2026-04-01 00:00"))
    session.update(report(DATA, 450, want=None), when=at("2026-04-01 10:00"))
    counts = world.state.counters["sub-1", counter_name("roaming-spend")]
    assert counts == (Count("2026-03", eur("5.00")), Count("2026-04", eur("4.50")))
    assert [mark[1] for mark in _marks(world)] == ["2026-03", "2026-03", "2026-04"]


def test_a_grant_under_a_cap_ends_with_its_period() -> None:
    """23:30 on the last day: half an hour is left of the month."""
    world = _world(ROAMING)
    session = world.session(report(DATA), plmn="20801", when=at("2026-03-31 23:30"))
    grant = session.created.groups[0].grant
    assert grant is not None
    assert grant.validity_seconds == 1_800


def test_a_policy_counter_has_a_status_for_every_value() -> None:
    world = _world(FAIR_USE)
    session = world.session(report(DATA))
    session.update(report(DATA, 350, want=None), when=NOON)
    assert _marks(world) == [
        ("fair-use", "2026-03-02", 100, "reduced", False),
        ("fair-use", "2026-03-02", 300, "throttled", False),
    ]
    (counter,) = world.tariffs.effective(NOON, "EUR").counters  # type: ignore[union-attr]
    assert [counter.status(value) for value in (0, 99, 100, 299, 300)] == [
        "",
        "",
        "reduced",
        "reduced",
        "throttled",
    ]


def test_a_shared_counter_counts_all_members() -> None:
    shared = policies_pb2.Counter()
    shared.CopyFrom(ROAMING)
    shared.shared = True
    world = World(
        tariff(
            offering("basic", price("data", DATA, per("0.01"))),
            tables=catalog_pb2.Catalog(counters=[shared]),
        )
    )
    world.open_account(money=eur("100.00"), subscribers=("one", "two"))
    for subscriber in ("one", "two"):
        session = world.session(report(DATA, want=None), plmn="20801", subscriber=subscriber)
        session.release(report(DATA, 240, want=None))
    assert world.state.counters["acme", counter_name("roaming-spend")] == (Count("2026-03", eur("4.80")),)
    last = world.session(report(DATA, want=400), plmn="20801", subscriber="one").created.groups[0].grant
    assert last is not None
    assert last.units <= 20


def test_a_counter_looks_at_circumstances_too() -> None:
    gold = policies_pb2.Counter(
        code="stadium",
        name="Stadium",
        conditions=circumstances_pb2.Conditions(areas=["stadium"]),
        measure=policies_pb2.COUNTER_MEASURE_UNITS,
        period=policies_pb2.COUNTER_PERIOD_WEEK,
    )
    world = _world(gold)
    session = world.session(report(DATA))
    session.update(report(DATA, 10, want=None))
    assert not world.state.counters
