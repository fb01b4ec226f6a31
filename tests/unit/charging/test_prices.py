"""What usage costs, worked by hand. One session, one rating group, plenty of money."""

from __future__ import annotations

import pytest
from tidemark.catalog.v1 import catalog_pb2

from services.charging.domain.rating.increments import Increments
from tests.support.charging_catalog import (
    DATA,
    FREE,
    TEXT,
    VOICE,
    flat,
    offering,
    per,
    price,
    tariff,
    tiers,
)
from tests.support.charging_world import KIB, World, at, eur, report

MINUTE_CALL = price("voice", VOICE, per("0.09", 60), first=60, then=1)
HALF_MINUTES = price("voice", VOICE, per("0.09", 60), first=30, then=30)
KIBIBYTES = price("data", DATA, per("0.01", 1_000_000), first=KIB, then=KIB)
STEPS = price("data", DATA, tiers((100, "0.10"), (1_000, "0.05"), (None, "0.01")))


def _charged(
    rated: catalog_pb2.ProductOfferingPrice, *uses: int, money: str = "1000000.00"
) -> tuple[list[int], list[int]]:
    """Amounts and rated units of reports of one session."""
    world = World(tariff(offering("basic", rated)))
    world.open_account(money=eur(money))
    number = rated.rating_groups[0]
    session = world.session()
    for used in uses:
        session.update(report(number, used, want=None))
    session.release()
    charges = world.charges()
    assert world.money() == eur(money) - sum(charge.amount for charge in charges)
    return [charge.amount for charge in charges], [charge.rated_units for charge in charges]


@pytest.mark.parametrize(
    ("rated", "used", "rated_units", "amount"),
    [
        # 60/1: the first minute whole, then by the second. 0.09 a minute is 0.0015 a second.
        (MINUTE_CALL, 1, 60, "0.09"),
        (MINUTE_CALL, 59, 60, "0.09"),
        (MINUTE_CALL, 60, 60, "0.09"),
        (MINUTE_CALL, 61, 61, "0.0915"),
        (MINUTE_CALL, 3_600, 3_600, "5.40"),
        # 30/30: half minutes, 0.045 each.
        (HALF_MINUTES, 1, 30, "0.045"),
        (HALF_MINUTES, 30, 30, "0.045"),
        (HALF_MINUTES, 31, 60, "0.09"),
        (HALF_MINUTES, 90, 90, "0.135"),
        # A kibibyte at least; 0.01 for a million octets, so 1024 octets cost 0.00001024.
        (KIBIBYTES, 1, 1_024, "0.00001024"),
        (KIBIBYTES, 1_024, 1_024, "0.00001024"),
        (KIBIBYTES, 1_025, 2_048, "0.00002048"),
        (KIBIBYTES, 1_000_000, 1_000_448, "0.01000448"),
        # Whatever the size, once.
        (price("text", TEXT, flat("0.07")), 1, 1, "0.07"),
        (price("text", TEXT, flat("0.07")), 5, 5, "0.07"),
        (price("text", TEXT, per("0.07")), 5, 5, "0.35"),
        # 100 at 0.10, the next 900 at 0.05, the rest at 0.01.
        (STEPS, 1, 1, "0.10"),
        (STEPS, 100, 100, "10.00"),
        (STEPS, 101, 101, "10.05"),
        (STEPS, 1_000, 1_000, "55.00"),
        (STEPS, 1_500, 1_500, "60.00"),
        # Nothing, and known all the same.
        (price("data", DATA, FREE), 10**12, 10**12, "0.00"),
    ],
)
def test_one_report_costs_what_the_price_list_says(
    rated: catalog_pb2.ProductOfferingPrice, used: int, rated_units: int, amount: str
) -> None:
    assert _charged(rated, used) == ([eur(amount)], [rated_units])


@pytest.mark.parametrize(
    ("rated", "uses", "amounts"),
    [
        # The first minute is paid with the first second; what follows inside it costs nothing more.
        (MINUTE_CALL, (1, 58, 1, 1), ("0.09", "0.00", "0.00", "0.0015")),
        (HALF_MINUTES, (20, 20, 20), ("0.045", "0.045", "0.00")),
        (price("text", TEXT, flat("0.07")), (1, 1, 1), ("0.07", "0.00", "0.00")),
        (STEPS, (99, 2, 1_000), ("9.90", "0.15", "45.96")),
    ],
)
def test_reports_of_one_session_run_on_where_the_last_one_ended(
    rated: catalog_pb2.ProductOfferingPrice, uses: tuple[int, ...], amounts: tuple[str, ...]
) -> None:
    assert _charged(rated, *uses)[0] == [eur(amount) for amount in amounts]


