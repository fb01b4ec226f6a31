"""Fees of subscriptions: in whole and in part, promoted, on trial, taxed, overdrawn or not paid at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tidemark.catalog.v1 import pricing_pb2

from services.charging.domain.events import BucketMoved, MovementReason
from services.charging.domain.rating.fees import Fee
from services.charging.domain.subscriptions.fees import FeeDue, chargeable
from services.common.kernel.clock import DAY, EPOCH, HOUR
from services.common.kernel.money import MAX_MINOR_MICROS
from tests.support.charging_catalog import allowance, offering, tariff
from tests.support.charging_world import at, eur
from tests.support.subscribed import CALENDAR, MONTHLY, VAT, Shop, fee, sums


def _plan(*fees: pricing_pb2.Fee, period: pricing_pb2.Period = MONTHLY, trial: int = 0) -> Shop:
    plan = offering("plan", fees=fees, period=period, trial=pricing_pb2.Trial(days=trial) if trial else None)
    return Shop(tariff(plan, tables=VAT))


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        # 14 of 28 days of February: 28.00 x 14/28 = 14.00
        ("2026-02-15 00:00", "14.00"),
        # 15 of 29 days in a leap year: 28.00 x 15/29 = 14.48275862 (half-even)
        ("2028-02-15 00:00", "14.48275862"),
        # 10 of 30 days of April: 28.00 x 10/30 = 9.33333333
        ("2026-04-21 00:00", "9.33333333"),
        # 1 of 31 days of December: 28.00 x 1/31 = 0.90322581
        ("2026-12-31 00:00", "0.90322581"),
        # the last half hour of April: 28.00 x 0.5 h / 720 h = 0.01944444
        ("2026-04-30 23:30", "0.01944444"),
        # all of April
        ("2026-04-01 00:00", "28.00"),
        # March has 31 days less an hour (743 h): the clocks change on the 29th.
        # From the 19th on 13 days less an hour: 28.00 x 311/743 = 11.72005384
        ("2026-03-19 00:00", "11.72005384"),
        # October has 31 days and an hour (745 h). From the 25th on 169 h: 28.00 x 169/745 = 6.35167785
        ("2026-10-25 00:00", "6.35167785"),
    ],
)
def test_the_first_month_of_the_calendar_costs_its_part(taken: str, expected: str) -> None:
    shop = _plan(fee("monthly", "28.00", prorated=True), period=CALENDAR)
    shop.open("plan", when=at(taken))
    assert shop.paid() == [eur(expected)]
    charged = shop.fees()[0]
    assert charged.period_until - charged.period_from == charged.part <= charged.whole
    # Every month after it costs the same, long or short.
    shop.move_to(charged.period_until)
    assert shop.paid()[1:] == [eur("28.00")]


def test_a_fee_that_is_not_prorated_is_charged_whole() -> None:
    shop = _plan(fee("monthly", "28.00"), period=CALENDAR)
    shop.open("plan", when=at("2026-02-15 00:00"))
    assert shop.paid() == [eur("28.00")]
    assert shop.fees()[0].part == shop.fees()[0].whole == 14 * DAY


def test_a_promotion_takes_its_share_off_the_first_periods() -> None:
    shop = _plan(fee("monthly", "10.00", promotion=(2, 25)), fee("set-up", "5.00", once=True))
    shop.open("plan", when=at("2026-01-10 12:00"))
    shop.move_to(at("2026-04-10 12:00"))
    # One-time 5.00; January and February 10.00 - 25 % = 7.50; March and April 10.00.
    assert shop.paid() == sums(["5.00", "7.50", "7.50", "10.00", "10.00"])
    assert [item.promotion_percent for item in shop.fees()] == [0, 25, 25, 0, 0]
    assert shop.money() == eur("100.00") - eur("40.00")


def test_tax_is_told_beside_the_fee_that_contains_it() -> None:
    shop = _plan(fee("monthly", "11.90", tax="vat"))
    shop.open("plan", when=at("2026-01-10 12:00"))
    # 11.90 x 19/119 = 1.90
    (charged,) = shop.fees()
    assert (charged.amount, charged.tax_code, charged.tax) == (eur("11.90"), "vat", eur("1.90"))


def test_a_trial_that_converts_is_paid_from_its_end_on() -> None:
    shop = _plan(fee("monthly", "31.00", prorated=True), fee("set-up", "2.00", once=True), trial=7)
    shop.open("plan", when=at("2026-01-01 00:00"))
    assert shop.paid() == sums(["2.00"]), "nothing recurring while the trial runs"
    shop.move_to(at("2026-01-08 00:00"))
    # 24 of 31 days are left: 31.00 x 24/31 = 24.00
    assert shop.paid() == sums(["2.00", "24.00"])
    assert shop.held("plan").trial_end is None
    shop.move_to(at("2026-02-01 00:00"))
    assert shop.paid() == sums(["2.00", "24.00", "31.00"])
    assert shop.changes("plan") == ["trial ended", "renewed"]


def test_a_trial_longer_than_its_period_renews_without_a_fee() -> None:
    shop = _plan(fee("weekly", "7.00"), period=pricing_pb2.Period(days=7), trial=14)
    shop.open("plan", when=at("2026-01-01 00:00"))
    shop.move_to(at("2026-01-14 23:59"))
    assert shop.paid() == []
    assert shop.held("plan").period_number == 1
    # The trial and the second week end together: the third week is the first that is paid, once.
    shop.move_to(at("2026-01-15 00:00"))
    assert shop.paid() == sums(["7.00"])
    assert shop.held("plan").period_number == 2


def test_a_trial_that_ends_the_offering_costs_nothing_and_leaves_nothing() -> None:
    sample = offering(
        "sample",
        fees=[fee("monthly", "9.00")],
        period=MONTHLY,
        trial=pricing_pb2.Trial(days=3, ends=True),
        allowances=[allowance("taste", 100)],
    )
    shop = Shop(tariff(sample))
    shop.open("sample", when=at("2026-01-01 08:00"))
    assert shop.bucket("sub-1/sample/taste").valid_until == at("2026-01-04 08:00")
    shop.move_to(at("2026-01-04 08:00"))
    assert not shop.has("sample")
    assert shop.paid() == []


def test_a_fee_that_may_overdraw_does_and_says_so() -> None:
    shop = _plan(fee("monthly", "10.00"))
    shop.open("plan", when=at("2026-01-10 12:00"), money="4.00", credit="1.50")
    # 4.00 and 1.50 of credit cover 5.50 of it; 4.50 is owed beyond the limit.
    (charged,) = shop.fees()
    assert (charged.amount, charged.overdrawn) == (eur("10.00"), eur("4.50"))
    assert shop.money() == -eur("6.00")
    shop.move_to(at("2026-02-10 12:00"))
    assert shop.fees()[1].overdrawn == eur("10.00"), (
        "of this fee nothing was covered, and no more is owed for it"
    )


def test_a_debt_that_no_number_holds_is_not_made() -> None:
    shop = _plan(fee("monthly", "10.00"))
    shop.open("plan", when=at("2026-01-10 12:00"), money="0")
    money = shop.bucket("acme/money")
    dues = [one_fee(eur("1.00"))]
    lowest = -(MAX_MINOR_MICROS // 2)
    assert chargeable(replace(money, balance=lowest + eur("1.00")), dues)
    assert not chargeable(replace(money, balance=lowest + eur("1.00") - 1), dues)


def one_fee(minor_micros: int) -> FeeDue:
    """A fee of so much, that may overdraw."""
    listed = Fee("f", "F", minor_micros, recurring=True)
    return FeeDue(listed, 1, "plan", minor_micros, 0, EPOCH, EPOCH, 1, 1, 0)


def test_a_fee_is_one_movement_of_money_under_its_own_charge_id() -> None:
    shop = _plan(fee("set-up", "2.00", once=True), fee("monthly", "3.00"))
    shop.open("plan", when=at("2026-01-10 12:00"))
    moved = [event for event in shop.last_events if isinstance(event, BucketMoved)]
    assert [(item.reason, item.delta, item.charge_id) for item in moved] == [
        (MovementReason.FEE, -eur("2.00"), "f-0-1-1-1"),
        (MovementReason.FEE, -eur("3.00"), "f-0-1-1-2"),
    ]
    assert [item.charge_id for item in shop.fees()] == ["f-0-1-1-1", "f-0-1-1-2"]
    assert [debit.amount for item in shop.fees() for debit in item.debits] == sums(["2.00", "3.00"])


def test_a_period_anchored_on_the_31st_ends_with_every_shorter_month() -> None:
    shop = _plan(fee("monthly", "1.00"))
    shop.open("plan", when=at("2026-01-31 10:00"))
    shop.move_to(at("2026-05-31 10:00"))
    ends = [at(f"2026-{day} 10:00") for day in ("02-28", "03-31", "04-30", "05-31", "06-30")]
    assert [item.period_until for item in shop.fees()] == ends
    assert shop.paid() == [eur("1.00")] * 5


def test_a_month_over_a_change_of_clocks_begins_and_ends_at_the_same_local_time() -> None:
    shop = _plan(fee("monthly", "1.00"))
    shop.open("plan", when=at("2026-03-15 10:00"))
    held = shop.held("plan")
    assert held.period_start is not None and held.period_end is not None
    assert held.period_end - held.period_start == 31 * DAY - HOUR
    assert held.period_end == at("2026-04-15 10:00")
