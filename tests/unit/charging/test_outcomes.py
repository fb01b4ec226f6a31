"""Outcomes: charged once, with their evidence; provisional ones are confirmed, or given back whole."""

from __future__ import annotations

import pytest

from services.charging.domain import commands
from services.charging.domain.answers import ChargingAnswer, OutcomeAnswer, ResultCode
from services.charging.domain.commands import Container, EventAction, Measure, PastCharge, Report
from services.charging.domain.decisions.decision import Decided
from services.charging.domain.events import (
    ChargeRefunded,
    Debit,
    Outcome,
    OutcomeSettled,
    ReauthorisationRequested,
)
from services.charging.domain.outcome_commands import SettleOutcome
from services.charging.domain.state import OutcomeState
from services.common.kernel.outcome import Refused
from tests.support.charging_catalog import DATA, TEXT
from tests.support.charging_world import World, eur, report
from tests.support.outcome_catalog import OUTCOME, spending_tariff

EVIDENCE = "https://evidence.example/operations/17"
DIGEST = bytes(range(32))


def _world() -> World:
    world = World(spending_tariff())
    world.open_account(money=eur("20.00"), subscribers=("sub-1", "sub-2"))
    return world


def _delivered(outcome_id: str = "operation-17", provisional: bool = True) -> Outcome:
    return Outcome(outcome_id, EVIDENCE, DIGEST, provisional)


def _outcomes(count: int = 1) -> Report:
    return Report(OUTCOME, None, (Container(Measure(specific_units=count)),))


def _event(world: World, outcome: Outcome | None = None, **fields: object) -> commands.OneTimeEvent:
    return world.event(_outcomes(), outcome=outcome or _delivered(), **fields)  # type: ignore[arg-type]


def _charged(world: World, provisional: bool = True) -> PastCharge:
    answer = world.do(_event(world, _delivered(provisional=provisional)))
    assert isinstance(answer, ChargingAnswer)
    charge = world.charges()[-1]
    return PastCharge(
        charge.charge_id,
        charge.account_id,
        charge.subscriber_id,
        charge.currency_code,
        charge.amount,
        charge.tax,
        charge.debits,
    )


def _settle(charge: PastCharge, confirmed: bool) -> SettleOutcome:
    return SettleOutcome(charge, confirmed, "" if confirmed else "the plan was not kept", "quality desk")


def test_an_outcome_is_charged_with_its_evidence() -> None:
    world = _world()
    charge = _charged(world)
    assert charge.amount == eur("5.00")
    assert world.charges()[-1].outcome == _delivered()
    assert world.state.outcomes[charge.charge_id] is OutcomeState.PROVISIONAL


def test_an_outcome_must_be_named() -> None:
    world = _world()
    refused = world.decide(world.event(_outcomes()))
    assert isinstance(refused, Refused)
    assert (refused.reason.name, refused.field) == ("FIELD_MISSING", "charging_data.outcome")


def test_an_outcome_is_charged_once_whatever_the_key() -> None:
    world = _world()
    charge = _charged(world)
    again = world.decide(_event(world))
    assert isinstance(again, Refused)
    assert (again.reason.name, again.metadata["charge_id"]) == ("OUTCOME_CHARGED", charge.charge_id)


def test_the_same_outcome_id_of_another_subscriber_is_another_outcome() -> None:
    world = _world()
    _charged(world)
    world.do(_event(world, subscriber="sub-2"))
    assert world.money() == eur("10.00")


@pytest.mark.parametrize(
    "reports",
    [
        (report(TEXT, 1, want=None),),
        (_outcomes(), report(TEXT, 1, want=None)),
        (Report(OUTCOME, None, (Container(Measure(specific_units=1)),) * 2),),
    ],
    ids=["no outcome is counted", "beside other usage", "in two containers"],
)
def test_an_outcome_stands_alone(reports: tuple[Report, ...]) -> None:
    world = _world()
    refused = world.decide(world.event(*reports, outcome=_delivered()))
    assert isinstance(refused, Refused)
    assert (refused.reason.name, refused.field) == ("FIELD_INVALID", "charging_data.outcome")


def test_an_enquiry_about_an_outcome_leaves_nothing() -> None:
    world = _world()
    decided = world.decide(_event(world, action=EventAction.PRICE_ENQUIRY))
    assert isinstance(decided, Decided)
    assert decided.events == ()
    assert isinstance(decided.answer, ChargingAnswer)
    assert decided.answer.cost.amount == eur("5.00")


