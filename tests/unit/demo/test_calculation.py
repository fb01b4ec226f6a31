"""The second calculation, on figures small enough to check by hand."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from services.cli.demo.audit.calculation import expected_books
from services.cli.demo.audit.expected import Books, ChargeKey, ChargeSum, NotAuditableError
from services.cli.demo.audit.price_list import PriceList
from services.cli.demo.audit.price_reader import price_list_of
from services.cli.demo.audit.usage import CallUsed, CaptureUsage, MessageSent
from services.cli.replay.identity import Run
from services.cli.replay.subscribers import AccountPlan, SubscriberPlan
from services.common.kernel.clock import instant

# Monday, 09:00 in Berlin.
RUN = Run("t", instant(datetime(2026, 3, 2, 8, tzinfo=UTC)))
WEB, VIDEO, BASICS, CALL, MESSAGE = 1, 2, 3, 10, 20
CENT = 1_000_000

CATALOG = """
currency: EUR
time_zone: Europe/Berlin
default_rating_group: web
rating_groups:
  web: {number: 1, unit: octets}
  video: {number: 2, unit: octets}
  basics: {number: 3, unit: octets}
  voice-call: {number: 10, unit: seconds}
  message: {number: 20, unit: events}
zones: {home: {home: true}, abroad: {}}
time_bands:
  peak: {windows: ["mon-fri 07:00-19:00"]}
offerings:
  plan:
    precedence: 100
    prices:
      data:
        rating_groups: [web, video]
        increments: {first: 1 kB, next: 1 kB}
        per_unit: {amount: "1.00", per: 1 MB}
      data-abroad: {rating_groups: [web, video], zones: [abroad], per_unit: {amount: "9.00", per: 1}}
      basics: {rating_groups: [basics], free: true}
      voice:
        rating_groups: [voice-call]
        increments: {first: 60 s, next: 1 s}
        per_unit: {amount: "0.06", per: 1 min}
      voice-peak:
        rating_groups: [voice-call]
        time_band: peak
        increments: {first: 60 s, next: 1 s}
        per_unit: {amount: "0.12", per: 1 min}
      text: {rating_groups: [message], flat: {amount: "0.07"}}
  everything:
    precedence: 90
    allowances:
      mixed: {rating_groups: [web, video], amount: 10 kB, priority: 20}
  texts:
    precedence: 90
    allowances:
      three: {rating_groups: [message], amount: 3, priority: 10}
  talk:
    precedence: 90
    allowances:
      shared-minute: {rating_groups: [voice-call], zones: [home], amount: 1 min, priority: 10, shared: true}
  steps:
    precedence: 50
    prices:
      tiered:
        rating_groups: [web]
        tiered:
          scope: session
          tiers: [{up_to: 3, amount: "1.00", per: 1}, {amount: "0.10", per: 3}]
  bundle: {precedence: 10, includes: [plan], choice: {offerings: [texts, talk]}}
