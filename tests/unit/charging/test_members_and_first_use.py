"""Shared buckets with a limit for each member, and buckets whose time begins with the first use."""

from __future__ import annotations

from services.charging.domain.apply import member_counter
from services.charging.domain.events import BucketStarted
from services.common.kernel.clock import DAY, Instant
from tests.support.charging_catalog import DATA, allowance, offering, per, price, tariff
from tests.support.charging_world import NOON, World, at, eur, later, report

CENT = price("data", DATA, per("0.01"))
FAMILY = "acme/family/shared"


def _family(limit: int = 300) -> World:
    world = World(
        tariff(
            offering("family", CENT, allowances=[allowance("shared", 1_000, shared=True, member_limit=limit)])
        )
    )
    world.open_account(offerings=("family",), subscribers=("one", "two"), money=eur("5.00"))
    return world


def test_a_member_uses_no_more_than_their_limit_and_then_pays() -> None:
    """400 by one: 300 from the family's, 100 at 0.01. The other one still has 300."""
    world = _family()
    one = world.session(report(DATA, want=None), subscriber="one").release(report(DATA, 400, want=None))
    assert (one.cost.from_allowances, one.cost.amount) == ((("octets", 300),), eur("1.00"))
    two = world.session(report(DATA, want=None), subscriber="two").release(report(DATA, 250, want=None))
    assert two.cost.amount == 0
    assert world.bucket(FAMILY).balance == 450


def test_two_sessions_of_a_member_cannot_hold_more_than_the_limit() -> None:
    world = _family()
    for _ in range(2):
        world.session(report(DATA, want=250), subscriber="one")
    assert world.bucket(FAMILY).reserved <= 300


def test_what_a_member_used_is_kept_with_the_bucket() -> None:
    world = _family()
    session = world.session(report(DATA, want=None), subscriber="one")
    session.update(report(DATA, 120, want=None))
    session.release(report(DATA, 30, want=None))
    (count,) = world.state.counters["one", member_counter(FAMILY)]
    assert count.value == 150


def _weekend() -> World:
    bucket = allowance("days", 1_000, days=3, from_first_use=True)
    world = World(tariff(offering("pass", CENT, allowances=[bucket])))
    world.open_account(offerings=("pass",), money=eur("50.00"))
    return world


def test_three_days_begin_with_the_first_use() -> None:
    world = _weekend()
    bucket_id = "sub-1/pass/days"
    assert (world.bucket(bucket_id).valid_until, world.bucket(bucket_id).days_from_first_use) == (None, 3)
    first = at("2026-03-20 09:00")
    session = world.session(report(DATA, want=None), when=first)
    session.release(report(DATA, 10, want=None), when=later(first, 60))
    assert [event for event in world.last_events if isinstance(event, BucketStarted)] == [
        BucketStarted("acme", bucket_id, Instant(first + 3 * DAY))
    ]
    assert world.bucket(bucket_id).valid_until == first + 3 * DAY


def test_a_second_use_moves_the_end_no_further_and_after_it_money_pays() -> None:
    world = _weekend()
    session = world.session(report(DATA, want=None), when=NOON)
    session.update(report(DATA, 10, want=None), when=later(NOON, 60))
    end = world.bucket("sub-1/pass/days").valid_until
    session.update(report(DATA, 10, want=None), when=later(NOON, 86_400))
    assert world.bucket("sub-1/pass/days").valid_until == end
    session.update(report(DATA, want=None), when=later(NOON, 4 * 86_400))
    assert session.update(report(DATA, 10), when=later(NOON, 4 * 86_400 + 60)).cost.amount == eur("0.10")
