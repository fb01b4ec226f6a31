"""Subscribing and giving up: what is charged and opened, what may be had twice, what ends with what."""

from __future__ import annotations

import pytest
from tidemark.catalog.v1 import pricing_pb2

from services.charging.domain import commands
from services.charging.domain.events import (
    BalanceCorrected,
    BucketClosed,
    ReauthorisationRequested,
)
from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.subscriptions import commands as subscription_commands
from tests.support.charging_catalog import DATA, VIDEO, allowance, offering, per, price, tariff
from tests.support.charging_world import NOON, at, eur, later, report
from tests.support.subscribed import MONTHLY, Shop, fee, sums

BASIC = offering("basic", price("data", DATA, per("0.01")), price("video", VIDEO, per("0.01")))
PLAN = offering(
    "plan",
    fees=[fee("set-up", "2.00", once=True), fee("monthly", "10.00", suspends=True)],
    period=MONTHLY,
    allowances=[allowance("gigabyte", 1_000, renews=True)],
)
BOOSTER = offering(
    "booster", fees=[fee("price", "3.00", once=True)], days=7, allowances=[allowance("extra", 500, days=7)]
)
MUSIC = offering("music", period=MONTHLY, fees=[fee("monthly", "4.00")])
NEWS = offering("news", allowances=[allowance("pages", 50)])
BUNDLE = offering(
    "bundle", includes=["basic"], choice=(1, 2, ("music", "news")), fees=[fee("bundle", "1.00", once=True)]
)
FAMILY = offering("family", allowances=[allowance("pot", 900, shared=True)], period=MONTHLY)


def _shop(*offerings: str, money: str = "100.00") -> Shop:
    shop = Shop(tariff(BASIC, PLAN, BOOSTER, MUSIC, NEWS, BUNDLE, FAMILY))
    shop.open(*offerings, when=NOON, money=money)
    return shop


def test_subscribing_charges_the_first_fees_and_fills_the_allowances() -> None:
    shop = _shop("basic")
    answer = shop.take("plan")
    # 2.00 once and 10.00 for the first month.
    assert answer.fees == eur("12.00")
    assert answer.charge_ids == tuple(item.charge_id for item in shop.fees())
    assert shop.money() == eur("88.00")
    assert shop.units() == {"sub-1/plan/gigabyte": 1_000}
    held = shop.held("plan")
    assert (held.period_start, held.period_end, held.period_number) == (NOON, at("2026-04-02 12:00"), 0)
    assert answer.views[0].subscribers[0].subscriptions[-1] == held
    assert [event.reference for event in shop.last_events if isinstance(event, BalanceCorrected)] == [
        "order-1"
    ]


def test_what_is_taken_now_has_begun_for_an_element_whose_clock_is_behind() -> None:
    shop = _shop("basic")
    order = subscription_commands.Subscribe("sub-1", "plan", (), None)
    shop.do(order)
    held = shop.held("plan")
    assert held.started_at == held.period_start == later(NOON, -10)
    assert shop.bucket("sub-1/plan/gigabyte").valid_from == later(NOON, -10)


def test_what_is_taken_just_after_midnight_does_not_begin_the_day_before() -> None:
    shop = _shop("basic")
    shop.clock.time = at("2026-04-01 00:00:04")
    shop.do(subscription_commands.Subscribe("sub-1", "plan", (), None))
    assert shop.held("plan").started_at == at("2026-04-01 00:00:00")


def test_an_offering_with_periods_is_had_once() -> None:
    shop = _shop("plan")
    assert shop.refusal(shop.order("plan")) == "ALREADY_SUBSCRIBED"


def test_a_booster_may_be_taken_again_and_lasts_as_long_as_the_longer() -> None:
    shop = _shop("basic")
    shop.take("booster")
    shop.move_to(later(NOON, 3 * 86_400))
    shop.take("booster")
    assert shop.paid() == sums(["3.00", "3.00"])
    second = f"sub-1/booster/extra#0-{len(shop.entries)}-1"
    assert shop.units() == {"sub-1/booster/extra": 500, second: 500}
    assert shop.bucket("sub-1/booster/extra").valid_until == at("2026-03-09 12:00")
    assert shop.bucket(second).valid_until == shop.held("booster").ends_at == at("2026-03-12 12:00")
    assert len(shop.state.subscribers["sub-1"].subscriptions) == 2
    assert shop.held("booster").started_at == NOON, "had since the first"
    shop.move_to(at("2026-03-12 12:00"))
    assert not shop.has("booster")


