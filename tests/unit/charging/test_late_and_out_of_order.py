"""Reports that come late, twice, or in another order: each unit is charged once, come what may."""

from __future__ import annotations

from services.charging.domain import commands
from services.charging.domain.apply.entry import LATE_REPORT_RETENTION
from services.charging.domain.events import SessionClosed, SessionResumed
from services.common.kernel.clock import SECOND
from tests.support.charging_catalog import BERLIN, DATA, band, offering, per, price, tariff
from tests.support.charging_world import PlayedSession, World, at, container, eur, later, report

CENT = price("data", DATA, per("0.01"))
NIGHT_DAY = band("night", (range(1, 8), "00:00", "06:00"))


def _world() -> tuple[World, PlayedSession]:
    world = World(tariff(offering("basic", CENT)))
    world.open_account()
    return world, world.session(report(DATA))


def _expire(world: World, session: PlayedSession) -> None:
    due = world.state.sessions[session.ref].expires_at
    world.clock.time = later(due, 1)
    world.do(commands.ExpireSession(session.ref))


def test_a_number_left_out_may_still_come_and_is_charged_once() -> None:
    world, session = _world()
    session.update(report(DATA, 10), sequence=3)
    assert world.state.sessions[session.ref].missing_sequences == (1, 2)
    late = session.update(report(DATA, 7), sequence=1)
    assert late.cost.amount == eur("0.07")
    assert world.charges()[-1].late
    assert world.state.sessions[session.ref].missing_sequences == (2,)
    assert world.refusal(session.command(report(DATA, 7), sequence=1)) == "SEQUENCE_NUMBER_PASSED"
    assert session.update(report(DATA, 5), sequence=4).cost.amount == eur("0.05")
    assert world.money() == eur("9.78")


def test_a_late_number_grants_nothing_and_keeps_the_running_grant() -> None:
    world, session = _world()
    session.update(report(DATA, 10), sequence=3)
    before = world.state.sessions[session.ref]
    answer = session.update(report(DATA, 7, want=50), sequence=2)
    after = world.state.sessions[session.ref]
    assert answer.groups[0].grant is None
    assert after.rating_groups[DATA].granted_units == before.rating_groups[DATA].granted_units
    assert after.rating_groups[DATA].reservations == before.rating_groups[DATA].reservations
    assert (after.last_sequence, after.last_report_at) == (3, before.last_report_at)


def test_a_late_report_is_priced_by_its_own_time() -> None:
    """0.05 by night, 0.01 by day. What was used at 05:50 and told last costs the night's price."""
    world = World(
        tariff(
            offering("basic", CENT, price("night", DATA, per("0.05"), band="night")),
            bands=[NIGHT_DAY],
        )
    )
    world.open_account()
    session = world.session(report(DATA), when=at("2026-03-02 05:45"))
    session.update(report(DATA, 10), when=at("2026-03-02 06:30"), sequence=2)
    late = session.update(report(DATA, 4), when=at("2026-03-02 05:50"), sequence=1)
    assert late.cost.amount == eur("0.20")


def test_containers_out_of_order_are_charged_once_each() -> None:
    world, session = _world()
    session.update(report(DATA, container(DATA, 1, 5)))
    session.update(report(DATA, container(DATA, 10, 8)))
    assert world.state.sessions[session.ref].rating_groups[DATA].missing_local_sequences == (6, 7)
    session.update(report(DATA, container(DATA, 100, 6), container(DATA, 10, 8), container(DATA, 1, 4)))
    assert world.money() == eur("10.00") - eur("1.11")


def test_a_session_that_expired_is_woken_by_a_late_report() -> None:
    world, session = _world()
    _expire(world, session)
    assert (session.ref in world.state.sessions, world.reserved()) == (False, 0)
    answer = session.update(report(DATA, 20))
    assert isinstance(world.last_events[0], SessionResumed)
    assert answer.cost.amount == eur("0.20")
    assert answer.groups[0].grant is not None
    assert world.charges()[-1].late
    assert session.ref in world.state.account_sessions["acme"]
    session.update(report(DATA, 1))
    assert not world.charges()[-1].late


def test_a_late_release_is_charged_and_ends_the_session_for_good() -> None:
    world, session = _world()
    _expire(world, session)
    session.release(report(DATA, 3, want=None))
    assert isinstance(world.last_events[-1], SessionClosed)
    assert world.money() == eur("9.97")
    assert not world.state.expired
    assert world.refusal(session.command(report(DATA, 1))) == "CONTEXT_NOT_FOUND"


def test_an_expired_session_is_forgotten_after_its_time() -> None:
    world, session = _world()
    _expire(world, session)
    world.clock.advance(LATE_REPORT_RETENTION // SECOND + 1)
    world.session(report(DATA), when=world.clock.now())
    assert not world.state.expired
    assert world.refusal(session.command(report(DATA, 1))) == "CONTEXT_NOT_FOUND"


def test_after_a_container_without_a_price_the_others_are_charged_all_the_same() -> None:
    """Sold by night only: the container that lies in the day has no price, the one after it has."""
    world = World(
        tariff(offering("basic", price("night", DATA, per("0.05"), band="night")), bands=[NIGHT_DAY])
    )
    world.open_account()
    session = world.session(report(DATA), when=at("2026-03-02 23:00", BERLIN))
    midnight, dawn = at("2026-03-03 00:00"), at("2026-03-03 05:00")
    answer = session.update(
        report(DATA, container(DATA, 9, 1, midnight), container(DATA, 4, 2, dawn)), when=dawn
    )
    assert answer.groups[0].result.name == "RATING_FAILED"
    assert answer.groups[0].cost.amount == 0
    again = session.update(report(DATA, container(DATA, 4, 2, dawn)), when=at("2026-03-03 05:30"))
    assert again.cost.amount == eur("0.20")


def test_two_undated_containers_share_the_interval_and_its_price() -> None:
    world = World(
        tariff(
            offering("basic", CENT, price("night", DATA, per("0.05"), band="night")),
            bands=[NIGHT_DAY],
        )
    )
    world.open_account()
    session = world.session(report(DATA), when=at("2026-03-02 05:45"))
    answer = session.update(
        report(DATA, container(DATA, 2, 1), container(DATA, 2, 2)), when=at("2026-03-02 06:15")
    )
    assert answer.cost.amount == eur("0.20")
    assert session.update(report(DATA, 2), when=later(at("2026-03-02 06:15"), 60)).cost.amount == eur("0.02")
