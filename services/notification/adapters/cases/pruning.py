"""Conversations and cases that nobody has touched for long are deleted, a portion at a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sqlalchemy import delete, select, tuple_, update
from sqlmodel import Session, col

from services.common.kernel.clock import Clock, Instant
from services.common.runtime.database import Database
from services.common.runtime.logs import get_logger
from services.notification.adapters.repeating import repeating
from services.notification.adapters.tables.cases import (
    ConversationMessageTable,
    ConversationTable,
    SupportCaseTable,
)
from services.notification.domain.cases import CaseState
from services.notification.domain.conversations import KEPT

_log = get_logger(__name__)

_PORTION = 200
_EVERY_SECONDS = 3_600.0
_Place = tuple[int, str]
"""When a conversation began, and its id: they are gone through in this order."""
_START: _Place = (-1, "")


class TranscriptPruning:
    """Deletes cases that were over so long ago, then conversations in which nothing was said since.

    A conversation stays as long as one of its cases.
    """

    def __init__(self, database: Database, clock: Clock, portion: int = _PORTION) -> None:
        self._database = database
        self._clock = clock
        self._portion = portion

    async def run(self) -> None:
        """Prunes every hour until cancelled."""
        await repeating("old conversations", self.prune, _EVERY_SECONDS)

    async def prune(self) -> tuple[int, int]:
        """Deletes everything that is old now; returns how many cases and conversations that was."""
        before = Instant(self._clock.now() - KEPT)
        cases = await self._prune_cases(before)
        conversations = await self._prune_conversations(before)
        if cases or conversations:
            _log.info("old conversations deleted", cases=cases, conversations=conversations)
        return cases, conversations

    async def _prune_cases(self, before: Instant) -> int:
        pruned, some = 0, self._portion
        while some == self._portion:
            some = await self._database.run(partial(_forget_cases, before=before, portion=self._portion))
            pruned += some
        return pruned

    async def _prune_conversations(self, before: Instant) -> int:
        pruned, place = 0, _START
        while True:
            look = partial(_forget_conversations, after=place, before=before, portion=self._portion)
            some, following = await self._database.run(look)
            pruned += some
            if following is None:
                return pruned
            place = following


def _forget_cases(session: Session, before: Instant, portion: int) -> int:
    """How many were deleted; less than a portion where there are no more."""
    found = session.execute(
        select(col(SupportCaseTable.case_id), col(SupportCaseTable.conversation_id))
        .where(
            col(SupportCaseTable.state) == int(CaseState.RESOLVED), col(SupportCaseTable.updated_at) < before
        )
        .limit(portion)
        .with_for_update()
    ).all()
    cases = [case_id for case_id, _ in found]
    session.execute(
        update(ConversationTable)
        .where(
            col(ConversationTable.conversation_id).in_([conversation_id for _, conversation_id in found]),
            col(ConversationTable.case_id).in_(cases),
        )
        .values(case_id="")
    )
    session.execute(delete(SupportCaseTable).where(col(SupportCaseTable.case_id).in_(cases)))
    return len(cases)


def _forget_conversations(
    session: Session, after: _Place, before: Instant, portion: int
) -> tuple[int, _Place | None]:
    """How many were deleted, and the place to go on after; None: what follows is younger."""
    place = tuple_(col(ConversationTable.started_at), col(ConversationTable.conversation_id))
    # The lock first: what is seen after it includes what somebody has said meanwhile.
    rows = session.execute(
        select(col(ConversationTable.started_at), col(ConversationTable.conversation_id))
        .where(place > after, col(ConversationTable.started_at) < before)
        .order_by(col(ConversationTable.started_at), col(ConversationTable.conversation_id))
        .limit(portion)
        .with_for_update()
    ).all()
    ids = [conversation_id for _, conversation_id in rows]
    needed = _needed(session, ids, before)
    old = [one for one in ids if one not in needed]
    for table in (ConversationMessageTable, ConversationTable):
        session.execute(delete(table).where(col(table.conversation_id).in_(old)))
    return len(old), None if len(rows) < portion else (rows[-1][0], rows[-1][1])


def _needed(session: Session, ids: Sequence[str], before: Instant) -> set[str]:
    """Those in which something was said since, or that have a case."""
    said = select(col(ConversationMessageTable.conversation_id)).where(
        col(ConversationMessageTable.conversation_id).in_(ids),
        col(ConversationMessageTable.said_at) >= before,
    )
    with_case = select(col(SupportCaseTable.conversation_id)).where(
        col(SupportCaseTable.conversation_id).in_(ids)
    )
    return set(session.execute(said.union(with_case)).scalars())