"""


def price_list() -> PriceList:
    return price_list_of([CATALOG])


def used(
    end_ms: int = 1000,
    octets: dict[str, int] | None = None,
    calls: tuple[int, ...] = (),
    messages: int = 0,
) -> CaptureUsage:
    return CaptureUsage(
        0,
        end_ms,
        Counter(octets or {}),
        [CallUsed(n, 100 * n, 100 * n + 50, seconds) for n, seconds in enumerate(calls, start=1)],
        [MessageSent(n, n) for n in range(1, messages + 1)],
    )


def books(usage: CaptureUsage, *offerings: str, money: str = "10.00", run: Run = RUN) -> Books:
    plan = AccountPlan("acc", (SubscriberPlan("a", offerings),), money)
    return expected_books(price_list(), {"a": usage}, [plan], run)


def charge(found: Books, name: str, group: int) -> ChargeSum:
    return found.charges[ChargeKey("acc", f"t/a/{name}", group)]


def test_usage_is_rounded_up_once_a_session_and_priced_in_proportion() -> None:
    found = books(used(octets={"Web": 1_001}), "plan")
    # 2 kB at 1.00 EUR a megabyte.
    assert charge(found, "pdu-session", WEB) == ChargeSum(1_001, 2_000, 0, CENT // 5)
    assert found.accounts["acc"].balances == {"money": 1_000 * CENT - CENT // 5}


def test_a_category_nobody_knows_counts_with_the_default_rating_group() -> None:
    found = books(used(octets={"Web": 600, "Mining": 600}), "plan")
    assert charge(found, "pdu-session", WEB) == ChargeSum(1_200, 2_000, 0, CENT // 5)


def test_what_is_free_is_charged_with_nothing_and_takes_no_allowance() -> None:
    found = books(used(octets={"Basics": 5_000}), "plan", "everything")
    assert charge(found, "pdu-session", BASICS) == ChargeSum(5_000, 5_000, 0, 0)
    assert found.accounts["acc"].balances["a/everything/mixed"] == 10_000


def test_a_call_costs_its_first_minute_whole_at_the_price_of_the_hour() -> None:
    found = books(used(calls=(5, 61)), "plan")
    assert charge(found, "call-1", CALL) == ChargeSum(5, 60, 0, 12 * CENT)
    assert charge(found, "call-2", CALL) == ChargeSum(61, 61, 0, 12 * CENT + CENT // 5)


def test_in_the_evening_the_other_price_applies() -> None:
    evening = Run("t", instant(datetime(2026, 3, 2, 19, tzinfo=UTC)))
    assert (
        charge(books(used(calls=(60,)), "plan", run=evening), "call-1", CALL).amount_minor_micros == 6 * CENT
    )


def test_a_call_that_was_not_answered_costs_nothing() -> None:
    found = books(used(calls=(0,)), "plan")
    assert ChargeKey("acc", "t/a/call-1", CALL) not in found.charges


def test_messages_beyond_the_allowance_are_paid_one_by_one() -> None:
    found = books(used(messages=5), "plan", "texts")
    amounts = [charge(found, f"message-{n}", MESSAGE).amount_minor_micros for n in range(1, 6)]
    assert amounts == [0, 0, 0, 7 * CENT, 7 * CENT]
    assert found.accounts["acc"].balances == {"money": 986 * CENT, "a/texts/three": 0}


def test_a_message_that_money_does_not_cover_is_not_charged() -> None:
    found = books(used(messages=5), "plan", money="0.20")
    assert len(found.charges) == 2
    assert found.accounts["acc"].balances == {"money": 6 * CENT}


def test_a_shared_allowance_is_there_once_and_burns_in_the_order_of_the_calls() -> None:
    plan = AccountPlan(
        "acc", (SubscriberPlan("a", ("plan", "talk")), SubscriberPlan("b", ("plan", "talk"))), "10.00"
    )
    usage = {"a": used(calls=(30,)), "b": used(calls=(0, 20))}
    found = expected_books(price_list(), usage, [plan], RUN)
    assert found.accounts["acc"].balances["/talk/shared-minute"] == 0
    second = found.charges[ChargeKey("acc", "t/b/call-2", CALL)]
    assert second == ChargeSum(20, 60, 0, 12 * CENT)


def test_steps_price_the_units_that_fall_into_each_and_round_once_half_to_even() -> None:
    found = books(used(octets={"Web": 5}), "plan", "steps")
    # 3 units at 1.00 EUR and two thirds of 0.10 EUR: 306.666... cents.
    assert charge(found, "pdu-session", WEB) == ChargeSum(5, 5, 0, 306_666_667)


def test_a_bundle_brings_its_members_and_what_was_chosen() -> None:
    plan = AccountPlan("acc", (SubscriberPlan("a", ("bundle",), ("texts",)),), "1.00")
    found = expected_books(price_list(), {"a": used(messages=1)}, [plan], RUN)
    assert found.accounts["acc"].balances == {"money": 100 * CENT, "a/texts/three": 2}


def test_credit_lets_money_go_below_zero() -> None:
    plan = AccountPlan("acc", (SubscriberPlan("a", ("plan",)),), "", "0.10")
    found = expected_books(price_list(), {"a": used(messages=2)}, [plan], RUN)
    assert found.accounts["acc"].balances == {"money": -7 * CENT}


@pytest.mark.parametrize(
    ("usage", "offerings", "money", "run", "says"),
    [
        (
            used(octets={"Web": 6_000, "Video": 6_000}),
            ("plan", "everything"),
            "1",
            RUN,
            "runs out under several",
        ),
        (used(octets={"Web": 10**6}), ("plan",), "0.99", RUN, "money ends within t/a/pdu-session"),
        (
            CaptureUsage(0, 50, calls=[CallUsed(1, 0, 7_200_000, 5)]),
            ("plan",),
            "1",
            Run("t", instant(datetime(2026, 3, 2, 17, tzinfo=UTC))),
            "the price of voice-call changes meanwhile",
        ),
    ],
)
def test_what_the_input_does_not_decide_is_refused_not_guessed(
    usage: CaptureUsage, offerings: tuple[str, ...], money: str, run: Run, says: str
) -> None:
    with pytest.raises(NotAuditableError, match=says):
        books(usage, *offerings, money=money, run=run)