def test_a_price_of_a_billionth_a_unit_is_exact_to_the_last_octet() -> None:
    """0.000000001 EUR is a tenth of a minor_micro: ten octets make one, a tie goes to the even neighbour."""
    tiny = price("data", DATA, per("0.000000001"))
    assert _charged(tiny, *[1] * 20)[0] == [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]
    assert _charged(tiny, 10**9)[0] == [10**8], "a billion octets for one euro"


def test_two_to_the_fortieth_octets_by_the_octet() -> None:
    """1 099 511 627 776 octets at 0.001 a million: 109 951 162 777.6 minor_micros, rounded once."""
    rated = price("data", DATA, per("0.001", 1_000_000), first=1, then=1)
    assert _charged(rated, 2**40) == ([109_951_162_778], [2**40])


@pytest.mark.parametrize(
    ("code", "written", "units", "minor_micros"),
    [
        ("JPY", "3", 7, 21_000_000),
        ("JPY", "0.5", 7, 3_500_000),
        ("TND", "0.125", 8, 1_000 * 1_000_000),
        ("TND", "0.001", 1, 1_000_000),
        ("EUR", "0.01", 1, 1_000_000),
    ],
)
def test_a_currency_counts_in_its_own_minor_unit(
    code: str, written: str, units: int, minor_micros: int
) -> None:
    """No decimals (yen), three (dinar), two (euro): a minor unit is always a million minor_micros."""
    world = World(tariff(offering("basic", price("text", TEXT, per(written))), currency_code=code))
    world.open_account(money=10**12, currency_code=code)
    answer = world.session().update(report(TEXT, units, want=None))
    assert (answer.cost.amount, answer.currency_code) == (minor_micros, code)
    assert world.money() == 10**12 - minor_micros


def test_steps_of_a_month_are_counted_over_its_sessions_and_begin_anew_in_the_next() -> None:
    monthly = price("data", DATA, tiers((10, "1.00"), (None, "0.10"), month=True))
    world = World(tariff(offering("basic", monthly)))
    world.open_account(money=eur("100.00"))
    amounts = []
    for when in ("2026-03-02 12:00", "2026-03-31 23:59", "2026-04-01 00:00"):
        session = world.session(when=at(when))
        amounts.append(session.release(report(DATA, 8, want=None), when=at(when)).cost.amount)
    assert amounts == [eur("8.00"), eur("2.60"), eur("8.00")]


@pytest.mark.parametrize("first", [1, 7, 30, 60])
@pytest.mark.parametrize("then", [1, 6, 30])
def test_what_may_still_be_used_never_counts_as_more_than_was_allowed(first: int, then: int) -> None:
    increments = Increments(first, then)
    for used in range(0, 100, 7):
        for billable in range(0, 130, 3):
            more = increments.largest_within(used, billable)
            assert increments.billable(used + more) - increments.billable(used) <= billable
            assert increments.billable(used + more + 1) - increments.billable(used) > billable


def test_an_amount_beyond_what_money_can_hold_is_refused_and_harms_nothing() -> None:
    world = World(
        tariff(offering("basic", price("data", DATA, per("100.00")), price("text", TEXT, per("1"))))
    )
    world.open_account()
    session = world.session()
    answer = session.update(report(DATA, 2**53), report(TEXT, 1, want=None))
    assert [group.result.name for group in answer.groups] == ["RATING_FAILED", "SUCCESS"]
    assert world.money() == eur("9.00")
    assert session.update(report(TEXT, 1, want=None)).cost.amount == eur("1.00"), "nobody is blocked"


def test_debts_stop_where_numbers_end() -> None:
    """Ten charges of a fifth of what an int64 holds: those that fit are owed, the others refused."""
    world = World(tariff(offering("basic", price("data", DATA, per("0.01")))))
    world.open_account(money=0)
    session = world.session()
    answers = [session.update(report(DATA, 2**53 // 5_000, want=None)) for _ in range(10)]
    results = [answer.groups[0].result.name for answer in answers]
    charged = results.count("SUCCESS")
    assert results == ["SUCCESS"] * charged + ["RATING_FAILED"] * (10 - charged)
    assert 0 < charged < 10
    assert -(2**62) <= world.money() == -charged * (2**53 // 5_000) * eur("0.01")
