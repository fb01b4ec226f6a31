"""Charging's journal applied to answers: what took effect is done, what was taken back is REVERSED."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session, col, select
from tidemark.charging.v1 import journal_pb2

from services.common.kernel.clock import Instant
from services.offers.adapters.decisions.outcomes import add_outcome
from services.offers.adapters.effects.journal_signs import SPEAKING, signs
from services.offers.adapters.effects.rows import answer_of
from services.offers.adapters.effects.settling import settle_given
from services.offers.adapters.tables.acceptances import AnswerChargeTable, OfferAnswerTable
from services.offers.application.reversing import (
    Cancelled,
    Refunded,
    TookEffect,
    is_effect_of,
    is_reversal,
)
from services.offers.domain.acceptance import AnswerState
from services.offers.domain.decisions import Outcome, OutcomeKind

_UNSURE = tuple(state.value for state in (AnswerState.PENDING, AnswerState.REFUSED, AnswerState.DECLINED))


class AcceptanceWatcher:
    """Called by whoever follows the journal, in the transaction that moves its position."""

    operations: frozenset[int] = SPEAKING

    def apply(self, session: Session, entries: Iterable[journal_pb2.JournalEntry]) -> None:
        """Finds what entries say of acceptances, and stores it. The same entries again change nothing."""
        for sign in signs(entries):
            match sign:
                case TookEffect():
                    _confirm(session, sign)
                case Cancelled():
                    _reverse_cancelled(session, sign)
                case Refunded():
                    _reverse_refunded(session, sign)


def _confirm(session: Session, sign: TookEffect) -> None:
    statement = (
        select(OfferAnswerTable)
        .where(OfferAnswerTable.decision_id == sign.decision_id, col(OfferAnswerTable.state).in_(_UNSURE))
        .with_for_update()
    )
    for row in session.exec(statement).all():
        if is_effect_of(answer_of(row), sign):
            settle_given(session, row, sign.given, sign.at)


def _reverse_cancelled(session: Session, sign: Cancelled) -> None:
    statement = (
        select(OfferAnswerTable)
        .where(
            OfferAnswerTable.subscriber_id == sign.subscriber_id,
            OfferAnswerTable.offering_code == sign.offering_code,
            col(OfferAnswerTable.reversed_at).is_(None),
        )
        .with_for_update()
    )
    for row in session.exec(statement).all():
        _reverse(session, row, sign.at, "cancelled")


def _reverse_refunded(session: Session, sign: Refunded) -> None:
    charge = session.get(AnswerChargeTable, sign.charge_id)
    if charge is None:
        return
    row = session.get(OfferAnswerTable, (charge.decision_id, charge.offer_code), with_for_update=True)
    if row is not None and row.reversed_at is None:
        _reverse(session, row, sign.at, "refunded")


def _reverse(session: Session, row: OfferAnswerTable, at: Instant, why: str) -> None:
    if not is_reversal(answer_of(row), at):
        return
    add_outcome(session, Outcome(row.decision_id, row.offer_code, OutcomeKind.REVERSED, at, reason=why))
    row.reversed_at = at
    session.add(row)
