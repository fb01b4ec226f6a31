"""Answers of a subscriber who is to be forgotten."""

from __future__ import annotations

from sqlmodel import Session, select

from services.offers.adapters.effects.settling import unlink
from services.offers.adapters.tables.acceptances import OfferAnswerTable
from services.offers.domain.acceptance import AnswerState


def erase_acceptances(session: Session, subscriber_id: str) -> int:
    """Unlinks a subscriber's answers within the caller's transaction; tells how many. Figures stay.

    What charging has still to answer is unlinked as soon as it has.
    """
    if not subscriber_id:
        return 0
    statement = (
        select(OfferAnswerTable).where(OfferAnswerTable.subscriber_id == subscriber_id).with_for_update()
    )
    rows = session.exec(statement).all()
    for row in rows:
        row.erased = True
        session.add(row)
        if row.state != AnswerState.PENDING.value:
            unlink(session, row)
    return len(rows)
