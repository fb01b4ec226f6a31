"""Charging sessions: Create, Update, Release, expiry, and what each of them is refused for."""

from __future__ import annotations

import pytest

from services.charging.domain import commands
from services.charging.domain.commands import Container, Invocation, Measure, Report
from services.charging.domain.events import BucketMoved, MovementReason, SessionClosed, UsageRefused
from services.common.kernel.clock import Instant
from services.common.kernel.quantity import OCTETS, SECONDS
from tests.support.charging_catalog import DATA, TEXT, VIDEO, VOICE, offering, per, price, tariff
from tests.support.charging_world import NOON, World, at, container, eur, later, report

PRICES = (
    price("data", DATA, per("0.01"), zones=["home"]),
    price("roaming", DATA, per("0.10"), zones=["eu"]),
    price("voice", VOICE, per("0.02")),
)


def _world(money: str = "10.00", default: int | None = None) -> World:
    world = World(tariff(offering("basic", *PRICES), default_rating_group=default))
    world.open_account(money=eur(money))
    return world


def test_a_session_may_begin_without_any_usage() -> None:
    world = _world()
    session = world.session()
    assert (session.created.groups, session.created.cost.amount) == ((), 0)
    assert session.created.ref == session.ref
    assert session.update(report(DATA, 3)).cost.amount == eur("0.03")


def test_an_unknown_subscriber_or_session_is_named_as_such() -> None:
    world = _world()
    invocation = Invocation(0, NOON, ())
    assert world.refusal(commands.CreateSession("sub-9", "smf-1", "c-1", invocation)) == "USER_UNKNOWN"
    assert world.refusal(commands.UpdateSession("s-9", invocation)) == "CONTEXT_NOT_FOUND"


def test_one_rating_group_that_cannot_be_rated_hides_no_other() -> None:
    world = _world()
    session = world.session(report(DATA), report(VIDEO), report(99), report(VOICE))
    assert [(group.rating_group, group.result.name) for group in session.created.groups] == [
        (DATA, "SUCCESS"),
        (VIDEO, "RATING_FAILED"),
        (99, "RATING_FAILED"),
        (VOICE, "SUCCESS"),
    ]
    answer = session.update(report(VIDEO, 7), report(DATA, 5), report(99, 1), report(VOICE, 5))
    assert [group.cost.amount for group in answer.groups] == [0, eur("0.05"), 0, eur("0.10")]
    assert [event.rating_group for event in world.last_events if isinstance(event, UsageRefused)] == [VIDEO]


def test_a_rating_group_may_stand_in_a_request_once() -> None:
    world = _world(default=DATA)
    session = world.session()
    twice = (report(DATA, 1), report(DATA, 2))
    assert world.refusal(session.command(*twice)) == "RATING_GROUP_REPEATED"
    unnamed = Report(None, None, (container(DATA, 1),))
    assert world.refusal(session.command(report(DATA, 1), unnamed)) == "RATING_GROUP_REPEATED"


def test_a_report_without_rating_group_means_the_catalog_s_default() -> None:
    unnamed = Report(None, Measure(), (Container(Measure(uplink_octets=2, downlink_octets=3)),))
    session = _world(default=DATA).session()
    answer = session.update(unnamed)
    assert (answer.groups[0].rating_group, answer.cost.amount) == (DATA, eur("0.05"))
    world = _world()
    assert world.refusal(world.session().command(unnamed)) == "FIELD_MISSING"


@pytest.mark.parametrize(
    ("measure", "unit", "units"),
    [
        (Measure(total_octets=9, uplink_octets=1, downlink_octets=2), OCTETS, 9),
        (Measure(uplink_octets=1, downlink_octets=2), OCTETS, 3),
        (Measure(downlink_octets=2), OCTETS, 2),
        (Measure(time_seconds=7), OCTETS, None),
        (Measure(time_seconds=7, total_octets=9), SECONDS, 7),
        (Measure(specific_units=4), "kilometres", 4),
    ],
)
def test_a_measure_is_counted_in_the_rating_group_s_unit(
    measure: Measure, unit: str, units: int | None
) -> None:
    assert measure.units(unit) == units


def test_a_number_may_be_left_out_but_not_repeated_or_passed() -> None:
    world = _world()
    session = world.session(sequence=3)
    for number in (2, 3):
        refused = session.command(report(DATA, 1), sequence=number)
        assert world.refusal(refused) == "SEQUENCE_NUMBER_PASSED"
    world.do(session.command(report(DATA, 1), sequence=9))
    assert world.refusal(session.command(report(DATA, 1), sequence=9)) == "SEQUENCE_NUMBER_PASSED"
    assert world.money() == eur("9.99")


