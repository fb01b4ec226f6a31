"""Counters as a PCF asks for them, caps that stop grants and events, and caps of a subscriber's own."""

from __future__ import annotations

import pytest
from tidemark.catalog.v1 import policies_pb2

from services.charging.domain.answers import ChargingAnswer, CounterAnswer, ResultCode
from services.charging.domain.commands import EventAction
from services.charging.domain.decisions.decision import Decided
from services.charging.domain.events import ReauthorisationRequested, SpendCapChanged
from services.charging.domain.sessions.spending import CounterView, SetSpendCap, counter_views
from services.common.kernel.outcome import Refused
from tests.support.charging_catalog import DATA, TEXT, VOICE
from tests.support.charging_world import NOON, World, at, eur, report
from tests.support.outcome_catalog import counter, spending_tariff

BILL_SHOCK = counter("bill-shock", cap="1.00", liftable=True, thresholds=[("0.80", "warned")])
FAIR_USE = counter(
    "fair-use",
    units=True,
    rating_groups=[DATA],
    thresholds=[(100, "normal"), (200, "slow"), (300, "")],
    period=policies_pb2.COUNTER_PERIOD_DAY,
)
HARD_STOP = counter("hard-stop", cap="0.50")
SHARED = counter("family", cap="1.00", liftable=True, shared=True)


def _world(*counters: policies_pb2.Counter, money: str = "20.00") -> World:
    world = World(spending_tariff(*counters))
    world.open_account(money=eur(money), subscribers=("sub-1", "sub-2"))
    return world


def _views(world: World, *codes: str, subscriber: str = "sub-1") -> tuple[CounterView, ...]:
    who = world.state.subscribers[subscriber]
    return counter_views(world.state, world.tariffs, who, codes, world.clock.now())


def _view(world: World, code: str, subscriber: str = "sub-1") -> CounterView:
    (view,) = _views(world, code, subscriber=subscriber)
    return view


def _set(code: str, cap: int | None, *, reset: bool = False, subscriber: str = "sub-1") -> SetSpendCap:
    return SetSpendCap(subscriber, code, cap, reset, "the customer")


def _spend(world: World, octets: int, subscriber: str = "sub-1") -> None:
    world.do(world.event(report(DATA, octets, want=None), subscriber=subscriber))


def test_a_counter_that_nothing_moved_stands_at_zero_in_the_running_period() -> None:
    view = _view(_world(BILL_SHOCK), "bill-shock")
    # March in Berlin ends at 22:00 UTC: summer time has begun.
    assert (view.period, view.period_end) == ("2026-03", at("2026-04-01 00:00"))
    assert (view.value, view.unit, view.cap, view.capped, view.status) == (0, "EUR", eur("1.00"), False, "")


def test_money_and_units_are_counted_and_give_the_status_of_the_highest_mark_that_has_one() -> None:
    world = _world(BILL_SHOCK, FAIR_USE)
    seen = []
    for octets in (80, 120, 150):
        world.do(world.event(report(DATA, octets, want=None), after_the_service=True))
        seen.append([(view.value, view.status) for view in _views(world)])
    # A cent an octet: 0.80, 2.00, 3.50 EUR; 80, 200, 350 octets. The mark of 300 says nothing by itself.
    assert seen == [
        [(eur("0.80"), "warned"), (80, "")],
        [(eur("2.00"), "warned"), (200, "slow")],
        [(eur("3.50"), "warned"), (350, "slow")],
    ]
    assert [view.unit for view in _views(world)] == ["EUR", "octets"]


def test_a_new_day_begins_at_zero() -> None:
    world = _world(FAIR_USE)
    _spend(world, 150)
    assert (_view(world, "fair-use").period, _view(world, "fair-use").value) == ("2026-03-02", 150)
    world.clock.time = at("2026-03-03 00:00")
    view = _view(world, "fair-use")
    assert (view.period, view.value, view.status) == ("2026-03-03", 0, "")


def test_a_cap_stops_grants_of_what_it_counts_before_money_does() -> None:
    world = _world(BILL_SHOCK)
    session = world.session(report(DATA))
    used = 0
    for _ in range(20):
        grant = session.update(report(DATA, 40)).groups[0].grant
        used += 40
        if grant is None:
            break
        assert used + grant.units <= 100
    assert used <= 120
    assert session.update(report(DATA)).groups[0].result is ResultCode.QUOTA_LIMIT_REACHED
    assert world.money() > eur("15.00")


def test_an_event_that_would_pass_the_cap_is_refused_whole_and_one_that_reaches_it_is_not() -> None:
    world = _world(BILL_SHOCK)
    refused = world.decide(world.event(report(DATA, 101, want=None)))
    assert isinstance(refused, Refused)
    assert refused.reason.name == "QUOTA_LIMIT_REACHED"
    assert "bill-shock" in refused.message
    _spend(world, 100)
    assert _view(world, "bill-shock").capped
    assert world.refusal(world.event(report(DATA, 1, want=None))) == "QUOTA_LIMIT_REACHED"


