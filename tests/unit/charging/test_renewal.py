"""What comes by itself when a period is over, and when a newer version takes over."""

from __future__ import annotations

from tidemark.catalog.v1 import pricing_pb2

from services.charging.domain.events import BucketClosed, ReauthorisationRequested
from services.charging.domain.subscriptions import commands as subscription_commands
from services.common.kernel.clock import DAY, Instant
from tests.support.charging_catalog import DATA, offering, tariff
from tests.support.charging_world import at, eur, report
from tests.support.subscribed import (
    AT_ONCE,
    CALENDAR,
    JANUARY,
    MONTHLY,
    NEXT_PERIOD,
    Shop,
    days,
    fee,
    plan,
    sums,
    use,
)


def test_each_period_is_charged_and_filled_anew() -> None:
    shop = Shop(plan())
    shop.open("plan", when=JANUARY)
    shop.move_to(at("2026-02-01 00:00"))
    assert shop.paid() == sums(["10.00", "10.00"])
    assert shop.units() == {
        "sub-1/plan/gigabyte": 1_000,
        "sub-1/plan/welcome": 50,
        "sub-1/plan/gigabyte@1": 1_000,
    }
    fresh = shop.bucket("sub-1/plan/gigabyte@1")
    assert (fresh.valid_from, fresh.valid_until) == (at("2026-02-01 00:00"), at("2026-03-01 00:00"))
    assert shop.bucket("sub-1/plan/gigabyte").valid_until == at("2026-02-01 00:00")


def test_a_bucket_of_the_last_period_is_there_for_late_reports_and_then_taken_away() -> None:
    shop = Shop(plan())
    shop.open("plan", when=JANUARY)
    shop.move_to(at("2026-02-01 00:00"))
    close = subscription_commands.CloseBuckets("acme")
    shop.clock.time = Instant(at("2026-02-02 00:00") - 1)
    assert shop.decide(close).events == ()  # type: ignore[union-attr]
    shop.clock.time = at("2026-02-02 00:00")
    shop.do(close)
    assert shop.last_events == (BucketClosed("acme", "sub-1/plan/gigabyte", "octets", 1_000, 0),)


def test_nothing_is_done_before_it_is_due() -> None:
    shop = Shop(plan())
    shop.open("plan", when=JANUARY)
    shop.clock.time = Instant(at("2026-02-01 00:00") - 1)
    for subscriber, code in (("sub-1", "plan"), ("sub-1", "nothing"), ("nobody", "plan")):
        outcome = shop.decide(subscription_commands.RenewSubscription(subscriber, code))
        assert outcome.events == ()  # type: ignore[union-attr]


def test_a_version_that_is_not_known_here_is_waited_for() -> None:
    shop = Shop(plan())
    shop.open("plan", when=JANUARY)
    shop.clock.time = at("2026-02-01 00:00")
    known, shop.tariffs = shop.tariffs, Shop().tariffs
    renew = subscription_commands.RenewSubscription("sub-1", "plan")
    assert shop.refusal(renew) == "CATALOG_NOT_PUBLISHED"
    shop.tariffs = known
    shop.do(renew)
    assert shop.held("plan").period_number == 1


def test_the_next_period_begins_in_the_newer_version_where_the_offering_says_so() -> None:
    shop = Shop(plan("10.00"))
    shop.open("plan", when=JANUARY)
    shop.adopt(
        plan("12.00", units=2_000, version=2, effective_from=at("2026-01-10 00:00"), existing=NEXT_PERIOD)
    )
    shop.move_to(at("2026-01-31 00:00"))
    assert (shop.held("plan").catalog_version, shop.paid()) == (1, sums(["10.00"]))
    shop.move_to(at("2026-02-01 00:00"))
    assert (shop.held("plan").catalog_version, shop.paid()) == (2, sums(["10.00", "12.00"]))
    assert shop.units()["sub-1/plan/gigabyte@1"] == 2_000
    assert shop.changes("plan") == ["moved", "renewed"]


