"""Credit limits, profiles and bars: set, refused, and what they do to sessions."""

from __future__ import annotations

from services.charging.domain.answers import AccountAnswer
from services.charging.domain.events import (
    AbortRequested,
    CreditLimitChanged,
)
from services.charging.domain.state import Profile
from services.charging.domain.subscriptions import commands as subscription_commands
from tests.support.charging_catalog import DATA, VIDEO, allowance, offering, per, price, tariff
from tests.support.charging_world import NOON, eur, report
from tests.support.subscribed import Shop, fee

BASIC = offering("basic", price("data", DATA, per("0.01")), price("video", VIDEO, per("0.01")))
BOOSTER = offering(
    "booster", fees=[fee("price", "3.00", once=True)], days=7, allowances=[allowance("extra", 500, days=7)]
)


def _shop(*offerings: str, money: str = "100.00") -> Shop:
    shop = Shop(tariff(BASIC, BOOSTER))
    shop.open(*offerings, when=NOON, money=money)
    return shop


def test_credit_may_be_raised_at_any_time_and_lowered_as_far_as_it_is_free() -> None:
    shop = _shop("basic", money="1.00")

    def limit(amount: str, code: str = "EUR", account: str = "acme") -> subscription_commands.SetCreditLimit:
        return subscription_commands.SetCreditLimit(account, code, eur(amount), "checked", "care-1")

    shop.do(limit("5.00"))
    assert [event for event in shop.last_events if isinstance(event, CreditLimitChanged)] == [
        CreditLimitChanged("acme", "acme/money", eur("5.00"), "checked", "care-1")
    ]
    shop.session(report(DATA, want=300))
    # 1.00 of money and 2.00 of the credit are reserved.
    assert shop.refusal(limit("1.99")) == "BALANCE_INSUFFICIENT"
    shop.do(limit("2.00"))
    assert (shop.state.accounts["acme"].credit_limit, shop.bucket("acme/money").floor) == (
        eur("2.00"),
        -eur("2.00"),
    )
    assert shop.refusal(limit("9.00", code="USD")) == "CURRENCY_MISMATCH"
    assert shop.refusal(limit("9.00", account="nobody")) == "ACCOUNT_UNKNOWN"


def test_a_profile_is_replaced_and_a_bar_stays_on_it() -> None:
    shop = _shop("basic")
    shop.do(subscription_commands.BarSubscriber("sub-1", True, "stolen", "fraud-desk"))
    gold = Profile("gold", 900, "phone")
    shop.do(subscription_commands.SetProfile("sub-1", gold))
    subscriber = shop.state.subscribers["sub-1"]
    assert (subscriber.profile, subscriber.barred) == (gold, True)
    assert shop.refusal(subscription_commands.SetProfile("nobody", gold)) == "USER_UNKNOWN"


def test_a_bar_has_open_sessions_end_and_lets_nothing_be_taken_until_it_is_lifted() -> None:
    shop = _shop("basic")
    session = shop.session(report(DATA, want=100))
    answer = shop.do(subscription_commands.BarSubscriber("sub-1", True, "stolen", "fraud-desk"))
    assert isinstance(answer, AccountAnswer)
    assert answer.aborted_sessions == 1
    assert [event.ref for event in shop.last_events if isinstance(event, AbortRequested)] == [session.ref]
    assert shop.refusal(shop.order("booster")) == "SUBSCRIBER_BARRED"
    shop.do(subscription_commands.BarSubscriber("sub-1", False, "found again", "fraud-desk"))
    shop.take("booster")
    assert shop.refusal(subscription_commands.BarSubscriber("nobody", True, "-", "-")) == "USER_UNKNOWN"