def test_two_rating_groups_of_one_event_share_what_the_cap_leaves() -> None:
    world = _world(BILL_SHOCK)
    assert (
        world.refusal(world.event(report(DATA, 60, want=None), report(VOICE, 60, want=None)))
        == "QUOTA_LIMIT_REACHED"
    )
    world.do(world.event(report(DATA, 60, want=None), report(VOICE, 40, want=None)))


def test_an_event_leaves_running_sessions_what_they_were_granted_of_the_cap() -> None:
    world = _world(BILL_SHOCK)
    session = world.session(report(DATA, want=80))
    grant = session.created.groups[0].grant
    assert grant is not None
    left = 100 - grant.units
    assert world.refusal(world.event(report(DATA, left + 1, want=None))) == "QUOTA_LIMIT_REACHED"
    _spend(world, left)


def test_a_balance_check_knows_the_cap_and_an_enquiry_only_the_price() -> None:
    world = _world(BILL_SHOCK)
    answers = [
        world.decide(world.event(report(DATA, 101, want=None), action=action))
        for action in (EventAction.CHECK_BALANCE, EventAction.PRICE_ENQUIRY)
    ]
    results = []
    for decided in answers:
        assert isinstance(decided, Decided)
        assert isinstance(decided.answer, ChargingAnswer)
        results.append(decided.answer.groups[0].result)
    assert results == [ResultCode.QUOTA_LIMIT_REACHED, ResultCode.SUCCESS]


def test_after_the_service_a_cap_stops_nothing_any_more() -> None:
    world = _world(HARD_STOP)
    world.do(world.event(report(TEXT, 10, want=None), after_the_service=True))
    view = _view(world, "hard-stop")
    assert (view.value, view.capped) == (eur("0.70"), True)


def test_a_lifted_cap_lets_the_session_that_it_stopped_come_back() -> None:
    world = _world(BILL_SHOCK)
    _spend(world, 100)
    session = world.session(report(DATA))
    assert world.state.sessions[session.ref].rating_groups[DATA].blocked
    answer = world.do(_set("bill-shock", None))
    assert isinstance(answer, CounterAnswer)
    assert (answer.view.cap, answer.view.capped, answer.reauthorised_sessions) == (None, False, 1)
    assert world.last_events == (
        SpendCapChanged("acme", "sub-1", "bill-shock", None, True, "the customer"),
        ReauthorisationRequested(session.ref, (DATA,), "smf-1"),
    )
    assert session.update(report(DATA)).groups[0].grant is not None


def test_a_higher_cap_holds_from_now_on_and_reset_makes_it_the_catalogs() -> None:
    world = _world(BILL_SHOCK)
    world.do(_set("bill-shock", eur("2.00")))
    _spend(world, 150)
    assert (_view(world, "bill-shock").cap, _view(world, "bill-shock").capped) == (eur("2.00"), False)
    world.do(_set("bill-shock", 0, reset=True))
    assert (_view(world, "bill-shock").cap, _view(world, "bill-shock").capped) == (eur("1.00"), True)
    assert world.state.caps == {}


def test_a_cap_of_zero_is_a_cap_and_one_that_leaves_no_room_calls_nobody_back() -> None:
    world = _world(BILL_SHOCK)
    _spend(world, 100)
    world.session(report(DATA))
    answer = world.do(_set("bill-shock", 0))
    assert isinstance(answer, CounterAnswer)
    assert (answer.view.cap, answer.view.capped, answer.reauthorised_sessions) == (0, True, 0)


def test_a_shared_counter_is_the_accounts_and_a_cap_of_ones_own_is_ones_own() -> None:
    world = _world(SHARED)
    _spend(world, 60, "sub-1")
    _spend(world, 40, "sub-2")
    assert [_view(world, "family", who).value for who in ("sub-1", "sub-2")] == [eur("1.00")] * 2
    world.do(_set("family", None, subscriber="sub-2"))
    assert world.refusal(world.event(report(DATA, 1, want=None))) == "QUOTA_LIMIT_REACHED"
    _spend(world, 1, "sub-2")


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (_set("hard-stop", None), "NOT_LIFTABLE"),
        (_set("nothing", None), "COUNTER_UNKNOWN"),
        (_set("bill-shock", None, subscriber="nobody"), "USER_UNKNOWN"),
    ],
)
def test_a_cap_that_is_not_the_subscribers_to_set_stays(command: SetSpendCap, reason: str) -> None:
    world = _world(BILL_SHOCK, HARD_STOP)
    assert world.refusal(command) == reason


def test_only_the_sessions_of_the_one_whose_cap_it_was_are_called_back() -> None:
    world = _world(BILL_SHOCK)
    sessions = {}
    for who in ("sub-1", "sub-2"):
        _spend(world, 100, who)
        sessions[who] = world.session(report(DATA), subscriber=who, when=NOON)
    world.do(_set("bill-shock", None, subscriber="sub-2"))
    told = [event.ref for event in world.last_events if isinstance(event, ReauthorisationRequested)]
    assert told == [sessions["sub-2"].ref]
