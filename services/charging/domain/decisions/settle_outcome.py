"""Settling provisional outcomes: confirmed they stay charged, reversed their charge is given back whole."""

from __future__ import annotations

from services.charging.domain import events as ev
from services.charging.domain import reasons
from services.charging.domain.answers import OutcomeAnswer
from services.charging.domain.commands import PastCharge
from services.charging.domain.decisions.decision import Decided, Moment
from services.charging.domain.decisions.refund import give_back_whole
from services.charging.domain.draft import Draft
from services.charging.domain.outcome_commands import SettleOutcome
from services.charging.domain.sessions.reauthorise import reauthorise
from services.charging.domain.state import OutcomeState, PartitionState
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.outcome import Refused


def settle_outcome(
    state: PartitionState, tariffs: Tariffs, command: SettleOutcome, moment: Moment
) -> Decided | Refused:
    """Settles once. The same settlement again is answered and does nothing; the other one is refused."""
    charge = command.charge
    stands = state.outcomes.get(charge.charge_id)
    if stands is None:
        return Refused(reasons.OUTCOME_UNKNOWN, "no outcome was charged under this id", "charge_id")
    wanted = OutcomeState.CONFIRMED if command.confirmed else OutcomeState.REVERSED
    if stands is wanted:
        return Decided(ev.Operation.SETTLE_OUTCOME, _answer(charge, command, _given_back(state, charge)), ())
    if stands is not OutcomeState.PROVISIONAL:
        return Refused(
            reasons.OUTCOME_SETTLED,
            f"the outcome is {stands.value} already",
            "settlement",
            {"settlement": stands.name},
        )
    draft = Draft(state)
    refunded = 0
    if not command.confirmed:
        refunded = give_back_whole(draft, charge, f"r-{moment.entry_id}")
        reauthorise(draft, charge.account_id)
    draft.events.append(
        ev.OutcomeSettled(
            charge.charge_id,
            charge.account_id,
            charge.subscriber_id,
            command.confirmed,
            command.reason,
            command.actor,
        )
    )
    return Decided(ev.Operation.SETTLE_OUTCOME, _answer(charge, command, refunded), tuple(draft.events))


def _given_back(state: PartitionState, charge: PastCharge) -> int:
    refunded = state.refunds.get(charge.charge_id)
    return refunded.minor_micros if refunded is not None else 0


def _answer(charge: PastCharge, command: SettleOutcome, refunded: int) -> OutcomeAnswer:
    return OutcomeAnswer(
        charge.charge_id, command.confirmed, 0 if command.confirmed else refunded, charge.currency_code
    )
