"""Vouchers are what counted, divided by what one takes: however it came, and never taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import DAY, Instant
from services.partner_settlement.domain.agreements import Coverage, LoyaltyProgram
from services.partner_settlement.domain.loyalty import (
    MICROS,
    MOST_VOUCHERS,
    Earned,
    Progress,
    counts,
    earn,
    voucher_code,
)
from services.partner_settlement.domain.records import Product, SettlementRecord

BY_DATA = LoyaltyProgram("rides", "Rides", Coverage(), 500, "EUR", "rider", 30, "octets", 1_000)
BY_MONEY = LoyaltyProgram("coffee", "Coffee", Coverage(), 300, "EUR", "roaster", 30, earn_minor=1_000)
DATA = Product("usage", "usage", "data", "data", 1, 101, "", "", "", "", "octets", "EUR")
SECRET = bytes(range(32))


def record(quantity: int = 0, gross: int = 0, product: Product = DATA) -> SettlementRecord:
    return SettlementRecord(
        "c-1", (0, 1, 0, 0), date(2026, 11, 27), product, quantity, gross, 0, "a", "s", Instant(7 * DAY)
    )


def after(amounts: list[int], program: LoyaltyProgram = BY_DATA) -> tuple[Progress, list[Earned]]:
    progress, earned = Progress(), list[Earned]()
    for amount in amounts:
        one = record(quantity=amount) if program.earn_units else record(gross=amount)
        progress, more = earn(progress, program, one)
        earned.extend(more)
    return progress, earned


@given(st.lists(st.integers(0, 5_000), max_size=20))
def test_usage_earns_what_it_comes_to_in_whatever_portions(amounts: list[int]) -> None:
    progress, earned = after(amounts)
    assert len(earned) == progress.issued == sum(amounts) // 1_000
    assert progress.counted == sum(amounts) % 1_000
    assert [one.ordinal for one in earned] == list(range(1, len(earned) + 1))


@given(st.lists(st.integers(-5_000, 5_000), max_size=20))
def test_refunds_take_off_progress_and_never_a_voucher(amounts: list[int]) -> None:
    progress, earned = after(amounts)
    highest = max((sum(amounts[:end]) for end in range(len(amounts) + 1)), default=0)
    assert len(earned) == max(highest, 0) // 1_000
    assert progress.counted == sum(amounts) - 1_000 * len(earned)


def test_progress_below_zero_is_made_good_first() -> None:
    progress, earned = after([1_000, -1_000, 900])
    assert (progress, len(earned)) == (Progress(-100, 1), 1)
    _, more = earn(progress, BY_DATA, record(quantity=1_100))
    assert [one.ordinal for one in more] == [2]


def test_a_large_purchase_earns_several_and_they_last_for_so_many_days() -> None:
    progress, earned = after([25 * 100 * MICROS], BY_MONEY)
    assert progress == Progress(500 * MICROS, 2)
    assert {one.expires_at - one.issued_at for one in earned} == {30 * DAY}
    assert {one.issued_at for one in earned} == {Instant(7 * DAY)}


def test_what_a_mistake_in_a_program_would_issue_comes_a_portion_at_a_time() -> None:
    greedy = replace(BY_DATA, earn_units=1)
    progress, earned = earn(Progress(), greedy, record(quantity=10**12))
    assert len(earned) == MOST_VOUCHERS
    assert progress.counted == 10**12 - MOST_VOUCHERS


def test_only_what_is_covered_in_the_unit_or_currency_counts() -> None:
    pounds, messages = replace(DATA, currency_code="GBP"), replace(DATA, unit="messages")
    redeemed = replace(DATA, kind="redemption", origin="redemption")
    other = replace(BY_DATA, earned_by=Coverage(offering_codes=frozenset({"else"})))
    assert counts(BY_DATA, record(product=pounds))
    assert not counts(BY_MONEY, record(product=pounds))
    assert not counts(BY_DATA, record(product=messages))
    assert counts(BY_MONEY, record(product=messages))
    assert not counts(BY_MONEY, record(product=redeemed))
    assert not counts(other, record())


texts = st.text(max_size=4)


@given(st.lists(st.tuples(texts, texts, texts, st.integers(1, 99)), unique=True, max_size=20))
def test_a_code_is_the_same_each_time_and_of_one_voucher_only(whose: list[tuple[str, str, str, int]]) -> None:
    codes = [voucher_code(SECRET, *one) for one in whose]
    assert codes == [voucher_code(SECRET, *one) for one in whose]
    assert len(set(codes)) == len(whose)
    assert all(len(code) == 16 and code.isalnum() and code == code.upper() for code in codes)
    assert not set(codes) & {voucher_code(bytes(32), *one) for one in whose}
