"""How much is granted, for how long, what is held for it, and when the last units are final."""

from __future__ import annotations

import pytest
from tidemark.catalog.v1 import catalog_pb2

from services.charging.domain.answers import ChargingAnswer, Grant
from services.charging.domain.rating.tariff import FinalUnitAction
from tests.support.charging_catalog import (
    DATA,
    FREE,
    VIDEO,
    VOICE,
    allowance,
    group,
    offering,
    per,
    price,
    tariff,
    tiers,
)
from tests.support.charging_world import CHARGING_DECIDES, NOON, Anything, World, at, eur, later, report

CENT = price("data", DATA, per("0.01"))


def _grant(answer: ChargingAnswer, index: int = 0) -> Grant:
    grant = answer.groups[index].grant
    assert grant is not None, answer.groups[index]
    return grant


def _world(
    money: str,
    *prices: catalog_pb2.ProductOfferingPrice,
    policy: catalog_pb2.RatingGroup | None = None,
    credit: str = "0.00",
    allowances: tuple[catalog_pb2.Allowance, ...] = (),
) -> World:
    """The quota policy of DATA: 1,000 at first, at least 10, at most 100,000, for an hour."""
    groups = [] if policy is None else [policy]
    world = World(tariff(offering("basic", *(prices or (CENT,)), allowances=allowances), groups=groups))
    world.open_account(money=eur(money), credit=eur(credit))
    return world


@pytest.mark.parametrize(
    ("want", "units"),
    [(CHARGING_DECIDES, 1_000), (1, 1), (500, 500), (1_000_000, 100_000)],
)
def test_a_grant_is_what_was_asked_for_up_to_the_policy_s_most(want: int | Anything, units: int) -> None:
    world = _world("100000.00")
    grant = _grant(world.session(report(DATA, want=want)).created)
    assert (grant.units, grant.final, grant.holding_seconds) == (units, None, 60)
    assert world.reserved() == units * eur("0.01")


def test_an_smf_that_always_asks_for_a_million_gets_what_can_be_paid() -> None:
    """Open5GS: 1,000,000 octets whatever comes; 8 EUR at a cent an octet are 800, half of them now."""
    world = _world("8.00", policy=group(DATA, maximum=10_000_000))
    session = world.session(report(DATA, want=1_000_000))
    assert _grant(session.created).units == 400
    assert world.reserved() == eur("4.00")


def test_a_scarce_balance_is_granted_by_halves_to_the_final_units() -> None:
    """100 cents: 50, then half of what is left, until less than the policy's least is at stake."""
    world = _world("1.00")
    session = world.session(report(DATA))
    grants = [_grant(session.created)]
    while grants[-1].final is None:
        grants.append(_grant(session.update(report(DATA, grants[-1].units))))
    assert [grant.units for grant in grants] == [50, 25, 12, 10, 3]
    assert [grant.threshold_units > 0 for grant in grants] == [True, True, True, True, False]
    answer = session.update(report(DATA, 3))
    assert (answer.groups[0].result.name, answer.groups[0].grant) == ("QUOTA_LIMIT_REACHED", None)
    assert (world.money(), world.reserved()) == (0, 0)


def test_units_are_final_only_where_nothing_else_is_reserved() -> None:
    world = _world("0.20")
    first = world.session(report(DATA, want=5))
    second = world.session(report(DATA, want=100))
    third = world.session(report(DATA, want=100))
    assert [_grant(item.created).units for item in (first, second, third)] == [5, 10, 5]
    assert [_grant(item.created).final for item in (first, second, third)] == [None, None, None]
    second.release()
    third.release()
    first.release()
    assert _grant(world.session(report(DATA, want=20)).created).units == 10
    alone = _world("0.07").session(report(DATA, want=100))
    assert (_grant(alone.created).units, _grant(alone.created).final) == (7, FinalUnitAction.TERMINATE)


def test_final_units_name_what_the_element_must_do_then() -> None:
    policy = group(
        DATA, action=catalog_pb2.FINAL_UNIT_ACTION_REDIRECT, address="https://top-up.example/", validity=600
    )
    world = _world("0.05", policy=policy)
    session = world.session(report(DATA))
    grant = _grant(session.created)
    assert (grant.final, grant.redirect_address) == (FinalUnitAction.REDIRECT, "https://top-up.example/")
    refused = session.update(report(DATA, 5)).groups[0]
    assert (refused.final_action, refused.redirect_address, refused.retry_seconds) == (
        FinalUnitAction.REDIRECT,
        "https://top-up.example/",
        600,
    )


def test_an_empty_account_may_answer_the_first_request_with_no_grant() -> None:
    world = _world("0.00")
    session = world.session(report(DATA))
    assert session.created.groups[0].result.name == "QUOTA_LIMIT_REACHED"
    assert world.state.sessions[session.ref].rating_groups[DATA].blocked


