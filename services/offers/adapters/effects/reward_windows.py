"""Reward windows that close: who has said nothing by then has ignored the offer."""

from __future__ import annotations

from sqlalchemy import func
from sqlmodel import Session, select

from services.common.kernel.clock import Instant
from services.common.runtime.database import Database
from services.offers.adapters.decisions.outcomes import add_outcome, unsettled_before
from services.offers.adapters.tables.acceptances import OfferAnswerTable
from services.offers.domain.acceptance import AnswerState
from services.offers.domain.decisions import Outcome, OutcomeKind


class SqlRewardWindows:
    """The RewardWindows port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def close_before(self, now: Instant, limit: int) -> int:
        """A batch in one transaction, the oldest windows first."""
        return await self._database.run(lambda session: _close(session, now, limit))


def _close(session: Session, now: Instant, limit: int) -> int:
    is_pending = OfferAnswerTable.state == AnswerState.PENDING.value
    waiting = session.exec(select(func.count()).select_from(OfferAnswerTable).where(is_pending)).one()
    closed = 0
    # So many more, lest a batch hold nothing but those that charging has still to answer.
    for offer in unsettled_before(session, now, limit + waiting):
        row = session.get(OfferAnswerTable, (offer.decision_id, offer.offer_code), with_for_update=True)
        if row is None or row.state != AnswerState.PENDING.value:
            add_outcome(session, Outcome(offer.decision_id, offer.offer_code, OutcomeKind.IGNORED, now))
            closed += 1
    return closed