def test_who_may_keep_a_version_keeps_it() -> None:
    shop = Shop(plan("10.00"))
    shop.open("plan", when=JANUARY)
    shop.adopt(plan("12.00", version=2, effective_from=at("2026-01-10 00:00")))
    shop.move_to(at("2026-02-01 00:00"))
    assert (shop.held("plan").catalog_version, shop.paid()) == (1, sums(["10.00", "10.00"]))


def test_a_version_that_takes_over_at_once_is_charged_for_the_rest_of_the_period() -> None:
    shop = Shop(plan("31.00"))
    shop.open("plan", when=JANUARY, money="200.00")
    shop.adopt(plan("62.00", units=2_000, version=2, effective_from=at("2026-01-11 00:00"), existing=AT_ONCE))
    shop.move_to(at("2026-01-11 00:00"))
    # 21 of 31 days are left: 31.00 x 21/31 = 21.00 back, 62.00 x 21/31 = 42.00 for them.
    assert shop.paid() == sums(["31.00", "-21.00", "42.00"])
    back, new = shop.fees()[1:]
    assert (back.catalog_version, new.catalog_version) == (1, 2)
    assert (back.part, back.whole) == (new.part, new.whole) == (21 * DAY, 31 * DAY)
    assert shop.held("plan").catalog_version == 2
    assert shop.units()["sub-1/plan/gigabyte"] == 1_000, "the new amount comes with the next period"
    shop.move_to(at("2026-02-01 00:00"))
    assert shop.paid()[3:] == sums(["62.00"])
    assert shop.units()["sub-1/plan/gigabyte@1"] == 2_000


def test_a_part_that_was_moved_once_is_moved_again_by_what_is_left_of_it() -> None:
    shop = Shop(plan("31.00"))
    shop.open("plan", when=JANUARY)
    shop.adopt(plan("62.00", version=2, effective_from=at("2026-01-11 00:00"), existing=AT_ONCE))
    shop.adopt(plan("15.50", version=3, effective_from=at("2026-01-21 00:00"), existing=AT_ONCE))
    shop.move_to(at("2026-01-31 00:00"))
    # 11 days are left on the 21st: 62.00 x 11/31 = 22.00 back, 15.50 x 11/31 = 5.50 for them.
    assert shop.paid() == sums(["31.00", "-21.00", "42.00", "-22.00", "5.50"])


def test_a_move_that_is_not_covered_gives_back_and_suspends() -> None:
    shop = Shop(plan("31.00"))
    shop.open("plan", when=JANUARY, money="31.00")
    shop.adopt(plan("62.00", version=2, effective_from=at("2026-01-11 00:00"), existing=AT_ONCE))
    shop.move_to(at("2026-01-11 00:00"))
    assert shop.held("plan").suspended
    assert shop.bucket("sub-1/plan/gigabyte").valid_until == at("2026-01-11 00:00")
    assert shop.bucket("sub-1/plan/welcome").valid_until is None
    assert shop.paid() == sums(["31.00", "-21.00"])
    shop.top_up("41.00")
    # 21.00 + 41.00 = 62.00 pays a new period from now.
    assert shop.paid() == sums(["31.00", "-21.00", "62.00"])
    assert shop.held("plan").period_end == at("2026-02-11 00:00")


def test_a_version_published_late_moves_from_when_it_took_effect_within_the_period() -> None:
    shop = Shop(plan("31.00"))
    shop.open("plan", when=JANUARY)
    shop.move_to(at("2026-01-20 00:00"))
    shop.adopt(plan("62.00", version=2, effective_from=at("2026-01-11 00:00"), existing=AT_ONCE))
    shop.renew_due()
    assert shop.paid() == sums(["31.00", "-21.00", "42.00"])


def test_a_trial_is_not_paid_for_because_a_version_changes() -> None:
    trial = pricing_pb2.Trial(days=14)
    old = offering("plan", fees=[fee("monthly", "31.00", prorated=True)], period=MONTHLY, trial=trial)
    new = offering(
        "plan",
        fees=[fee("monthly", "62.00", prorated=True)],
        period=MONTHLY,
        trial=trial,
        existing=AT_ONCE,
    )
    shop = Shop(tariff(old))
    shop.open("plan", when=JANUARY)
    shop.adopt(tariff(new, version=2, effective_from=at("2026-01-11 00:00")))
    shop.move_to(at("2026-01-14 00:00"))
    assert shop.paid() == [] and shop.held("plan").catalog_version == 2
    shop.move_to(at("2026-01-15 00:00"))
    # 17 of 31 days: 62.00 x 17/31 = 34.00
    assert shop.paid() == sums(["34.00"])