@pytest.mark.parametrize(
    ("used", "seconds", "units", "threshold"),
    [
        # 3,000 in 300 s: the same again; what burns in 10 s is 100, that is below a twentieth.
        (3_000, 300, 3_000, 150),
        # 3,000 in 10 s: five minutes of it are 90,000; 10 s are 3,000, below a twentieth.
        (3_000, 10, 90_000, 4_500),
        # A flood: the policy's most; ten seconds would be more than half of it.
        (1_000_000, 10, 100_000, 50_000),
        # A trickle: the policy's least.
        (1, 3_000, 10, 1),
    ],
)
def test_a_grant_of_charging_s_choice_lasts_five_minutes_at_the_present_rate(
    used: int, seconds: int, units: int, threshold: int
) -> None:
    world = _world("1000000.00")
    session = world.session(report(DATA))
    grant = _grant(session.update(report(DATA, used), when=later(NOON, seconds)))
    assert (grant.units, grant.threshold_units) == (units, threshold)


def test_without_a_rate_a_fifth_must_be_left_when_the_element_comes_back() -> None:
    assert _grant(_world("1000.00").session(report(DATA)).created).threshold_units == 200


def test_a_grant_ends_with_the_bucket_that_pays_for_it() -> None:
    world = _world("100.00", allowances=(allowance("week", 5_000, days=7),))
    end = at("2026-03-08 00:00")
    session = world.session(report(DATA), when=later(end, -90))
    assert _grant(session.created).validity_seconds == 90
    answer = session.update(report(DATA, 100), when=end)
    assert answer.cost.amount == 0, "used before the end"
    assert _grant(answer).validity_seconds == 3_600
    assert session.update(report(DATA, 100), when=later(end, 60)).cost.amount == eur("1.00")


def test_what_is_rounded_up_already_is_granted_without_money() -> None:
    """One second of a minute that is paid: the other 59 cost nothing more; half of them come."""
    world = _world("0.60", price("voice", VOICE, per("0.01"), first=60, then=60))
    session = world.session(report(VOICE, want=60))
    grant = _grant(session.update(report(VOICE, 1, want=100)))
    assert (grant.units, world.money(), world.reserved()) == (29, 0, 0)


def test_a_grant_is_reserved_at_the_steps_it_will_reach() -> None:
    """15 units used of a tier of 20 at 0.10; ten more are 5 at 0.10 and 5 at 0.01."""
    world = _world("100.00", price("data", DATA, tiers((20, "0.10"), (None, "0.01"))))
    session = world.session(report(DATA, want=15))
    session.update(report(DATA, 15, want=10))
    assert world.reserved() == eur("0.55")


def test_allowances_are_held_first_and_money_for_the_rest() -> None:
    world = _world("100.00", allowances=(allowance("small", 30),))
    world.session(report(DATA, want=50))
    assert (world.bucket("sub-1/basic/small").reserved, world.reserved()) == (30, eur("0.20"))


def test_free_usage_is_granted_to_an_empty_account_and_holds_nothing() -> None:
    world = _world("0.00", price("data", DATA, FREE))
    grant = _grant(world.session(report(DATA)).created)
    assert (grant.units, grant.final, world.reserved()) == (1_000, None, 0)


def test_credit_is_granted_like_money() -> None:
    world = _world("0.00", credit="100.00")
    session = world.session(report(DATA, want=1_000))
    assert _grant(session.created).units == 1_000
    session.release(report(DATA, 1_000))
    assert world.money() == -eur("10.00")


def test_rating_groups_of_one_request_share_what_is_left() -> None:
    world = _world("1.00", CENT, price("video", VIDEO, per("0.01")))
    answer = world.session(report(DATA), report(VIDEO)).created
    assert [_grant(answer, index).units for index in (0, 1)] == [50, 25]
    assert world.reserved() == eur("0.75")


def test_usage_is_charged_even_where_nothing_is_left_and_the_debt_is_recorded() -> None:
    world = _world("1.00", allowances=(allowance("small", 30),))
    session = world.session(report(DATA, want=10))
    answer = session.update(report(DATA, 200))
    assert answer.groups[0].result.name == "QUOTA_LIMIT_REACHED"
    assert answer.cost.amount == eur("1.70")
    assert (world.money(), world.bucket("sub-1/basic/small").balance) == (-eur("0.70"), 0)
    assert [charge.overdrawn for charge in world.charges()] == [eur("0.70")]


def test_an_overrun_never_takes_the_units_held_for_another_session() -> None:
    world = _world("0.00", allowances=(allowance("own", 100),))
    held = world.session(report(DATA, want=40))
    greedy = world.session(report(DATA, want=30))
    greedy.update(report(DATA, 500, want=None))
    assert (world.bucket("sub-1/basic/own").balance, world.bucket("sub-1/basic/own").reserved) == (40, 40)
    answer = held.release(report(DATA, 40))
    assert (answer.cost.amount, answer.cost.from_allowances) == (0, (("octets", 40),))
    assert world.bucket("sub-1/basic/own").balance == 0


def test_an_overrun_is_recorded_once_and_at_who_overran() -> None:
    """10 EUR, of which 5 are held by one; the other uses 8, so 3 are owed, and by the other."""
    world = _world("10.00", CENT, policy=group(DATA, minimum=1))
    careful = world.session(report(DATA, want=500))
    greedy = world.session(report(DATA, want=200))
    assert world.reserved() == eur("7.00")
    greedy.release(report(DATA, 800))
    careful.release(report(DATA, 500))
    assert world.money() == -eur("3.00")
    assert [charge.overdrawn for charge in world.charges()] == [eur("3.00"), 0]
