"""Corrections: the differences to another version are written, a charge is never edited."""

from __future__ import annotations

from services.charging.domain.commands import PastCharge, Refund
from services.charging.domain.corrections.commands import CorrectCharges, Correction, RepricedCharge
from services.charging.domain.events import BucketMoved, MovementReason
from tests.support.charging_catalog import (
    DATA,
    per,
)
from tests.support.charging_world import NOON, World, eur, report
from tests.support.rerated_world import (
    correct,
    corrections,
    taxed,
    version,
    world_of,
)


def past(world: World, index: int = 0) -> PastCharge:
    charge = world.charges()[index]
    return PastCharge(
        charge.charge_id,
        charge.account_id,
        charge.subscriber_id,
        charge.currency_code,
        charge.amount,
        charge.tax,
        charge.debits,
    )


def refund(world: World, amount: str | None, index: int = 0) -> Refund:
    return Refund("sub-1", past(world, index), None if amount is None else eur(amount), "EUR", 1, NOON)


def test_a_cheaper_version_gives_the_difference_back() -> None:
    """100 octets at 0.02 were 2.00; at 0.015 they are 1.50."""
    world = world_of(version(1, per("0.02")), version(2, per("0.015")))
    world.session(report(DATA)).release(report(DATA, 100, want=None))
    answer = correct(world, 2)
    (charge,) = world.charges()
    assert answer.corrections == (
        Correction(charge.charge_id, "k-0-4-1-1", "EUR", eur("2.00"), eur("1.50"), "2/basic/data"),
    )
    assert world.money() == eur("8.50")
    moved = [event for event in world.last_events if isinstance(event, BucketMoved)]
    assert [(event.reason, event.delta, event.charge_id) for event in moved] == [
        (MovementReason.CORRECTED, eur("0.50"), "k-0-4-1-1")
    ]
    (correction,) = corrections(world)
    assert (correction.amount, correction.corrected_total) == (-eur("0.50"), -eur("0.50"))
    assert (correction.reason, correction.actor, correction.run_id) == (
        "wrong price",
        "pricing-desk",
        "run-1",
    )
    assert world.charges() == [charge], "a charge is never edited"


def test_a_dearer_version_may_overdraw_the_account() -> None:
    """100 octets at 0.01 left 0.00 of 1.00; at 0.03 they cost 2.00 more."""
    world = world_of(version(1, per("0.01")), version(2, per("0.03")), money="1.00")
    world.session(report(DATA)).release(report(DATA, 100, want=None))
    assert world.money() == 0
    correct(world, 2)
    assert world.money() == -eur("2.00")


def test_run_again_it_finds_nothing_left_to_correct() -> None:
    world = world_of(version(1, per("0.02")), version(2, per("0.015")))
    world.session(report(DATA)).release(report(DATA, 100, want=None))
    correct(world, 2)
    digest = world.digest()
    assert correct(world, 2, run_id="run-2").corrections == ()
    assert world.digest() == digest


def test_a_correction_is_the_difference_to_all_corrections_before_it() -> None:
    """2.00, by version 2 1.50, by version 3 1.80: -0.50, then +0.30."""
    world = world_of(version(1, per("0.02")), version(2, per("0.015")), version(3, per("0.018")))
    world.session(report(DATA)).release(report(DATA, 100, want=None))
    correct(world, 2)
    correct(world, 3, run_id="run-2")
    assert [item.amount for item in corrections(world)] == [-eur("0.50"), eur("0.30")]
    assert corrections(world)[-1].corrected_total == -eur("0.20")
    assert world.money() == eur("8.20")


def test_a_tax_that_changes_within_the_price_is_corrected_without_moving_money() -> None:
    """1.19 with 19 % in it holds 0.19; with 7 % it holds 0.0778504673 or so."""
    world = world_of(taxed(1, "19"), taxed(2, "7"))
    world.do(world.event(report(DATA, 119)))
    correct(world, 2)
    (correction,) = corrections(world)
    assert (correction.amount, correction.debits) == (0, ())
    assert correction.corrected_total_tax == 7_785_047 - eur("0.19")
    assert world.money() == eur("8.81")


