"""What tax a refund contains: in proportion, exactly all of it in the end, corrections included."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.charging.application.find_charge import past_charge
from services.charging.domain.apply import apply_entry
from services.charging.domain.commands import PastCharge, Refund
from services.charging.domain.decisions.refund import give_back, give_back_whole
from services.charging.domain.draft import Draft
from services.charging.domain.events import ChargeRefunded, Debit, Entry, Operation
from services.charging.domain.snapshot import entries_of
from services.charging.domain.state import PartitionState, Refunded
from tests.support.charging_catalog import DATA, per
from tests.support.charging_world import NOON, World, eur, report
from tests.support.rerated_world import correct, corrections, taxed, version, world_of

MOST = 10**10
"""100.00 EUR in millionths of a cent."""


def _past(world: World) -> PastCharge:
    charge = past_charge(world.charges()[0])
    assert charge is not None
    return charge


def _refund(world: World, amount: str | None = None) -> ChargeRefunded:
    """Gives back part of the first charge, or all that is left."""
    minor_micros = None if amount is None else eur(amount)
    world.do(Refund("sub-1", _past(world), minor_micros, "EUR", 1, NOON))
    (refunded,) = [event for event in world.last_events if isinstance(event, ChargeRefunded)]
    return refunded


def _charged(*percents: str, octets: int = 119) -> World:
    """119 octets at a cent, tax included: 1.19, of which 0.19 at 19 per cent. Each rate is a version."""
    world = world_of(*(taxed(number, percent) for number, percent in enumerate(percents, 1)))
    world.do(world.event(report(DATA, octets)))
    return world


def test_a_whole_refund_contains_the_whole_tax() -> None:
    refunded = _refund(_charged("19"))
    assert (refunded.amount, refunded.tax, refunded.refunded_total_tax) == (
        eur("1.19"),
        eur("0.19"),
        eur("0.19"),
    )


def test_parts_contain_their_part_and_the_last_one_the_rest() -> None:
    """0.40 x 19/119 = 0.06386554(62...), 0.80 x 19/119 = 0.12773109(24...), 1.19 x 19/119 = 0.19."""
    world = _charged("19")
    assert [_refund(world, part).tax for part in ("0.40", "0.40", None)] == [
        6_386_555,
        12_773_109 - 6_386_555,
        eur("0.19") - 12_773_109,
    ]
    assert world.state.refunds[_past(world).charge_id] == Refunded(eur("1.19"), True, eur("0.19"))


def test_a_charge_without_tax_gives_back_none() -> None:
    world = _charged("0")
    assert [_refund(world, part).tax for part in ("0.50", None)] == [0, 0]


@given(st.integers(1, MOST), st.fractions(0, 1), st.lists(st.integers(1, MOST), max_size=6))
def test_any_parts_contain_what_one_refund_would(amount: int, share: Fraction, parts: list[int]) -> None:
    """After each part the tax so far is that of the amount so far, rounded once; at the end it is all."""
    world = world_of(version(1, per("0.01")))
    debits = (Debit("acme/money", "EUR", amount),)
    charge = PastCharge("c-0-9-1-1", "acme", "sub-1", "EUR", amount, round(amount * share), debits)
    given_back = tax_so_far = 0
    for part in (*parts, None):
        draft = Draft(world.state)
        wanted = amount - given_back if part is None else min(part, amount - given_back)
        give_back(draft, charge, wanted, part is None, "r-0-9-1")
        (refunded,) = [event for event in draft.events if isinstance(event, ChargeRefunded)]
        apply_entry(world.state, Entry(NOON, Operation.ONE_TIME_EVENT, tuple(draft.events)))
        given_back += wanted
        tax_so_far += refunded.tax
        assert 0 <= refunded.tax <= wanted
        assert tax_so_far == refunded.refunded_total_tax == round(Fraction(charge.tax * given_back, amount))
    assert tax_so_far == charge.tax


def test_a_refund_after_a_correction_contains_the_corrected_tax() -> None:
    """The rate falls to 7 per cent, the amount stays: 1.19 x 7/107 = 0.07785047, half and half."""
    world = _charged("19", "7")
    correct(world, 2)
    assert [_refund(world, part).tax for part in ("0.595", None)] == [3_892_524, 3_892_523]


def test_tax_that_was_corrected_between_two_refunds_is_made_up_for_by_the_last() -> None:
    """Half was given back with 0.095 of tax, more than the 0.07785047 that the whole charge has now."""
    world = _charged("19", "7")
    assert _refund(world, "0.595").tax == eur("0.095")
    correct(world, 2)
    assert _refund(world, "0.10").tax == 0, "a part never contains less than no tax"
    last = _refund(world)
    assert (last.tax, last.refunded_total_tax) == (7_785_047 - eur("0.095"), 7_785_047)


def test_a_part_never_contains_more_tax_than_money() -> None:
    """1.00 was given back without tax; then the charge comes to hold 0.19."""
    world = _charged("0", "19")
    _refund(world, "1.00")
    correct(world, 2)
    assert [_refund(world, part).tax for part in ("0.01", None)] == [eur("0.01"), eur("0.18")]


def test_a_correction_that_leaves_nothing_of_a_charge_leaves_no_tax_of_it() -> None:
    """1.00 charged, 0.50 refunded; it should have cost 0.40, or 0.50, without tax: 0.50 and all tax go."""
    for price in ("0.004", "0.005"):
        world = world_of(taxed(1, "19"), version(2, per(price)))
        world.do(world.event(report(DATA, 100)))
        refunded = _refund(world, "0.50")
        correct(world, 2)
        (correction,) = corrections(world)
        assert correction.amount == -eur("0.50")
        assert correction.tax == refunded.tax - _past(world).tax
        assert correct(world, 2, run_id="run-2").corrections == ()


def test_a_refund_from_before_refunds_told_tax_leaves_all_of_it_to_the_next() -> None:
    world = _charged("19")
    charge = _past(world)
    old = ChargeRefunded(
        "r-0-2-1", charge.charge_id, "acme", "sub-1", "EUR", eur("0.595"), (), eur("0.595"), False
    )
    apply_entry(world.state, Entry(NOON, Operation.ONE_TIME_EVENT, (old,)))
    draft = Draft(world.state)
    assert give_back_whole(draft, charge, "r-0-9-1") == eur("0.595")
    (refunded,) = [event for event in draft.events if isinstance(event, ChargeRefunded)]
    assert refunded.tax == eur("0.19")


def test_a_snapshot_keeps_the_tax_that_was_given_back() -> None:
    world = _charged("19")
    _refund(world, "0.40")
    copy = PartitionState()
    for entry in entries_of(world.state):
        apply_entry(copy, entry)
    assert copy.refunds == world.state.refunds
    (kept,) = copy.refunds.values()
    assert kept.tax_minor_micros == 6_386_555
