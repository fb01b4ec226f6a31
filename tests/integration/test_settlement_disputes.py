"""Disputes: a line is held back while nobody has decided, and what is agreed on is in the next statement."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest

from services.common.kernel.outcome import RefusedError
from services.partner_settlement.application.disputing import raise_dispute, step_dispute
from services.partner_settlement.domain.agreements import DisputeTerms
from services.partner_settlement.domain.disputes import Dispute, DisputeState, DisputeStep
from tests.support.settlement_agreements import CENT, MELODY, music
from tests.support.settlement_products import product
from tests.support.settlement_world import SettlementWorld

FEE = product("fee", "music", "monthly")
YEARLY = product("fee", "music", "yearly")
NOVEMBER, DECEMBER = "melody/2026-11/1", "melody/2026-12/1"
TERMS = DisputeTerms(minimums={"EUR": 100}, minimum_percent=Fraction(1), days=30)


@pytest.fixture
def world() -> Iterator[SettlementWorld]:
    """November is closed: line 1 is 600 for monthly fees, line 2 is 1,200 for yearly ones."""
    made = SettlementWorld()
    made.parties(MELODY)
    made.agree(music(disputes=TERMS))
    made.record("2026-11-10", FEE, 1_000 * CENT)
    made.record("2026-11-10", YEARLY, 2_000 * CENT)
    made.settle("2026-11")
    yield made
    made.database.engine.dispose()


def raised(world: SettlementWorld, claimed: int = 1_500, line: int = 2, dispute_id: str = "d-1") -> Dispute:
    return world.on_books(
        lambda books: raise_dispute(books, dispute_id, NOVEMBER, line, claimed, world.act("too little"))
    )


def step(world: SettlementWorld, what: DisputeStep, agreed: int | None = None) -> Dispute:
    return world.on_books(lambda books: step_dispute(books, "d-1", what, world.act("because"), agreed))


def next_statement(world: SettlementWorld) -> list[tuple[int, str, int]]:
    """Opening lines of December: amount, statement, line."""
    world.settle("2026-12")
    return [
        (line.net_minor, line.refers_to_statement_id, line.refers_to_line)
        for line in world.statement(DECEMBER).lines
        if not line.agreement_code
    ]


def refused(error: pytest.ExceptionInfo[RefusedError]) -> str:
    return error.value.refused.reason.name


def test_a_disputed_line_is_in_no_payout_while_it_is_open(world: SettlementWorld) -> None:
    raised(world)
    world.pay("2026-11")
    balances = world.balances()
    assert balances["bank", "EUR"] == -600
    assert balances["partner-held:melody", "EUR"] == -1_200
    assert ("partner-payable:melody", "EUR") not in balances


def test_a_rejected_dispute_pays_the_line_with_the_next_statement(world: SettlementWorld) -> None:
    raised(world)
    world.pay("2026-11")
    assert step(world, DisputeStep.REJECT).state is DisputeState.REJECTED
    world.record("2026-12-10", FEE, 1_000 * CENT)
    assert next_statement(world) == [(1_200, NOVEMBER, 2)]
    assert world.payable(DECEMBER) == {"EUR": 1_800}


def test_an_accepted_dispute_pays_the_line_and_what_was_agreed_on_top(world: SettlementWorld) -> None:
    raised(world, 1_500)
    world.pay("2026-11")
    accepted = step(world, DisputeStep.ACCEPT)
    assert (accepted.state, accepted.agreed_minor) == (DisputeState.ACCEPTED, 1_500)
    world.record("2026-12-10", FEE, 1_000 * CENT)
    assert next_statement(world) == [(1_200, NOVEMBER, 2), (300, NOVEMBER, 2)]
    assert world.payable(DECEMBER) == {"EUR": 600 + 1_500}
    assert world.balances()["partner-expense", "EUR"] == 300


def test_a_dispute_may_end_in_between_and_in_the_operators_favour(world: SettlementWorld) -> None:
    raised(world, 1_500)
    world.pay("2026-11")
    step(world, DisputeStep.ACCEPT, 1_000)
    world.record("2026-12-10", FEE, 1_000 * CENT)
    world.settle("2026-12")
    assert world.payable(DECEMBER) == {"EUR": 600 + 1_000}


def test_a_dispute_about_what_was_paid_already_is_held_from_the_next_payout(world: SettlementWorld) -> None:
    world.pay("2026-11")
    raised(world)
    world.record("2026-12-10", FEE, 5_000 * CENT)
    assert next_statement(world) == [(-1_200, NOVEMBER, 2)]
    assert world.payable(DECEMBER) == {"EUR": 1_800}
    world.pay("2026-12")
    step(world, DisputeStep.WITHDRAW)
    world.record("2027-01-10", FEE, 1_000 * CENT)
    world.settle("2027-01")
    assert world.payable("melody/2027-01/1") == {"EUR": 1_200 + 600}


def test_a_dispute_that_ends_before_the_payout_leaves_no_trace_in_it(world: SettlementWorld) -> None:
    raised(world)
    step(world, DisputeStep.ANSWER)
    step(world, DisputeStep.ESCALATE)
    rejected = step(world, DisputeStep.REJECT)
    assert [message.state.value for message in rejected.trail] == [
        "raised",
        "answered",
        "escalated",
        "rejected",
    ]
    world.pay("2026-11")
    assert world.balances()["bank", "EUR"] == -1_800
    world.record("2026-12-10", FEE, 1_000 * CENT)
    world.settle("2026-12")
    assert world.payable(DECEMBER) == {"EUR": 600}


def test_the_open_hold_is_told_on_every_statement(world: SettlementWorld) -> None:
    raised(world)
    world.pay("2026-11")
    world.record("2026-12-10", FEE, 1_000 * CENT)
    assert next_statement(world) == []
    (total,) = world.statement(DECEMBER).totals
    assert (total.held_minor, total.payable_minor) == (1_200, 600)


def test_what_is_too_little_or_too_late_is_not_disputed(world: SettlementWorld) -> None:
    with pytest.raises(RefusedError) as error:
        raised(world, 1_299)
    assert refused(error) == "BELOW_THRESHOLD"
    world.days(31)
    with pytest.raises(RefusedError) as error:
        raised(world)
    assert refused(error) == "DISPUTE_TOO_LATE"
    assert world.balances()["partner-payable:melody", "EUR"] == -1_800


def test_a_line_is_disputed_once_and_must_exist(world: SettlementWorld) -> None:
    raised(world)
    with pytest.raises(RefusedError) as error:
        raised(world, dispute_id="d-2")
    assert refused(error) == "ALREADY_DISPUTED"
    with pytest.raises(RefusedError) as error:
        raised(world, line=3, dispute_id="d-3")
    assert refused(error) == "LINE_UNKNOWN"


def test_a_decided_dispute_is_not_decided_again(world: SettlementWorld) -> None:
    raised(world)
    step(world, DisputeStep.REJECT)
    before = world.entries()
    with pytest.raises(RefusedError) as error:
        step(world, DisputeStep.ACCEPT)
    assert refused(error) == "DISPUTE_DECIDED"
    assert world.entries() == before


def test_a_run_with_disputed_lines_is_not_opened_again(world: SettlementWorld) -> None:
    raised(world)
    with pytest.raises(RefusedError) as error:
        world.reopen("2026-11")
    assert refused(error) == "DISPUTES_EXIST"
