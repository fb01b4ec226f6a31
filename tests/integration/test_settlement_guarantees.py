"""The guarantees of settlement that a store must keep: S5 to S12 and S15, by name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.common.kernel.outcome import RefusedError
from services.partner_settlement.application.settling import release_parked
from services.partner_settlement.domain.accrual import input_digest
from services.partner_settlement.domain.agreements import FixedStep, GuaranteeStep, PercentStep, Recipient
from services.partner_settlement.domain.calculation import calculate
from services.partner_settlement.domain.runs import RunState
from services.partner_settlement.domain.statements import ExchangeRate
from tests.support.postgres import new_postgres_database
from tests.support.settlement_agreements import (
    CENT,
    CINEMA,
    MELODY,
    STREAMCAST,
    music,
    sponsored_video,
    tiered_music,
)
from tests.support.settlement_products import product
from tests.support.settlement_world import SettlementWorld, with_version

FEE = product("fee", "music", "monthly")
REFUND = replace(FEE, kind="refund")
NOVEMBER, DECEMBER = "2026-11", "2026-12"


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest) -> Iterator[SettlementWorld]:
    made = SettlementWorld("sqlite://" if request.param == "sqlite" else new_postgres_database())
    made.parties(MELODY, CINEMA, STREAMCAST)
    yield made
    made.database.engine.dispose()


def reason_of(error: pytest.ExceptionInfo[RefusedError]) -> str:
    return str(error.value.refused.reason)


def test_s5_what_comes_after_the_freeze_goes_into_the_next_period(world: SettlementWorld) -> None:
    world.agree(music())
    world.record("2026-11-10", FEE, 1_000 * CENT)
    world.until("2026-12-01")
    frozen = world.freeze(NOVEMBER)
    world.record("2026-11-20", FEE, 500 * CENT)
    world.calculate(NOVEMBER)
    world.close(NOVEMBER)
    assert frozen.input is not None
    assert (frozen.input.records, frozen.input.gross_minor_micros) == (1, (("EUR", 1_000 * CENT),))
    assert world.nets("melody/2026-11/1") == {"EUR": 600}
    world.pay(NOVEMBER)
    world.settle(DECEMBER)
    (line,) = world.statement("melody/2026-12/1").lines
    assert (line.home_period, line.net_minor, line.refers_to_statement_id, line.refers_to_line) == (
        NOVEMBER,
        300,
        "melody/2026-11/1",
        1,
    )


def test_s5_the_input_is_named_by_a_hash_that_anything_else_does_not_have(world: SettlementWorld) -> None:
    other = SettlementWorld()
    for made, amount in ((world, 1_000 * CENT), (other, 1_001 * CENT)):
        made.agree(music())
        made.record("2026-11-10", FEE, amount)
        made.until("2026-12-01")
    hashes = [made.freeze(NOVEMBER).input.sha256 for made in (world, other)]  # type: ignore[union-attr]
    assert hashes[0] != hashes[1]
    other.database.engine.dispose()


def test_s6_closing_again_gives_the_same_statement_and_books_nothing(world: SettlementWorld) -> None:
    world.agree(music())
    world.record("2026-11-10", FEE, 1_000 * CENT)
    world.settle(NOVEMBER)
    content = world.statement("melody/2026-11/1").SerializeToString(deterministic=True)
    entries = len(world.entries())
    world.days(3)
    world.close(NOVEMBER)
    assert world.statement("melody/2026-11/1").SerializeToString(deterministic=True) == content
    assert len(world.entries()) == entries


def test_s7_a_second_run_finds_nothing_to_do(world: SettlementWorld) -> None:
    world.agree(music())
    world.record("2026-11-10", FEE, 1_000 * CENT)
    run = world.settle(NOVEMBER)
    before = world.entries()
    assert world.freeze(NOVEMBER) == run
    assert world.calculate(NOVEMBER) == run
    assert world.close(NOVEMBER) == run
    assert world.entries() == before
    world.until("2027-01-01")
    with pytest.raises(RefusedError) as refused:
        world.freeze(DECEMBER)
    assert reason_of(refused) == "NOTHING_TO_SETTLE"


def test_s8_a_close_that_fails_leaves_no_part_of_itself(world: SettlementWorld) -> None:
    """The last statement cannot be finished: neither the first is final, nor the ledger booked."""
    world.agree(music(), sponsored_video())
    world.record("2026-11-10", FEE, 1_000 * CENT)
    world.until("2026-12-01")
    world.freeze(NOVEMBER)
    world.calculate(NOVEMBER)
    with world.database.engine.begin() as connection:
        connection.execute(
            text("UPDATE statement SET content = :content WHERE statement_id = 'streamcast/2026-11/1'"),
            {"content": b"\xff"},
        )
    with pytest.raises(Exception, match="pars"):
        world.close(NOVEMBER)
    assert world.entries() == []
    assert world.statement("melody/2026-11/1").header.sequence_number == 0


def test_s9_a_refund_unwinds_what_was_recorded_and_not_todays_terms(world: SettlementWorld) -> None:
    """60 per cent were paid in November; December has 10 per cent, and the refund takes back 60."""
    ten = music(PercentStep("share", Recipient("melody"), Fraction(10)))
    world.agree(music(), with_version(ten, 2, date(2026, 12, 1)))
    charge = world.record("2026-11-10", FEE, 1_000 * CENT)
    world.record("2026-11-11", FEE, 1_000 * CENT)
    world.settle(NOVEMBER)
    world.pay(NOVEMBER)
    world.record("2026-11-10", REFUND, -1_000 * CENT, refers_to=charge.record_id)
    world.record("2026-12-05", FEE, 10_000 * CENT)
    world.settle(DECEMBER)
    lines = {line.home_period: line for line in world.statement("melody/2026-12/1").lines}
    assert (lines[NOVEMBER].net_minor, lines[NOVEMBER].agreement_version) == (-600, 1)
    assert (lines[DECEMBER].net_minor, lines[DECEMBER].agreement_version) == (1_000, 2)


def test_s9_a_late_sale_falls_into_the_tier_that_its_period_had_reached(world: SettlementWorld) -> None:
    """90.00 in November at 50 per cent; 30.00 late: 10.00 at 50, 20.00 at 70."""
    world.agree(tiered_music())
    world.record("2026-11-10", FEE, 9_000 * CENT)
    world.settle(NOVEMBER)
    world.record("2026-11-28", FEE, 3_000 * CENT)
    world.settle(DECEMBER)
    shares = [line.share_minor for line in world.statement("melody/2026-12/1").lines if line.agreement_code]
    assert sum(shares) == 500 + 1_400


def test_s10_a_closed_period_nets_to_zero_and_is_locked(world: SettlementWorld) -> None:
    world.agree(music())
    world.record("2026-11-10", FEE, 1_000 * CENT, tax=160 * CENT)
    world.settle(NOVEMBER)
    assert world.cleared()
    assert world.differences() == ()
    with pytest.raises(DBAPIError, match="only ever added to"), world.database.engine.begin() as connection:
        connection.execute(text("UPDATE ledger_posting SET amount_minor = 0"))
    with pytest.raises(DBAPIError, match="only ever added to"), world.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM ledger_entry"))


def test_s10_opening_again_is_on_record_and_reverses_posting_for_posting(world: SettlementWorld) -> None:
    world.agree(music())
    world.record("2026-11-10", FEE, 1_000 * CENT)
    world.settle(NOVEMBER)
    world.record("2026-11-12", FEE, 500 * CENT)
    run = world.reopen(NOVEMBER, "usage of the 12th was missing")
    assert (run.state, run.revision) == (RunState.OPEN, 2)
    assert world.balances() == {}
    world.settle(NOVEMBER)
    assert world.nets("melody/2026-11/2") == {"EUR": 900}
    old, new = world.statement("melody/2026-11/1").header, world.statement("melody/2026-11/2").header
    assert (old.sequence_number, new.sequence_number) == (1, 2)
    assert world.differences() == ()
    world.pay(NOVEMBER)
    with pytest.raises(RefusedError) as refused:
        world.reopen(NOVEMBER)
    assert reason_of(refused) == "RUN_PAID"


def test_s11_what_cannot_be_parks_that_party_and_nobody_else(world: SettlementWorld) -> None:
    """More is refunded than was ever charged in the agreement with Melody; Cinema is paid."""
    world.agree(music(), sponsored_video())
    world.record("2026-11-10", REFUND, -1_000 * CENT, refers_to="c-of-long-ago")
    world.record("2026-11-10", product("usage", "sponsored", unit="octets"), 0, quantity=1_000_000)
    world.settle(NOVEMBER)
    melody, cinema = world.statement("melody/2026-11/1"), world.statement("cinema/2026-11/1")
    assert melody.header.parked_reason == "MORE_GIVEN_BACK_THAN_CHARGED"
    assert world.payable("melody/2026-11/1") == {"EUR": 0}
    # 1,000 units at 0.02 are 20.00; 15 per cent of it.
    assert (cinema.header.parked_reason, world.payable("cinema/2026-11/1")) == ("", {"EUR": 300})
    assert world.balances()["partner-suspense:melody", "EUR"] == 600
    assert world.differences() == ()


def test_s11_a_payout_above_the_agreed_maximum_waits_for_a_person(world: SettlementWorld) -> None:
    world.parties(replace(MELODY, payout_maximums={"EUR": 500}))
    world.agree(music())
    world.record("2026-11-10", FEE, 1_000 * CENT)
    world.settle(NOVEMBER)
    assert world.statement("melody/2026-11/1").header.parked_reason == "ABOVE_MAXIMUM"
    world.pay(NOVEMBER)
    world.on_books(lambda books: release_parked(books, "melody/2026-11/1", world.act("looked at")))
    world.record("2026-12-10", FEE, 100 * CENT)
    world.parties(replace(MELODY, payout_maximums={"EUR": 5_000}))
    world.settle(DECEMBER)
    first, second = world.statement("melody/2026-12/1").lines
    assert (first.net_minor, first.refers_to_statement_id) == (600, "melody/2026-11/1")
    assert second.net_minor == 60
    assert world.payable("melody/2026-12/1") == {"EUR": 660}


def test_s12_a_negative_balance_is_carried_forward_as_a_line_of_its_own(world: SettlementWorld) -> None:
    world.agree(music())
    charge = world.record("2026-11-10", FEE, 1_000 * CENT)
    world.settle(NOVEMBER)
    world.pay(NOVEMBER)
    world.record("2026-11-10", REFUND, -1_000 * CENT, refers_to=charge.record_id)
    world.settle(DECEMBER)
    assert world.payable("melody/2026-12/1") == {"EUR": 0}
    world.pay(DECEMBER)
    world.record("2027-01-10", FEE, 1_500 * CENT)
    world.settle("2027-01")
    carried, share = world.statement("melody/2027-01/1").lines
    assert (carried.net_minor, carried.refers_to_statement_id) == (-600, "melody/2026-12/1")
    assert (share.net_minor, world.payable("melody/2027-01/1")) == (900, {"EUR": 300})


def test_s12_what_is_too_little_to_be_paid_is_carried_forward(world: SettlementWorld) -> None:
    world.parties(replace(MELODY, payout_minimums={"EUR": 1_000}))
    world.agree(music())
    for month, day in ((NOVEMBER, "2026-11-10"), (DECEMBER, "2026-12-10")):
        world.record(day, FEE, 1_000 * CENT)
        world.settle(month)
        world.pay(month)
    assert world.payable("melody/2026-11/1") == {"EUR": 0}
    assert world.payable("melody/2026-12/1") == {"EUR": 1_200}
    assert world.balances().get(("partner-payable:melody", "EUR"), 0) == 0


def test_s12_who_leaves_is_paid_what_is_left(world: SettlementWorld) -> None:
    """6.00 of November are too little to be paid; the agreement ends, and they are paid with December."""
    world.parties(replace(MELODY, payout_minimums={"EUR": 1_000}))
    world.agree(replace(music(), effective_until=date(2026, 12, 1)), sponsored_video())
    world.record("2026-11-10", FEE, 1_000 * CENT)
    world.settle(NOVEMBER)
    assert world.payable("melody/2026-11/1") == {"EUR": 0}
    world.pay(NOVEMBER)
    world.settle(DECEMBER)
    assert world.payable("melody/2026-12/1") == {"EUR": 600}
    world.pay(DECEMBER)
    world.until("2027-02-01")
    with pytest.raises(RefusedError) as refused:
        world.freeze("2027-01")
    assert reason_of(refused) == "NOTHING_TO_SETTLE"


def test_s15_every_line_says_by_what_it_was_made_and_comes_out_the_same_again(world: SettlementWorld) -> None:
    world.agree(tiered_music(), sponsored_video())
    world.record("2026-11-10", FEE, 12_345 * CENT, tax=1_971 * CENT)
    world.record("2026-11-11", product("usage", "sponsored", unit="octets"), 0, quantity=777_777)
    run = world.settle(NOVEMBER)
    assert run.input is not None
    epoch = run.input.epoch
    rows = world.on_books(lambda books: books.rows(run.period.first, run.period.end, epoch))
    marks = world.on_books(lambda books: books.watermarks(epoch))
    book = world.on_books(lambda books: books.agreement_book())
    again = {
        (share.key.recipient.party, share.key.agreement_code, share.key.step_code): share
        for share in calculate(run.period, book.in_force(run.period), rows).shares
    }
    for party in ("melody", "cinema", "streamcast"):
        statement = world.statement(f"{party}/2026-11/1")
        digest = hashlib.sha256(input_digest(NOVEMBER, marks, rows)).digest()
        assert statement.header.record_set_sha256 == digest
        for line in statement.lines:
            share = again[party, line.agreement_code, line.step_code]
            assert (line.exact_share_minor, line.share_minor) == (str(share.exact), share.share_minor)
            assert line.agreement_version == 1
            assert line.rate


amounts = st.integers(1, 50_000).map(lambda cents: cents * CENT)
days = st.integers(1, 30).map(lambda day: f"2026-11-{day:02}")


# Shrinking on a database takes minutes, and the sales are few enough to read as they are.
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(st.lists(st.tuples(days, amounts), min_size=2, max_size=8), st.data())
def test_two_runs_over_a_split_period_pay_as_much_as_one(
    sales: list[tuple[str, int]], data: st.DataObject
) -> None:
    """With tiers, a guarantee and a fixed fee; what came late is settled with December."""
    split = data.draw(st.integers(1, len(sales) - 1))
    steps = (
        FixedStep("listing", Recipient("melody"), {"EUR": 100}),
        PercentStep("share", Recipient("melody"), Fraction(37)),
        GuaranteeStep("least", "melody", {"EUR": 20_000}),
    )
    paid = []
    for at_once in (sales, sales[:split]):
        world = SettlementWorld()
        world.agree(music(*steps))
        for day, amount in at_once:
            world.record(day, FEE, amount)
        world.settle(NOVEMBER)
        world.pay(NOVEMBER)
        for day, amount in sales[len(at_once) :]:
            world.record(day, FEE, amount)
        world.settle(DECEMBER)
        world.pay(DECEMBER)
        assert world.differences() == ()
        assert world.cleared()
        paid.append(-world.balances()["bank", "EUR"])
        world.database.engine.dispose()
    assert paid[0] == paid[1]


def test_exchange_is_a_balanced_pair_with_its_rate_and_date(world: SettlementWorld) -> None:
    """S4: 6.00 CHF at 1.05 are 6.30 EUR; each currency is balanced in itself."""
    world.parties(replace(MELODY, payout_currency_code="EUR"))
    world.agree(music(currencies=("EUR", "CHF")))
    world.record("2026-11-10", FEE, 1_000 * CENT)
    world.record("2026-11-10", replace(FEE, currency_code="CHF"), 1_000 * CENT)
    rate = ExchangeRate("CHF", "EUR", Fraction(105, 100), "2026-11-30")
    world.settle(NOVEMBER, [rate])
    assert world.payable("melody/2026-11/1") == {"CHF": 0, "EUR": 1_230}
    payouts = [total.payout_id for total in world.statement("melody/2026-11/1").totals]
    assert payouts == ["", "melody/2026-11/1/EUR"]
    exchanged = [line for line in world.statement("melody/2026-11/1").lines if line.exchange_rate]
    assert [(line.currency_code, line.net_minor) for line in exchanged] == [("CHF", -600), ("EUR", 630)]
    assert {(line.exchange_rate, line.exchange_date) for line in exchanged} == {("1.05", "2026-11-30")}
    assert world.differences() == ()


def test_a_missing_exchange_rate_parks_the_party(world: SettlementWorld) -> None:
    world.parties(replace(MELODY, payout_currency_code="EUR"))
    world.agree(music(currencies=("EUR", "CHF")))
    world.record("2026-11-10", replace(FEE, currency_code="CHF"), 1_000 * CENT)
    world.settle(NOVEMBER)
    assert world.statement("melody/2026-11/1").header.parked_reason == "EXCHANGE_RATE_MISSING"


def test_money_in_a_currency_that_was_not_agreed_on_parks_the_agreements_parties(
    world: SettlementWorld,
) -> None:
    world.agree(music())
    world.record("2026-11-10", replace(FEE, currency_code="CHF"), 1_000 * CENT)
    world.settle(NOVEMBER)
    assert world.statement("melody/2026-11/1").header.parked_reason == "CURRENCY_NOT_AGREED"


def test_tax_and_withholding_are_rounded_once_and_booked_apart(world: SettlementWorld) -> None:
    """19 per cent on top and 15 withheld of 6.01: 1.14 and 0.90."""
    world.parties(replace(MELODY, tax_percent=Fraction(19), withholding_percent=Fraction(15)))
    world.agree(music())
    world.record("2026-11-10", FEE, 501 * CENT)
    world.record("2026-11-10", replace(FEE, price_code="yearly"), 500 * CENT)
    world.settle(NOVEMBER)
    (total,) = world.statement("melody/2026-11/1").totals
    assert (total.share_minor, total.partner_tax_minor, total.withholding_minor) == (601, 114, 90)
    balances = world.balances()
    assert balances["input-tax", "EUR"] == 114
    assert balances["withholding-payable", "EUR"] == -90
    assert balances["partner-payable:melody", "EUR"] == -625


def test_periods_are_settled_in_their_order(world: SettlementWorld) -> None:
    world.agree(music())
    world.record("2026-11-10", FEE, 1_000 * CENT)
    with pytest.raises(RefusedError) as refused:
        world.freeze(NOVEMBER)
    assert reason_of(refused) == "PERIOD_NOT_OVER"
    world.record("2026-12-10", FEE, 1_000 * CENT)
    world.until("2027-01-02")
    with pytest.raises(RefusedError) as refused:
        world.freeze(DECEMBER)
    assert reason_of(refused) == "EARLIER_PERIOD_OPEN"
    world.settle(NOVEMBER)
    world.settle(DECEMBER)
    with pytest.raises(RefusedError) as refused:
        world.freeze("2026-10")
    assert reason_of(refused) == "PERIOD_PASSED"


def test_a_period_settled_early_is_finished_by_the_next(world: SettlementWorld) -> None:
    world.agree(music())
    world.record("2026-11-10", FEE, 1_000 * CENT)
    world.settle(NOVEMBER, early=True)
    assert world.statement("melody/2026-11/1").header.early
    world.record("2026-11-20", FEE, 500 * CENT)
    world.settle(DECEMBER)
    assert world.nets("melody/2026-12/1") == {"EUR": 300}, "November's payout is under way"