def test_another_kind_of_period_begins_with_the_next_one() -> None:
    shop = Shop(plan("31.00"))
    shop.open("plan", when=JANUARY)
    shop.adopt(
        plan("7.00", period=days(7), version=2, effective_from=at("2026-01-10 00:00"), existing=NEXT_PERIOD)
    )
    shop.move_to(at("2026-02-01 00:00"))
    # Weeks are counted from 1 January: the one that holds 1 February ends on the 5th.
    held = shop.held("plan")
    assert (held.period_start, held.period_end) == (at("2026-02-01 00:00"), at("2026-02-05 00:00"))
    shop.move_to(at("2026-02-05 00:00"))
    assert shop.held("plan").period_end == at("2026-02-12 00:00")


def test_a_fee_that_is_charged_whole_is_given_back_by_the_period_as_it_is() -> None:
    shop = Shop(plan("28.00", period=CALENDAR))
    shop.open("plan", when=at("2026-02-15 00:00"))
    shop.adopt(
        plan("14.00", period=CALENDAR, version=2, effective_from=at("2026-02-22 00:00"), existing=AT_ONCE)
    )
    shop.move_to(at("2026-02-22 00:00"))
    # 28.00 was paid for 14 days. 7 of them are left: 28.00 x 7/14 back, 14.00 x 7/14 for them.
    assert shop.paid() == sums(["28.00", "-14.00", "7.00"])


def test_what_was_given_back_suspends_nothing() -> None:
    shop = Shop(plan("31.00", suspends=True))
    shop.open("plan", when=JANUARY, money="31.00")
    shop.adopt(
        plan("62.00", suspends=False, version=2, effective_from=at("2026-01-11 00:00"), existing=AT_ONCE)
    )
    shop.move_to(at("2026-01-11 00:00"))
    assert not shop.held("plan").suspended
    assert shop.money() == -eur("21.00"), "21.00 back, 42.00 charged by a fee that may overdraw"


def test_a_version_published_late_moves_no_further_back_than_the_running_period() -> None:
    shop = Shop(plan("28.00"))
    shop.open("plan", when=JANUARY, money="500.00")
    shop.move_to(at("2026-02-08 00:00"))
    shop.adopt(plan("56.00", version=2, effective_from=at("2026-01-11 00:00"), existing=AT_ONCE))
    shop.renew_due()
    assert shop.paid() == sums(["28.00", "28.00", "-28.00", "56.00"])
    assert shop.fees()[-1].period_from == at("2026-02-01 00:00")


def test_a_version_that_is_overtaken_before_it_takes_effect_moves_nobody() -> None:
    shop = Shop(plan("31.00"))
    shop.open("plan", when=JANUARY)
    shop.adopt(plan("62.00", version=2, effective_from=at("2026-01-20 00:00"), existing=AT_ONCE))
    shop.adopt(plan("40.00", version=3, effective_from=at("2026-01-10 00:00")))
    shop.move_to(at("2026-01-25 00:00"))
    assert (shop.held("plan").catalog_version, shop.paid()) == (1, sums(["31.00"]))


def test_a_new_period_calls_back_the_session_that_had_run_dry() -> None:
    shop = Shop(plan())
    shop.open("plan", when=JANUARY, money="10.00", credit="10.00")
    use(shop, 1_050)
    dry = shop.session(report(DATA, want=1_100), when=JANUARY)
    dry.update(report(DATA, 1_000, want=100), when=JANUARY)
    shop.top_up("10.00")
    shop.move_to(at("2026-02-01 00:00"))
    assert [event.ref for event in shop.last_events if isinstance(event, ReauthorisationRequested)] == [
        dry.ref
    ]
