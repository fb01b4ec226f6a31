"""Answers to offers in SQL: each step one transaction with budget, outcome and event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import update
from sqlmodel import Session, col, select
from tidemark.offers.v1 import offer_events_pb2

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Reason, Refused, RefusedError
from services.common.runtime.database import Database
from services.common.runtime.outbox import add_event
from services.offers.adapters.decisions.outcomes import add_outcome
from services.offers.adapters.effect_messages import declined_event
from services.offers.adapters.effects.requests import note_request, was_made
from services.offers.adapters.effects.rows import answer_of, locked_answer, write_answer
from services.offers.adapters.effects.settling import settle_given, settle_refused
from services.offers.adapters.effects.sql_budgets import reserve, use_of
from services.offers.adapters.tables.acceptances import OfferAnswerTable
from services.offers.application.effect_ports import Found, RequestMark, Settled
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
from services.offers.domain.policies import Budget

_DECLINED = offer_events_pb2.OfferDeclined.DESCRIPTOR.full_name
_WORDS = "the offer was {}"


class SqlAnswers:
    """The Answers port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, decision_id: str, offer_code: str, mark: RequestMark) -> Found:
        """The answer as it stands. A request that it answers already is remembered with its id."""

        def look(session: Session) -> Found:
            repeated = was_made(session, mark)
            row = session.get(OfferAnswerTable, (decision_id, offer_code))
            if row is not None and AnswerState(row.state) in STANDING:
                note_request(session, mark)
            return Found(None if row is None else answer_of(row), repeated)

        return await self._database.run(look)

    async def begin(self, wanted: Answer, mark: RequestMark, bound: Budget) -> Settled:
        """PENDING, with its budget reserved."""
        return await self._database.run(lambda session: _begin(session, wanted, mark, bound))

    async def finish(self, answer: Answer, given: Given, at: Instant) -> Settled:
        """DONE."""
        return await self._database.run(
            lambda session: settle_given(
                session, locked_answer(session, answer.decision_id, answer.offer_code), given, at
            )
        )

    async def refuse(self, answer: Answer, refusal: ChargingRefusal, at: Instant) -> Settled:
        """REFUSED."""
        return await self._database.run(
            lambda session: settle_refused(
                session,
                locked_answer(session, answer.decision_id, answer.offer_code),
                answer.attempt,
                refusal,
                at,
            )
        )

    async def decline(self, wanted: Answer, mark: RequestMark) -> Answer:
        """DECLINED."""
        return await self._database.run(lambda session: _decline(session, wanted, mark))

    async def feedback(self, outcome: Outcome, mark: RequestMark) -> None:
        """An outcome beside the answer."""

        def add(session: Session) -> None:
            if not note_request(session, mark):
                add_outcome(session, outcome)

        await self._database.run(add)

    async def pending(self, tried_before: Instant, limit: int) -> Sequence[Answer]:
        """What somebody has to bring to its end."""
        statement = (
            select(OfferAnswerTable)
            .where(
                OfferAnswerTable.state == AnswerState.PENDING.value, OfferAnswerTable.tried_at <= tried_before
            )
            .order_by(col(OfferAnswerTable.tried_at))
            .limit(limit)
        )
        return await self._database.run(lambda session: [answer_of(row) for row in session.exec(statement)])

    async def tried(self, answer: Answer, at: Instant) -> None:
        """Moves it behind the others that wait."""
        statement = (
            update(OfferAnswerTable)
            .where(
                col(OfferAnswerTable.decision_id) == answer.decision_id,
                col(OfferAnswerTable.offer_code) == answer.offer_code,
            )
            .values(tried_at=at)
        )
        await self._database.run(lambda session: session.execute(statement))


def _begin(session: Session, wanted: Answer, mark: RequestMark, bound: Budget) -> Settled:
    row = locked_answer(session, wanted.decision_id, wanted.offer_code)
    state = AnswerState(row.state)
    step = next_state(state, AnswerEvent.ACCEPT)
    repeated = note_request(session, mark)
    if isinstance(step, Reason):
        raise RefusedError(Refused(step, _WORDS.format("declined"), "offer_code"))
    if step is state or (repeated and state is AnswerState.REFUSED):
        return Settled(answer_of(row), use_of(session, wanted.offer_code))
    use = reserve(session, wanted.offer_code, bound, wanted.given_minor_micros)
    begun = replace(wanted, state=step, attempt=row.attempt + 1)
    write_answer(row, begun)
    row.tried_at = wanted.at
    session.add(row)
    return Settled(begun, use)


def _decline(session: Session, wanted: Answer, mark: RequestMark) -> Answer:
    row = locked_answer(session, wanted.decision_id, wanted.offer_code)
    state = AnswerState(row.state)
    step = next_state(state, AnswerEvent.DECLINE)
    note_request(session, mark)
    if isinstance(step, Reason):
        raise RefusedError(Refused(step, _WORDS.format("accepted"), "offer_code"))
    said = replace(wanted, state=step)
    if state is not AnswerState.NONE:
        before = answer_of(row)
        never = before.never_again or wanted.never_again
        said = replace(before, never_again=never) if step is state else before.declined(wanted)
    write_answer(row, said)
    session.add(row)
    _tell_declined(session, said, is_new=step is not state)
    return said


def _tell_declined(session: Session, said: Answer, *, is_new: bool) -> None:
    if said.never_again:
        add_outcome(session, _outcome(said, OutcomeKind.OPTED_OUT))
    if is_new:
        add_outcome(session, _outcome(said, OutcomeKind.DECLINED))
        message_id = f"offer-declined-{said.acceptance_id}"
        add_event(session, _DECLINED, declined_event(said).SerializeToString(), message_id)


def _outcome(said: Answer, kind: OutcomeKind) -> Outcome:
    return Outcome(said.decision_id, said.offer_code, kind, said.at, reason=said.reason)
