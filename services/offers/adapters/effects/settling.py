"""An answer moved from state to state within one transaction, with budget, outcome and event.

Used by the answers' store, and by whoever reads in charging's journal what charging did.
"""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import Session, col, delete
from tidemark.offers.v1 import offer_events_pb2

from services.common.kernel.clock import Instant
from services.common.runtime.outbox import add_event
from services.offers.adapters.decisions.outcomes import add_outcome
from services.offers.adapters.effect_messages import accepted_event
from services.offers.adapters.effects.rows import answer_of, insert_if_absent, write_answer
from services.offers.adapters.effects.sql_budgets import add_what_happened, give_back, use_of
from services.offers.adapters.tables.acceptances import (
    AnswerChargeTable,
    AnswerRequestTable,
    OfferAnswerTable,
)
from services.offers.application.effect_ports import Settled
from services.offers.domain.acceptance import (
    STANDING,
    Answer,
    AnswerEvent,
    AnswerState,
    ChargingRefusal,
    Given,
    next_state,
)
from services.offers.domain.decisions import Outcome, OutcomeKind

_ACCEPTED = offer_events_pb2.OfferAccepted.DESCRIPTOR.full_name


def settle_given(session: Session, row: OfferAnswerTable, given: Given, at: Instant) -> Settled:
    """Charging gave it: DONE once, with its outcome and event. Harmless when repeated."""
    before = answer_of(row)
    if next_state(before.state, AnswerEvent.GIVEN) is before.state:
        return Settled(before, use_of(session, before.offer_code))
    use = use_of(session, before.offer_code)
    if before.state not in STANDING:
        use = add_what_happened(session, before.offer_code, before.given_minor_micros)
    done = before.done(given, at)
    write_answer(row, done)
    session.add(row)
    for charge_id in given.charge_ids:
        charge = AnswerChargeTable(
            charge_id=charge_id, decision_id=done.decision_id, offer_code=done.offer_code
        )
        insert_if_absent(session, AnswerChargeTable, charge)
    _tell_accepted(session, done, at)
    forget_if_erased(session, row)
    return Settled(done, use)


def settle_refused(
    session: Session, row: OfferAnswerTable, attempt: int, refusal: ChargingRefusal, at: Instant
) -> Settled:
    """Charging refused an attempt: REFUSED, budget given back. An earlier one's changes nothing."""
    before = answer_of(row)
    is_late = attempt != before.attempt
    if is_late or next_state(before.state, AnswerEvent.REFUSE) is before.state:
        return Settled(before, use_of(session, before.offer_code))
    use = give_back(session, before.offer_code, before.given_minor_micros)
    refused = before.refused(refusal, at)
    write_answer(row, refused)
    session.add(row)
    forget_if_erased(session, row)
    return Settled(refused, use)


def forget_if_erased(session: Session, row: OfferAnswerTable) -> None:
    """Unlinks an answer whose subscriber was erased while charging had still to answer."""
    if row.erased and AnswerState(row.state) is not AnswerState.PENDING:
        unlink(session, row)


def unlink(session: Session, row: OfferAnswerTable) -> None:
    """Takes from an answer all that leads to a person: ids, request ids, charges. Figures stay."""
    session.execute(
        delete(AnswerRequestTable).where(col(AnswerRequestTable.subscriber_id) == row.subscriber_id)
    )
    session.execute(
        delete(AnswerChargeTable).where(
            col(AnswerChargeTable.decision_id) == row.decision_id,
            col(AnswerChargeTable.offer_code) == row.offer_code,
        )
    )
    known = answer_of(row)
    nobody = replace(known, subscriber_id="", account_id="", given=replace(known.given, charge_ids=()))
    write_answer(row, nobody)
    session.add(row)


def _tell_accepted(session: Session, done: Answer, at: Instant) -> None:
    outcome = Outcome(
        done.decision_id,
        done.offer_code,
        OutcomeKind.ACCEPTED,
        at,
        value_minor_micros=done.value_minor_micros,
    )
    add_outcome(session, outcome)
    event = accepted_event(done, at)
    add_event(session, _ACCEPTED, event.SerializeToString(), f"offer-accepted-{done.acceptance_id}")
