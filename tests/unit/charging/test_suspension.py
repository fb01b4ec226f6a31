"""Subscriptions whose fees are not covered: they rest, and resume when there is money."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.charging.domain import commands
from services.charging.domain.subscriptions import commands as subscription_commands
from tests.support.charging_catalog import DATA, allowance, offering, per, price, tariff
from tests.support.charging_world import at, eur
from tests.support.subscribed import (
    CALENDAR,
    JANUARY,
    MONTHLY,
    Shop,
    days,
    fee,
    plan,
    sums,
    use,
)


def test_without_money_a_subscription_rests_until_there_is_some() -> None:
    shop = Shop(plan())
    shop.open("plan", when=JANUARY, money="15.00")
    shop.move_to(at("2026-02-01 00:00"))
    held = shop.held("plan")
    assert held.suspended and not held.in_force(at("2026-02-01 00:00"))
    assert shop.money() == eur("5.00"), "nothing is charged while it rests"
    shop.move_to(at("2026-02-20 09:00"))
    assert shop.changes("plan") == ["suspended"], "it waits for money, not for the next period"
    shop.top_up("4.99")
    assert shop.held("plan").suspended
    shop.top_up("0.01")
    # 5.00 + 4.99 + 0.01 = 10.00 pays a period that begins now and is counted from now.
    held = shop.held("plan")
    assert not held.suspended and shop.money() == 0
    assert (held.period_start, held.period_end, held.period_number) == (
        at("2026-02-20 08:59:50"),
        at("2026-03-20 08:59:50"),
        1,
    ), "ten seconds ago, for elements whose clocks are behind"
    assert shop.bucket("sub-1/plan/gigabyte@1").balance == 1_000
    assert "sub-1/plan/welcome@1" not in shop.units(), "what does not renew is given once"


def test_months_of_the_calendar_stay_so_after_a_rest() -> None:
    shop = Shop(plan("28.00", period=CALENDAR, prorated=True))
    shop.open("plan", when=JANUARY, money="28.00")
    shop.move_to(at("2026-02-15 00:00"))
    assert shop.held("plan").suspended
    shop.top_up("14.00")
    # 14 of 28 days of February: 28.00 x 14/28 = 14.00
    assert shop.paid() == sums(["28.00", "14.00"])
    assert shop.held("plan").period_end == at("2026-03-01 00:00")
    assert shop.held("plan").started_at == JANUARY


def test_a_subscription_whose_first_fee_is_not_covered_begins_when_it_is() -> None:
    shop = Shop(plan())
    shop.open("plan", when=JANUARY, money="9.99")
    held = shop.held("plan")
    assert held.suspended and held.period_end is None
    assert shop.units() == {} and shop.paid() == []
    assert shop.refusal(shop.order("plan")) == "ALREADY_SUBSCRIBED"
    shop.clock.time = at("2026-01-05 08:00")
    shop.top_up("0.01")
    held = shop.held("plan")
    assert (held.started_at, held.period_end) == (at("2026-01-05 07:59:50"), at("2026-02-05 07:59:50"))
    assert shop.units() == {"sub-1/plan/gigabyte": 1_000, "sub-1/plan/welcome": 50}


@pytest.mark.parametrize(
    "money_comes",
    [
        lambda: commands.Adjust("acme", "acme/money", "EUR", True, eur("10.00"), "goodwill", "care-1"),
        lambda: commands.Transfer("donor", "acme", "EUR", eur("10.00"), "present"),
        lambda: subscription_commands.SetCreditLimit("acme", "EUR", eur("10.00"), "trusted", "care-1"),
    ],
    ids=["adjustment", "transfer", "credit"],
)
def test_money_is_money_whichever_way_it_comes(money_comes: Callable[[], commands.Command]) -> None:
    shop = Shop(plan())
    shop.open("plan", when=JANUARY, money="0")
    shop.do(commands.ProvisionAccount("donor", "EUR", 0, eur("10.00"), (), JANUARY))
    assert shop.held("plan").suspended
    shop.do(money_comes())
    assert not shop.held("plan").suspended


def test_what_was_suspended_first_resumes_first() -> None:
    cheap = offering("cheap", fees=[fee("monthly", "4.00", suspends=True)], period=MONTHLY)
    dear = offering("dear", fees=[fee("monthly", "6.00", suspends=True)], period=days(10))
    shop = Shop(tariff(cheap, dear))
    shop.open("dear", "cheap", when=JANUARY, money="10.00")
    shop.move_to(at("2026-02-05 00:00"))
    assert shop.held("dear").suspended and shop.held("cheap").suspended
    shop.top_up("7.00")
    assert not shop.held("dear").suspended, "since 11 January"
    assert shop.held("cheap").suspended, "since 1 February, and 1.00 is left"
    shop.top_up("3.00")
    assert not shop.held("cheap").suspended


def test_an_allowance_without_renewal_rests_with_its_offering() -> None:
    bonus = offering(
        "bonus",
        fees=[fee("monthly", "10.00", suspends=True)],
        period=MONTHLY,
        allowances=[allowance("welcome", 50), allowance("gigabyte", 1_000, renews=True)],
    )
    shop = Shop(tariff(offering("basic", price("data", DATA, per("0.01"))), bonus))
    shop.open("basic", "bonus", when=JANUARY, money="19.00")
    shop.move_to(at("2026-02-02 00:00"))
    assert shop.held("bonus").suspended
    subscriber = shop.state.subscribers["sub-1"]
    assert subscriber.resting(shop.clock.now()) == ("bonus",)
    assert subscriber.resting(at("2026-01-31 23:59")) == (), "usage from before is still covered"
    use(shop, 30)
    assert shop.money() == eur("9.00") - eur("0.30"), "paid in money, with the allowance at rest"
    shop.top_up("5.00")
    use(shop, 1_030)
    assert shop.units()["sub-1/bonus/welcome"] + shop.units()["sub-1/bonus/gigabyte@1"] == 20
    assert shop.money() == eur("3.70"), "9.00 - 0.30 + 5.00 - 10.00"


def test_what_resumes_at_once_begins_where_the_paid_period_ended() -> None:
    shop = Shop(plan())
    shop.open("plan", when=at("2026-01-01 10:00"), money="10.00")
    shop.move_to(at("2026-02-01 10:00:03"))
    shop.top_up("10.00")
    assert [item.period_from for item in shop.fees()] == [at("2026-01-01 10:00"), at("2026-02-01 10:00")]


def test_what_would_have_ended_meanwhile_is_not_resumed() -> None:
    month = offering("month", fees=[fee("weekly", "5.00", suspends=True)], period=days(7), days=30)
    shop = Shop(tariff(month))
    shop.open("month", when=JANUARY, money="5.00")
    shop.move_to(at("2026-01-08 00:00"))
    assert shop.held("month").suspended
    shop.move_to(at("2026-01-31 00:00"), renew=False)
    shop.top_up("5.00")
    assert shop.money() == eur("5.00")
    shop.renew_due()
    assert not shop.has("month")


def test_a_suspended_subscription_is_given_up_at_once_whenever_it_should_end() -> None:
    shop = Shop(plan())
    shop.open("plan", when=JANUARY, money="10.00")
    shop.move_to(at("2026-02-02 00:00"))
    shop.cancel("plan", at_period_end=True)
    assert not shop.has("plan")


def test_a_booster_that_waits_for_money_is_not_taken_twice() -> None:
    booster = offering("booster", fees=[fee("once", "2.00", once=True, suspends=True)])
    shop = Shop(tariff(booster))
    shop.open("booster", when=JANUARY, money="1.00")
    assert shop.held("booster").suspended
    assert shop.refusal(shop.order("booster")) == "ALREADY_SUBSCRIBED"


def test_a_shared_allowance_ends_with_the_last_whose_subscription_is_not_suspended() -> None:
    family = offering(
        "family",
        fees=[fee("monthly", "4.00", suspends=True)],
        period=MONTHLY,
        allowances=[allowance("pot", 900, shared=True)],
    )
    shop = Shop(tariff(family))
    shop.open_account(money=eur("4.00"), offerings=["family"], subscribers=["sub-1", "sub-2"])
    assert shop.held("family", "sub-2").suspended
    shop.clock.time = at("2026-03-02 00:00")
    shop.cancel("family")
    assert shop.bucket("acme/family/pot").valid_until == at("2026-03-02 00:00")
