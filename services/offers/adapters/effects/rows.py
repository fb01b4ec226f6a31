"""Answers as rows, and rows that must be there before they can be locked."""

from __future__ import annotations

import json

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from services.common.kernel.clock import Instant
from services.offers.adapters.tables.acceptances import OfferAnswerTable
from services.offers.domain.acceptance import Answer, AnswerState, ChargingRefusal, Given
from services.offers.domain.policies import Action, ActionKind


def insert_if_absent(session: Session, table: type[SQLModel], row: SQLModel) -> None:
    """Writes a row unless one has its key. A transaction that writes the same waits for the other to end."""
    is_sqlite = session.get_bind().dialect.name == sqlite.dialect.name
    insert = sqlite.insert if is_sqlite else postgresql.insert
    session.execute(insert(table).values(**row.model_dump()).on_conflict_do_nothing())


def locked_answer(session: Session, decision_id: str, offer_code: str) -> OfferAnswerTable:
    """The row of an answer, locked until the transaction ends; a new one in state NONE where none is."""
    fresh = OfferAnswerTable(decision_id=decision_id, offer_code=offer_code, state=AnswerState.NONE.value)
    insert_if_absent(session, OfferAnswerTable, fresh)
    row = session.get(
        OfferAnswerTable, (decision_id, offer_code), with_for_update=True, populate_existing=True
    )
    assert row is not None, "it was written a moment ago"
    return row


def answer_of(row: OfferAnswerTable) -> Answer:
    """A row as a value."""
    return Answer(
        decision_id=row.decision_id,
        offer_code=row.offer_code,
        state=AnswerState(row.state),
        subscriber_id=row.subscriber_id,
        account_id=row.account_id,
        channel=row.channel,
        at=Instant(row.at),
        action=_action(row),
        attempt=row.attempt,
        given_minor_micros=row.given_minor_micros,
        value_minor_micros=row.value_minor_micros,
        settled_at=_instant(row.settled_at),
        given=Given(
            tuple(json.loads(row.charge_ids)),
            row.charged_minor_micros,
            row.charged_currency,
            _instant(row.trial_end),
        ),
        refusal=ChargingRefusal(row.refusal_reason, row.refusal_message) if row.refusal_reason else None,
        quiet_until=_instant(row.quiet_until),
        reason=row.reason,
        never_again=row.never_again,
    )


def write_answer(row: OfferAnswerTable, answer: Answer) -> None:
    """Puts a value into its row, which the session then stores."""
    _write_action(row, answer.action)
    _write_effect(row, answer)
    row.state = answer.state.value
    row.subscriber_id, row.account_id = answer.subscriber_id, answer.account_id
    row.channel, row.at, row.attempt = answer.channel, answer.at, answer.attempt
    row.given_minor_micros, row.value_minor_micros = answer.given_minor_micros, answer.value_minor_micros
    row.quiet_until = answer.quiet_until
    row.reason, row.never_again = answer.reason, answer.never_again


def _write_effect(row: OfferAnswerTable, answer: Answer) -> None:
    row.settled_at = answer.settled_at
    row.charge_ids = json.dumps(answer.given.charge_ids)
    row.charged_minor_micros = answer.given.amount_minor_micros
    row.charged_currency = answer.given.currency_code
    row.trial_end = answer.given.trial_end
    row.refusal_reason = answer.refusal.reason if answer.refusal else ""
    row.refusal_message = answer.refusal.message if answer.refusal else ""


def _write_action(row: OfferAnswerTable, action: Action | None) -> None:
    if action is None:
        row.action_kind = ""
        return
    row.action_kind = action.kind.value
    row.offering_code, row.regular_offering_code = action.offering_code, action.regular_offering_code
    row.chosen_offerings = json.dumps(action.chosen_offerings)
    row.reward_minor_micros, row.reward_currency = action.amount_minor_micros, action.currency_code


def _action(row: OfferAnswerTable) -> Action | None:
    if not row.action_kind:
        return None
    return Action(
        ActionKind(row.action_kind),
        row.offering_code,
        row.regular_offering_code,
        tuple(json.loads(row.chosen_offerings)),
        row.reward_minor_micros,
        row.reward_currency,
    )


def _instant(value: int | None) -> Instant | None:
    return None if value is None else Instant(value)
