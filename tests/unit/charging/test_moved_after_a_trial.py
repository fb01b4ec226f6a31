"""A version that is published late takes over from when something was paid, not from within the trial."""

from __future__ import annotations

from tidemark.catalog.v1 import pricing_pb2

from services.charging.domain.rating.tariff import Tariff
from services.common.kernel.clock import DAY
from tests.support.charging_catalog import DATA, offering, per, price, tariff
from tests.support.charging_world import at
from tests.support.subscribed import AT_ONCE, JANUARY, MONTHLY, Shop, fee, sums


def _on_trial(amount: str, version: int, since: str, prorated: bool = True) -> Tariff:
    return tariff(
        offering(
            "plan",
            price("data", DATA, per("0.01")),
            fees=[fee("monthly", amount, prorated=prorated)],
            period=MONTHLY,
            trial=pricing_pb2.Trial(days=10),
            existing=AT_ONCE,
        ),
        version=version,
        effective_from=at(since),
    )


def test_a_move_from_within_the_trial_gives_back_what_was_paid_after_it() -> None:
    shop = Shop(_on_trial("31.00", 1, "2025-12-01 00:00"))
    shop.open("plan", when=JANUARY)
    shop.move_to(at("2026-01-16 00:00"))
    shop.adopt(_on_trial("62.00", 2, "2026-01-06 00:00"))
    shop.renew_due()
    # From the 11th on 21 of 31 days are paid: 31.00 x 21/31 = 21.00, given back for 62.00 x 21/31 = 42.00.
    assert shop.paid() == sums(["21.00", "-21.00", "42.00"])
    assert [charged.part for charged in shop.fees()] == [21 * DAY] * 3
    assert {charged.period_from for charged in shop.fees()} == {at("2026-01-11 00:00")}


def test_a_fee_that_is_not_prorated_is_given_back_by_the_days_it_was_paid_for() -> None:
    shop = Shop(_on_trial("42.00", 1, "2025-12-01 00:00", prorated=False))
    shop.open("plan", when=JANUARY)
    shop.move_to(at("2026-01-16 00:00"))
    shop.adopt(_on_trial("84.00", 2, "2026-01-18 00:00", prorated=False))
    shop.move_to(at("2026-01-18 00:00"))
    # 42.00 paid for 21 days; 14 of them are left: 28.00 back, 84.00 x 14/21 = 56.00 for them.
    assert shop.paid() == sums(["42.00", "-28.00", "56.00"])