def test_a_confirmed_outcome_stays_charged() -> None:
    world = _world()
    charge = _charged(world)
    assert world.do(_settle(charge, True)) == OutcomeAnswer(charge.charge_id, True, 0, "EUR")
    assert world.money() == eur("15.00")
    assert world.state.outcomes[charge.charge_id] is OutcomeState.CONFIRMED


def test_a_reversed_outcome_is_given_back_whole_and_says_who_and_why() -> None:
    world = _world()
    charge = _charged(world)
    answer = world.do(_settle(charge, False))
    assert answer == OutcomeAnswer(charge.charge_id, False, eur("5.00"), "EUR")
    assert world.money() == eur("20.00")
    refund = next(event for event in world.last_events if isinstance(event, ChargeRefunded))
    assert (refund.refunded_charge_id, refund.amount) == (charge.charge_id, eur("5.00"))
    settled = next(event for event in world.last_events if isinstance(event, OutcomeSettled))
    assert (settled.confirmed, settled.reason, settled.actor) == (
        False,
        "the plan was not kept",
        "quality desk",
    )


def test_what_was_refunded_before_is_not_given_back_again() -> None:
    world = _world()
    charge = _charged(world)
    world.do(commands.Refund("sub-1", charge, eur("2.00"), "EUR", 2, world.clock.now()))
    answer = world.do(_settle(charge, False))
    assert answer == OutcomeAnswer(charge.charge_id, False, eur("3.00"), "EUR")
    assert world.money() == eur("20.00")


def test_an_outcome_that_was_refunded_whole_can_still_be_reversed() -> None:
    world = _world()
    charge = _charged(world)
    world.do(commands.Refund("sub-1", charge, None, "", 2, world.clock.now()))
    assert world.do(_settle(charge, False)) == OutcomeAnswer(charge.charge_id, False, 0, "EUR")
    assert world.money() == eur("20.00")
    assert not any(isinstance(event, ChargeRefunded) for event in world.last_events)


@pytest.mark.parametrize("confirmed", [True, False])
def test_the_same_settlement_again_is_answered_and_does_nothing(confirmed: bool) -> None:
    world = _world()
    charge = _charged(world)
    first = world.do(_settle(charge, confirmed))
    again = world.decide(_settle(charge, confirmed))
    assert isinstance(again, Decided)
    assert (again.answer, again.events) == (first, ())


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_settled_outcome_cannot_be_settled_the_other_way(confirmed: bool) -> None:
    world = _world()
    charge = _charged(world)
    world.do(_settle(charge, confirmed))
    assert world.refusal(_settle(charge, not confirmed)) == "OUTCOME_SETTLED"


def test_an_outcome_that_was_never_provisional_cannot_be_reversed() -> None:
    world = _world()
    charge = _charged(world, provisional=False)
    assert world.refusal(_settle(charge, False)) == "OUTCOME_SETTLED"
    assert isinstance(world.decide(_settle(charge, True)), Decided)


def test_a_charge_that_is_no_outcome_cannot_be_settled() -> None:
    world = _world()
    world.do(world.event(report(TEXT, 1, want=None)))
    charge = PastCharge("c-0-2-1-1", "acme", "sub-1", "EUR", eur("0.07"), 0, (Debit("acme/money", "EUR", 7),))
    assert world.refusal(_settle(charge, False)) == "OUTCOME_UNKNOWN"


def test_money_that_comes_back_re_authorises_what_had_run_dry() -> None:
    world = World(spending_tariff())
    world.open_account(money=eur("5.00"))
    charge = _charged(world)
    session = world.session(report(DATA))
    assert world.state.sessions[session.ref].rating_groups[DATA].blocked
    world.do(_settle(charge, False))
    assert ReauthorisationRequested(session.ref, (DATA,), "smf-1") in world.last_events


def test_after_the_service_an_outcome_is_charged_whether_it_can_be_paid_or_not() -> None:
    world = World(spending_tariff())
    world.open_account(money=eur("1.00"))
    assert world.refusal(_event(world)) == "QUOTA_LIMIT_REACHED"
    world.do(_event(world, after_the_service=True))
    assert world.money() == eur("-4.00")
    assert world.charges()[-1].overdrawn == eur("4.00")


def test_a_session_cannot_charge_what_must_be_named_and_says_so_beside_the_others() -> None:
    world = _world()
    session = world.session(report(DATA), Report(OUTCOME, Measure(), ()))
    granted, refused = session.created.groups
    assert granted.grant is not None
    assert (refused.result, refused.grant) == (ResultCode.RATING_FAILED, None)
    answer = session.update(report(DATA, 10), _outcomes())
    assert [group.result for group in answer.groups] == [ResultCode.SUCCESS, ResultCode.RATING_FAILED]
    assert [charge.rating_group for charge in world.charges()] == [DATA]
