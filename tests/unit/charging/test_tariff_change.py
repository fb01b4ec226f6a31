"""A change of price inside a session: the grant says when, and usage comes in two containers (rule 7)."""

from __future__ import annotations

from services.charging.domain.answers import Grant
from tests.support.charging_catalog import (
    DATA,
    EVERY_DAY,
    VOICE,
    band,
    flat,
    group,
    offering,
    per,
    price,
    tariff,
)
from tests.support.charging_world import PlayedSession, World, at, container, eur, report

PEAK = band("peak", (EVERY_DAY, "08:00", "20:00"))
BEFORE, CHANGE, AFTER = at("2026-03-02 07:50"), at("2026-03-02 08:00"), at("2026-03-02 08:10")


def _world(money: str = "10.00", peak: str = "0.10", first: int = 0, then: int = 0) -> World:
    world = World(
        tariff(
            offering(
                "basic",
                price("day", DATA, per(peak), band="peak", first=first, then=then),
                price("rest", DATA, per("0.01"), first=first, then=then),
                price("call-day", VOICE, per("0.02"), band="peak"),
                price("call", VOICE, per("0.01")),
            ),
            bands=[PEAK],
            groups=[group(DATA, initial=100, validity=7_200), group(VOICE, initial=600, validity=7_200)],
        )
    )
    world.open_account(money=eur(money))
    return world


def _grant(session: PlayedSession) -> Grant:
    grant = session.created.groups[0].grant
    assert grant is not None
    return grant


def test_the_grant_names_the_change_and_goes_on_beyond_it() -> None:
    """Two hours of validity from 07:50; the price changes at 08:00 and again at 20:00."""
    grant = _grant(_world().session(report(DATA), when=BEFORE, tariff_time_change=True))
    assert (grant.tariff_time_change, grant.validity_seconds) == (CHANGE, 7_200)


def test_an_element_that_does_not_split_usage_comes_back_at_the_change() -> None:
    grant = _grant(_world().session(report(DATA), when=BEFORE))
    assert (grant.tariff_time_change, grant.validity_seconds) == (None, 600)


def test_volume_before_and_after_comes_in_two_containers_at_two_prices() -> None:
    """30 octets at 0.01 and 50 at 0.10: 0.30 + 5.00."""
    world = _world()
    session = world.session(report(DATA), when=BEFORE, tariff_time_change=True)
    answer = session.update(
        report(DATA, container(DATA, 30, 1, CHANGE), container(DATA, 50, 2, AFTER)), when=AFTER
    )
    assert answer.cost.amount == eur("5.30")
    assert [charge.price_code for charge in world.charges()] == ["rest", "day"]


def test_time_before_and_after_comes_in_two_containers_at_two_prices() -> None:
    """600 s at 0.01 and 600 s at 0.02 is more than the account has: 6.00 + 4.00, and 8.00 owed."""
    world = _world("20.00")
    session = world.session(report(VOICE), when=BEFORE, tariff_time_change=True)
    answer = session.update(
        report(VOICE, container(VOICE, 600, 1, CHANGE), container(VOICE, 600, 2, AFTER)), when=AFTER
    )
    assert answer.cost.amount == eur("18.00")


def test_what_is_held_covers_the_dearer_price_for_all_of_the_grant() -> None:
    """100 octets may all be used after 08:00: 100 x 0.10."""
    world = _world()
    world.session(report(DATA, want=100), when=BEFORE, tariff_time_change=True)
    assert world.reserved() == eur("10.00")


def test_where_the_dearer_price_cannot_be_paid_the_grant_ends_at_the_change() -> None:
    """2.00 pays 200 at 0.01, and not 100 at 0.10."""
    grant = _grant(_world("2.00").session(report(DATA, want=100), when=BEFORE, tariff_time_change=True))
    assert (grant.units, grant.tariff_time_change, grant.validity_seconds) == (100, None, 600)


def test_begun_increments_on_both_sides_are_covered() -> None:
    """In steps of 60: 61 and 39 count as 120 and 60. The worst split of 100 must not overdraw."""
    world = _world("30.00", first=60, then=60)
    session = world.session(report(DATA, want=100), when=BEFORE, tariff_time_change=True)
    assert _grant(session).tariff_time_change == CHANGE
    held = world.reserved()
    for before in (0, 1, 39, 61, 99, 100):
        other = _world("30.00", first=60, then=60)
        talk = other.session(report(DATA, want=100), when=BEFORE, tariff_time_change=True)
        containers = [container(DATA, before, 1, CHANGE), container(DATA, 100 - before, 2, AFTER)]
        assert talk.release(report(DATA, *containers, want=None), when=AFTER).cost.amount <= held


def test_a_flat_price_never_goes_over_a_change() -> None:
    """Twice 1.00 would be charged for one grant."""
    world = World(
        tariff(
            offering(
                "basic", price("day", DATA, flat("1.00"), band="peak"), price("rest", DATA, flat("1.00"))
            ),
            bands=[PEAK],
        )
    )
    world.open_account()
    grant = _grant(world.session(report(DATA), when=BEFORE, tariff_time_change=True))
    assert (grant.tariff_time_change, grant.validity_seconds) == (None, 600)