def test_a_tax_on_top_moves_the_amount() -> None:
    """100 octets at 0.01 with 19 % on top were 1.19; with 7 % they are 1.07."""
    world = world_of(taxed(1, "19", inclusive=False), taxed(2, "7", inclusive=False))
    world.do(world.event(report(DATA, 100)))
    correct(world, 2)
    assert world.money() == eur("8.93")


def test_a_charge_that_was_refunded_whole_is_left_alone() -> None:
    world = world_of(version(1, per("0.02")), version(2, per("0.01")))
    world.do(world.event(report(DATA, 100)))
    world.do(refund(world, None))
    answer = correct(world, 2)
    assert answer.corrections == ()
    assert [item.detail for item in answer.uncorrected] == ["it was refunded whole"]
    assert world.money() == eur("10.00")


def test_no_charge_is_brought_below_what_was_refunded_of_it() -> None:
    """2.00 charged, 1.50 refunded; it should have cost 1.00, so only 0.50 is left to give back."""
    world = world_of(version(1, per("0.02")), version(2, per("0.01")))
    world.do(world.event(report(DATA, 100)))
    world.do(refund(world, "1.50"))
    answer = correct(world, 2)
    assert [item.after - item.before for item in answer.corrections] == [-eur("0.50")]
    assert [item.detail for item in answer.uncorrected] == [
        "0.50 EUR less than its due are given back, for that part was refunded"
    ]
    assert world.money() == eur("10.00")
    assert correct(world, 2, run_id="run-2").corrections == ()


def test_a_corrected_charge_is_refunded_as_it_was_corrected() -> None:
    """2.00 charged, 1.00 given back by a correction: 1.00 is left; and 3.00 where 1.00 was added."""
    world = world_of(version(1, per("0.02")), version(2, per("0.01")), version(3, per("0.03")))
    world.do(world.event(report(DATA, 100)))
    correct(world, 2)
    assert world.refusal(refund(world, "1.01")) == "REFUND_EXCEEDS_CHARGE"
    correct(world, 3, run_id="run-2")
    world.do(refund(world, None))
    assert world.money() == eur("10.00")
    assert world.refusal(refund(world, "0.01")) == "REFUND_EXCEEDS_CHARGE"


def test_money_given_back_calls_back_a_session_that_had_run_dry() -> None:
    world = world_of(version(1, per("0.02")), version(2, per("0.01")), money="2.00")
    session = world.session(report(DATA))
    session.update(report(DATA, 100))
    assert world.money() == 0
    correct(world, 2)
    assert world.state.sessions[session.ref].reauthorisation_pending == (DATA,)


def test_an_unknown_account_is_refused() -> None:
    world = world_of(version(1, per("0.02")))
    assert world.refusal(CorrectCharges("nobody", "run-1", (), "why", "who")) == "ACCOUNT_UNKNOWN"


def test_where_all_is_right_nothing_is_written() -> None:
    world = world_of(version(1, per("0.02")))
    world.do(world.event(report(DATA, 100)))
    digest = world.digest()
    correct(world, 1)
    assert (world.last_events, world.digest()) == ((), digest)


def test_too_many_corrections_at_once_and_another_currency_are_refused() -> None:
    world = world_of(version(1, per("0.02")))
    charge = RepricedCharge("c-0-1-1-1", "sub-1", "USD", 1, 0, 2, 0, 1, "basic", "data")
    many = CorrectCharges("acme", "run-1", (charge,) * 1_001, "why", "who")
    assert world.refusal(many) == "CORRECTION_INVALID"
    assert world.refusal(CorrectCharges("acme", "run-1", (charge,), "why", "who")) == "CURRENCY_MISMATCH"