def test_what_cannot_be_paid_is_refused_with_what_is_missing() -> None:
    shop = _shop("basic", money="11.99")
    outcome = shop.decide(shop.order("plan"))
    assert outcome.reason.name == "BALANCE_INSUFFICIENT"  # type: ignore[union-attr]
    metadata = outcome.metadata  # type: ignore[union-attr]
    assert metadata == {"available": str(eur("11.99")), "required": str(eur("12.00"))}
    shop.do(subscription_commands.SetCreditLimit("acme", "EUR", eur("0.01"), "trusted", "care-1"))
    shop.take("plan")
    assert shop.money() == -eur("0.01")


def test_money_held_for_a_session_pays_no_fee() -> None:
    shop = _shop("basic", money="12.00")
    shop.session(report(DATA, want=100))
    assert shop.refusal(shop.order("plan")) == "BALANCE_INSUFFICIENT"


@pytest.mark.parametrize(
    ("offering_code", "chosen", "reason"),
    [
        ("nothing", (), "OFFERING_UNKNOWN"),
        ("bundle", (), "CHOICE_INVALID"),
        ("bundle", ("plan",), "CHOICE_INVALID"),
    ],
)
def test_an_order_is_refused_with_its_reason(
    offering_code: str, chosen: tuple[str, ...], reason: str
) -> None:
    shop = _shop("basic")
    assert shop.refusal(shop.order(offering_code, chosen=chosen)) == reason
    assert shop.refusal(shop.order("plan", subscriber="nobody")) == "USER_UNKNOWN"
    assert Shop().refusal(shop.order("plan")) == "USER_UNKNOWN"


def test_a_bundle_brings_its_members_and_leaves_alone_what_is_had_already() -> None:
    shop = _shop("music")
    assert shop.paid() == sums(["4.00"])
    shop.take("bundle", chosen=("music", "news"))
    # The bundle's own fee; music is had already, with its period, and not paid again.
    assert shop.paid() == sums(["4.00", "1.00"])
    codes = {item.offering_code for item in shop.state.subscribers["sub-1"].subscriptions}
    assert codes == {"music", "bundle", "basic", "news"}
    assert shop.units() == {"sub-1/news/pages": 50}


def test_a_bundle_that_is_given_up_takes_its_members_along() -> None:
    shop = _shop("basic")
    shop.take("bundle", chosen=("news",))
    shop.take("plan")
    shop.cancel("bundle")
    assert [item.offering_code for item in shop.state.subscribers["sub-1"].subscriptions] == ["plan"]
    assert shop.bucket("sub-1/news/pages").valid_until == NOON


def test_a_member_stays_that_another_bundle_brings_too() -> None:
    other = offering("other", includes=["basic", "news"])
    shop = Shop(tariff(BASIC, PLAN, MUSIC, NEWS, BUNDLE, other))
    shop.open("other", when=NOON)
    shop.take("bundle", chosen=("music",))
    shop.cancel("bundle")
    codes = [item.offering_code for item in shop.state.subscribers["sub-1"].subscriptions]
    assert codes == ["other", "basic", "news"]


def test_who_owes_may_still_take_what_is_free() -> None:
    shop = Shop(tariff(offering("dear", fees=[fee("monthly", "50.00")], period=MONTHLY), NEWS))
    shop.open("dear", when=NOON, money="10.00")
    assert shop.money() == -eur("40.00")
    shop.take("news")
    assert shop.has("news")


def test_given_up_at_once_nothing_is_paid_back_and_the_allowance_ends() -> None:
    shop = _shop("basic", "plan")
    shop.move_to(later(NOON, 86_400))
    shop.cancel("plan")
    assert not shop.has("plan")
    assert shop.money() == eur("88.00")
    ended = shop.bucket("sub-1/plan/gigabyte")
    assert ended.valid_until == shop.clock.now()
    assert not ended.serves("sub-1", DATA, Circumstances(zone="home"), shop.clock.now())
    assert shop.refusal(subscription_commands.CancelSubscription("sub-1", "plan", False)) == "NOT_SUBSCRIBED"


