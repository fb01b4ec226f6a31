"""Re-rating: the differences to another version's prices are written as corrections, never as edits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tidemark.catalog.v1 import pricing_pb2

from services.charging.adapters.tariff_messages import compile_tariff
from services.charging.domain.commands import ExpireSession, PastCharge, Refund
from services.charging.domain.correction_commands import CorrectCharges, Correction, RepricedCharge
from services.charging.domain.events import BucketMoved, MovementReason
from services.charging.domain.rating.tariff import Tariff
from services.charging.domain.rerating import NotRepriced
from tests.support.charging_catalog import (
    DATA,
    FREE,
    TEXT,
    allowance,
    catalog,
    flat,
    offering,
    per,
    price,
    tariff,
    tiers,
)
from tests.support.charging_models import Model, factor, package, volume
from tests.support.charging_world import NOON, World, at, eur, later, report
from tests.support.rerated_world import EVENT, Use, correct, corrections, play, repriced


def version(number: int, data: Model, *, step: int = 1, small: int = 0) -> Tariff:
    """Offering `basic` with a data price, texts at 0.07, and an allowance if wanted."""
    included = [allowance("small", small)] if small else []
    prices = (price("data", DATA, data, first=step, then=step), price("text", TEXT, flat("0.07")))
    return tariff(offering("basic", *prices, allowances=included), version=number)


def taxed(number: int, percent: str, inclusive: bool = True) -> Tariff:
    """A cent for an octet, with a tax."""
    tax = pricing_pb2.Tax(code="vat", name="VAT", percent=percent, inclusive=inclusive)
    made = catalog(offering("basic", price("data", DATA, per("0.01"), tax="vat")))
    made.taxes.append(tax)
    return compile_tariff(made, number)


def world_of(*versions: Tariff, money: str = "10.00") -> World:
    """An account on the first version; the others come later."""
    world = World(versions[0])
    world.open_account(money=eur(money))
    for one in versions[1:]:
        world.adopt(one)
    return world


def past(world: World, index: int = 0) -> PastCharge:
    charge = world.charges()[index]
    return PastCharge(
        charge.charge_id,
        charge.account_id,
        charge.subscriber_id,
        charge.currency_code,
        charge.amount,
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


def test_units_that_an_allowance_covered_stay_covered() -> None:
    """Of 100 octets 30 were included; 70 at 0.02 were 1.40, at 0.01 they are 0.70."""
    world = world_of(version(1, per("0.02"), small=30), version(2, per("0.01"), small=500))
    world.session(report(DATA)).release(report(DATA, 100, want=None))
    assert world.money() == eur("8.60")
    correct(world, 2)
    assert world.money() == eur("9.30")
    assert world.bucket("sub-1/basic/small").balance == 0


def test_units_covered_beyond_smaller_increments_cover_what_comes_next() -> None:
    """40 octets counted as 50, all included; 30 more as 50 more, of which 10 were included.

    By single octets 70 count in all and 60 were included: 10 are paid, at 0.01.
    """
    world = world_of(version(1, per("0.01"), step=50, small=60), version(2, per("0.01"), small=60))
    session = world.session(report(DATA))
    session.update(report(DATA, 40))
    session.release(report(DATA, 30, want=None))
    assert [charge.amount for charge in world.charges()] == [0, eur("0.40")]
    correct(world, 2)
    assert world.money() == eur("9.90")


def test_steps_are_reached_anew_over_all_reports_of_a_session() -> None:
    """3 x 40 octets: 60 at 0.02 and 60 at 0.01 are 1.80, report by report 0.80, 0.60, 0.40."""
    world = world_of(version(1, per("0.05")), version(2, tiers((60, "0.02"), (None, "0.01"))))
    session = world.session(report(DATA))
    for _ in range(3):
        session.update(report(DATA, 40))
    correct(world, 2)
    after = [
        original.amount + item.amount
        for original, item in zip(world.charges(), corrections(world), strict=True)
    ]
    assert after == [eur("0.80"), eur("0.60"), eur("0.40")]


def test_a_monthly_price_counts_over_sessions_and_begins_anew_with_the_month() -> None:
    """50 on 31 March, 50 and 50 in April: 50 x 0.02; 50 x 0.02; 10 x 0.02 and 40 x 0.01."""
    monthly = tiers((60, "0.02"), (None, "0.01"), month=True)
    world = world_of(version(1, per("0.05")), version(2, monthly))
    for when in ("2026-03-31 23:00", "2026-04-01 10:00", "2026-04-02 10:00"):
        world.clock.time = at(when)
        world.do(world.event(report(DATA, 50, want=None), when=at(when)))
    correct(world, 2)
    after = [
        original.amount + item.amount
        for original, item in zip(world.charges(), corrections(world), strict=True)
    ]
    assert after == [eur("1.00"), eur("1.00"), eur("0.60")]


def test_charges_before_the_period_still_count_for_the_steps() -> None:
    """Only the second report is in the period: 40 were used before, so 20 at 0.02 and 20 at 0.01."""
    world = world_of(version(1, per("0.05")), version(2, tiers((60, "0.02"), (None, "0.01"))))
    session = world.session(report(DATA))
    session.update(report(DATA, 40))
    session.update(report(DATA, 40))
    (found,) = repriced(world, 2, world.charges()[1:])
    assert isinstance(found, RepricedCharge)
    assert found.amount == eur("0.60")


def test_a_peak_is_priced_anew_over_the_month() -> None:
    """Two sessions at a time: 1.00 each at first, then one at 1.50 and the next at 0.50."""
    kind = pricing_pb2.CONCURRENCY_SESSIONS
    versions = [
        tariff(
            offering("basic", price("data", DATA, FREE), price("peak", DATA, model, concurrency=kind)),
            version=number,
        )
        for number, model in ((1, per("1.00")), (2, tiers((1, "1.50"), (None, "0.50"))))
    ]
    world = world_of(*versions)
    world.session(report(DATA))
    world.session(report(DATA))
    assert [charge.amount for charge in world.charges()] == [eur("1.00"), eur("1.00")]
    correct(world, 2)
    assert [item.amount for item in corrections(world)] == [eur("0.50"), -eur("0.50")]


def test_what_the_version_cannot_price_is_named_and_left_alone() -> None:
    """Version 2 sells neither texts nor in EUR what `other` offers; version 9 is not known."""
    world = world_of(
        version(1, per("0.02")), tariff(offering("basic", price("data", DATA, per("0.01"))), version=2)
    )
    world.do(world.event(report(TEXT, 1)))
    (found,) = repriced(world, 2)
    assert isinstance(found, NotRepriced)
    assert found.detail == "basic has no price for rating group 30 in zone home"
    (found,) = repriced(world, 9)
    assert isinstance(found, NotRepriced)
    assert found.detail == "catalog version 9 is not at hand in EUR"
    world.adopt(tariff(offering("other", price("data", DATA, per("0.01"))), version=3))
    (found,) = repriced(world, 3)
    assert isinstance(found, NotRepriced)
    assert found.detail == "catalog version 3 does not sell basic"


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


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (CorrectCharges("nobody", "run-1", (), "why", "who"), "ACCOUNT_UNKNOWN"),
        (CorrectCharges("acme", "run-1", (), "why", "who"), ""),
    ],
)
def test_an_unknown_account_is_refused_and_nothing_to_do_is_no_entry(
    command: CorrectCharges, reason: str
) -> None:
    world = world_of(version(1, per("0.02")))
    if reason:
        assert world.refusal(command) == reason
    else:
        digest = world.digest()
        world.do(command)
        assert (world.last_events, world.digest()) == ((), digest)


def test_too_many_corrections_at_once_and_another_currency_are_refused() -> None:
    world = world_of(version(1, per("0.02")))
    charge = RepricedCharge("c-0-1-1-1", "sub-1", "USD", 1, 0, 2, 0, 1, "basic", "data")
    many = CorrectCharges("acme", "run-1", (charge,) * 1_001, "why", "who")
    assert world.refusal(many) == "CORRECTION_INVALID"
    assert world.refusal(CorrectCharges("acme", "run-1", (charge,), "why", "who")) == "CURRENCY_MISMATCH"


_MODELS: tuple[Model, ...] = (
    per("0.013"),
    per("0.0007", 3),
    flat("0.31"),
    FREE,
    tiers((50, "0.02"), (None, "0.013")),
    tiers((50, "0.02"), (400, "0.013"), (None, "0.001"), month=True),
    volume((100, "0.02"), (None, "0.011")),
    volume((100, "0.02"), (None, "0.011"), month=True),
    package("0.41", 70),
)
_uses = st.lists(
    st.builds(
        Use,
        st.sampled_from([EVENT, 1, 2, 3]),
        st.sampled_from([DATA, DATA, DATA, TEXT]),
        st.integers(1, 300),
        st.sampled_from([0, 1, 90, 60 * 24 * 11]),
        st.sampled_from(["", "20801"]),
    ),
    max_size=12,
)


def _zoned(number: int, home: Model, abroad: Model, then: int) -> Tariff:
    """Prices that differ at home and in the EU, one of them by the hour and with a minimum."""
    dearer = factor("hour >= 18 ? 1500 : 900", 500, 2_000)
    prices = (
        price("home", DATA, home, zones=["home"], then=then, minimum="0.05"),
        price("eu", DATA, abroad, zones=["eu"], then=then, dynamic=dearer),
        price("text", TEXT, flat("0.07")),
    )
    return tariff(offering("basic", *prices, allowances=[allowance("small", 150)]), version=number)


@settings(max_examples=60, deadline=None)
@given(_uses, st.sampled_from(_MODELS), st.sampled_from(_MODELS), st.sampled_from([1, 7]), st.integers(0, 11))
def test_rerating_by_the_same_version_corrects_nothing(
    uses: list[Use], home: Model, abroad: Model, then: int, left_out: int
) -> None:
    """Also where some charges are out of sight, as those before the period are."""
    world = world_of(_zoned(1, home, abroad, then))
    play(world, uses)
    seen = [charge for index, charge in enumerate(world.charges()) if index % 12 != left_out]
    assert correct(world, 1, charges=seen).corrections == ()


@settings(max_examples=60, deadline=None)
@given(_uses, *[st.sampled_from(_MODELS)] * 4)
def test_there_and_back_again_leaves_every_balance_as_it_was(
    uses: list[Use], home: Model, abroad: Model, other_home: Model, other_abroad: Model
) -> None:
    world = world_of(_zoned(1, home, abroad, 7), _zoned(2, other_home, other_abroad, 1))
    play(world, uses)
    balances = {name: bucket.balance for name, bucket in world.state.buckets.items()}
    correct(world, 2)
    correct(world, 1, run_id="run-2")
    assert {name: bucket.balance for name, bucket in world.state.buckets.items()} == balances
    totals = {(total.minor_micros, total.tax_minor_micros) for total in world.state.corrections.values()}
    assert totals <= {(0, 0)}


@settings(max_examples=60, deadline=None)
@given(_uses, *[st.sampled_from([model for model in _MODELS if model != FREE])] * 4)
def test_an_account_comes_to_where_the_other_version_would_have_brought_it(
    uses: list[Use], home: Model, abroad: Model, other_home: Model, other_abroad: Model
) -> None:
    """Where allowances cover the same: in both worlds the same increments, and nothing free."""
    wrong = world_of(_zoned(1, home, abroad, 7), _zoned(2, other_home, other_abroad, 7))
    right = world_of(_zoned(2, other_home, other_abroad, 7))
    play(wrong, uses)
    play(right, uses)
    correct(wrong, 2)
    assert {name: bucket.balance for name, bucket in wrong.state.buckets.items()} == {
        name: bucket.balance for name, bucket in right.state.buckets.items()
    }


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


def test_a_month_whose_count_was_forgotten_is_priced_as_it_was() -> None:
    """Two months are counted; what comes for an older one begins at the first step again."""
    monthly = tiers((60, "0.02"), (None, "0.01"), month=True)
    world = world_of(version(1, monthly))
    for when in ("2026-03-10 10:00", "2026-04-10 10:00", "2026-05-10 10:00", "2026-03-10 11:00"):
        world.do(world.event(report(DATA, 60, want=None), when=at(when)))
    assert [charge.amount for charge in world.charges()] == [eur("1.20")] * 4
    assert correct(world, 1).corrections == ()


def test_a_late_report_cumulates_where_its_session_stands() -> None:
    """40 in time, 40 after the session had expired: 60 at 0.02 and 20 at 0.01, as in one piece."""
    world = world_of(version(1, per("0.05")), version(2, tiers((60, "0.02"), (None, "0.01"))))
    session = world.session(report(DATA))
    session.update(report(DATA, 40))
    world.clock.advance(20_000)
    world.do(ExpireSession(session.ref))
    session.update(report(DATA, 40), when=later(NOON, 30))
    assert [charge.late for charge in world.charges()] == [False, True]
    correct(world, 2)
    assert world.money() == eur("8.60")