def test_a_container_whose_local_number_was_seen_is_not_charged_again() -> None:
    world = _world()
    session = world.session()
    first = session.update(report(DATA, container(DATA, 10, 1), container(DATA, 20, 2)))
    again = session.update(report(DATA, container(DATA, 20, 2), container(DATA, 5, 3)))
    assert (first.cost.amount, again.cost.amount) == (eur("0.30"), eur("0.05"))


def test_a_container_from_the_future_does_not_take_the_clock_along() -> None:
    world = _world()
    session = world.session()
    future = Instant(NOON + 10**15)
    session.update(report(DATA, container(DATA, 1, 1, future)), when=later(NOON, 60))
    assert world.state.sessions[session.ref].rating_groups[DATA].last_report_at == later(NOON, 60)


def test_a_clock_that_runs_backwards_does_not_move_a_session_back() -> None:
    world = _world()
    session = world.session(when=NOON)
    session.update(report(DATA, 1), when=later(NOON, -600))
    assert world.state.sessions[session.ref].last_report_at == NOON
    assert world.charges()[0].used_until == NOON


def test_release_charges_the_last_usage_and_gives_everything_back() -> None:
    world = _world()
    session = world.session(report(DATA, want=100), report(VOICE, want=50))
    assert world.reserved() == eur("2.00")
    answer = session.release(report(DATA, 30))
    assert (answer.cost.amount, answer.groups[0].grant) == (eur("0.30"), None)
    assert (world.money(), world.reserved(), world.state.sessions) == (eur("9.70"), 0, {})
    assert world.state.account_sessions == {}
    assert world.refusal(session.command(report(DATA, 1))) == "CONTEXT_NOT_FOUND"


def test_reporting_one_rating_group_leaves_what_is_held_for_the_other() -> None:
    world = _world()
    session = world.session(report(DATA, want=100), report(VOICE, want=50))
    session.update(report(DATA, 100, want=None))
    assert (world.money(), world.reserved()) == (eur("9.00"), eur("1.00"))


def test_a_silent_session_expires_after_twice_its_validity_and_gives_back() -> None:
    world = _world()
    session = world.session(report(DATA, want=100))
    expire = commands.ExpireSession(session.ref)
    world.clock.advance(2 * 3_600 - 1)
    assert world.refusal(expire) == "CONTEXT_NOT_FOUND"
    world.clock.advance(1)
    world.do(expire)
    assert (world.money(), world.reserved()) == (eur("10.00"), 0)
    moved = [event for event in world.last_events if isinstance(event, BucketMoved)]
    assert [(event.reason, event.delta) for event in moved] == [(MovementReason.EXPIRED, 0)]
    assert isinstance(world.last_events[-1], SessionClosed)


def test_a_report_puts_the_expiry_off_and_a_shorter_validity_never_cuts_it_short() -> None:
    world = _world()
    session = world.session(report(DATA, want=100))
    first = world.state.sessions[session.ref].expires_at
    world.clock.advance(1_000)
    session.update(report(DATA, 1))
    assert world.state.sessions[session.ref].expires_at == later(first, 1_000)
    session.update()
    assert world.state.sessions[session.ref].expires_at >= later(first, 1_000)


def test_a_change_of_network_prices_the_past_by_the_old_zone_and_the_grant_by_the_new() -> None:
    world = _world()
    session = world.session(report(DATA, want=10), plmn="26201")
    assert world.reserved() == eur("0.10")
    answer = session.update(report(DATA, 10, want=10), plmn="20801")
    assert (answer.cost.amount, world.reserved()) == (eur("0.10"), eur("1.00"))
    answer = session.update(report(DATA, 10, want=None))
    assert answer.cost.amount == eur("1.00"), "a request that names no network changes none"


def test_a_session_before_any_subscription_began_is_denied() -> None:
    world = _world()
    early = world.session(report(DATA), when=at("2026-02-28 12:00"))
    assert early.created.groups[0].result.name == "END_USER_SERVICE_DENIED"


def test_an_update_that_wants_nothing_is_granted_nothing() -> None:
    world = _world()
    session = world.session(report(DATA, want=100))
    answer = session.update(report(DATA, 10, want=0), report(TEXT, want=None))
    assert [(group.result.name, group.grant) for group in answer.groups] == [("SUCCESS", None)] * 2
    assert (world.money(), world.reserved()) == (eur("9.90"), 0)