def test_given_up_with_its_period_it_ends_there_and_is_not_renewed() -> None:
    shop = _shop("plan")
    shop.cancel("plan", at_period_end=True)
    assert shop.held("plan").ends_at == at("2026-04-02 12:00")
    shop.move_to(at("2026-04-02 11:59"))
    assert shop.has("plan")
    shop.move_to(at("2026-04-02 12:00"))
    assert not shop.has("plan")
    assert shop.paid() == sums(["2.00", "10.00"])
    assert shop.changes("plan") == ["cancelled", "ended"]


def test_a_trial_given_up_with_its_period_is_never_paid() -> None:
    tried = offering("tried", fees=[fee("monthly", "9.00")], period=MONTHLY, trial=pricing_pb2.Trial(days=10))
    shop = Shop(tariff(tried))
    shop.open("tried", when=NOON)
    shop.cancel("tried", at_period_end=True)
    shop.move_to(at("2026-06-01 00:00"))
    assert not shop.has("tried")
    assert shop.paid() == []


def test_a_subscription_given_up_and_taken_again_begins_anew() -> None:
    shop = _shop("plan")
    shop.cancel("plan")
    shop.take("plan")
    assert shop.paid() == sums(["2.00", "10.00", "2.00", "10.00"])
    fresh = f"sub-1/plan/gigabyte#0-{len(shop.entries)}-1"
    assert shop.units()[fresh] == 1_000


def test_what_a_running_session_holds_of_an_ended_allowance_is_still_paid_from_it() -> None:
    shop = _shop("basic", "plan", money="12.00")
    session = shop.session(report(DATA, want=400))
    assert shop.bucket("sub-1/plan/gigabyte").reserved == 400
    shop.move_to(later(NOON, 60))
    shop.cancel("plan")
    session.update(report(DATA, 400, want=None), when=later(NOON, 60))
    assert shop.bucket("sub-1/plan/gigabyte").balance == 600
    assert shop.money() == 0


def test_sessions_that_had_run_dry_are_called_back_by_what_is_taken() -> None:
    shop = _shop("basic", money="3.00")
    dry = shop.session(report(DATA, want=300))
    dry.update(report(DATA, 300, want=100), when=NOON)
    free = offering("free", allowances=[allowance("present", 10)])
    shop.adopt(tariff(BASIC, free, version=2))
    answer = shop.take("free")
    assert answer.reauthorised_sessions == 1
    assert [event.ref for event in shop.last_events if isinstance(event, ReauthorisationRequested)] == [
        dry.ref
    ]


def test_a_shared_allowance_stays_while_somebody_else_has_the_offering() -> None:
    shop = Shop(tariff(BASIC, FAMILY))
    shop.open_account(offerings=["family"], subscribers=["sub-1", "sub-2"])
    pot = "acme/family/pot"
    assert shop.units() == {pot: 900}
    shop.cancel("family")
    assert shop.bucket(pot).valid_until is None
    shop.cancel("family", subscriber="sub-2")
    assert shop.bucket(pot).valid_until == shop.clock.now()


def test_an_allowance_of_the_past_is_taken_away_after_a_day_unless_something_holds_it() -> None:
    shop = _shop("basic", "plan", money="20.00")
    session = shop.session(report(DATA, want=400))
    shop.move_to(later(NOON, 10))
    shop.cancel("plan")
    close = subscription_commands.CloseBuckets("acme")
    shop.clock.time = later(NOON, 86_409)
    assert shop.decide(close).events == ()  # type: ignore[union-attr]
    shop.clock.time = later(NOON, 86_410)
    assert shop.decide(close).events == (), "400 are held"  # type: ignore[union-attr]
    session.release(report(DATA, 100, want=None), when=later(NOON, 30))
    shop.do(close)
    assert shop.last_events == (BucketClosed("acme", "sub-1/plan/gigabyte", "octets", 900, 0),)
    assert shop.units() == {}


def test_an_account_is_opened_in_a_currency_that_is_sold_in() -> None:
    shop = _shop("basic")
    francs = commands.ProvisionAccount("swiss", "CHF", 0, 0, (), NOON)
    assert shop.refusal(francs) == "CURRENCY_MISMATCH"
    shop.adopt(tariff(BASIC, currency_code="CHF"))
    shop.do(francs)
    shop.adopt(tariff(BASIC, version=2))
    later_on = commands.ProvisionAccount("swiss-2", "CHF", 0, 0, (), NOON)
    assert shop.refusal(later_on) == "CURRENCY_MISMATCH", "the newest version is not sold in francs"
