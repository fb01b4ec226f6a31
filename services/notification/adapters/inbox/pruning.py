"""Entries are kept for thirty days, then deleted, a portion at a time."""

from __future__ import annotations

from functools import partial

from sqlalchemy import delete, select
from sqlmodel import Session

from services.common.kernel.clock import Clock, Instant
from services.common.runtime.database import Database
from services.common.runtime.logs import get_logger
from services.notification.adapters.inbox.rows import INBOX
from services.notification.adapters.repeating import repeating
from services.notification.domain.notifications import KEPT

_log = get_logger(__name__)

_PORTION = 500
_EVERY_SECONDS = 600.0


class InboxPruning:
    """Deletes what is old: told and happened more than thirty days ago.

    Both, for a fact that comes again is known to be too old by when it happened.
    """

    def __init__(self, database: Database, clock: Clock, portion: int = _PORTION) -> None:
        self._database = database
        self._clock = clock
        self._portion = portion

    async def run(self) -> None:
        """Prunes every ten minutes until cancelled."""
        await repeating("old inbox entries", self.prune, _EVERY_SECONDS)

    async def prune(self) -> int:
        """Deletes everything that is old now; returns how many entries that was."""
        before, after, pruned = Instant(self._clock.now() - KEPT), 0, 0
        while True:
            deleted, last = await self._database.run(
                partial(_prune, after=after, before=before, portion=self._portion)
            )
            pruned += deleted
            if last is None:
                break
            after = last
        if pruned:
            _log.info("old inbox entries deleted", entries=pruned)
        return pruned


def _prune(session: Session, after: int, before: Instant, portion: int) -> tuple[int, int | None]:
    """How many were deleted, and the cursor to go on after; None: what follows is younger."""
    rows = session.execute(
        select(INBOX.c.cursor, INBOX.c.created_at, INBOX.c.occurred_at)
        .where(INBOX.c.cursor > after)
        .order_by(INBOX.c.cursor)
        .limit(portion)
    ).all()
    old = [row.cursor for row in rows if max(row.created_at, row.occurred_at) < before]
    if old:
        session.execute(delete(INBOX).where(INBOX.c.cursor.in_(old)))
    is_over = len(rows) < portion or rows[-1].created_at >= before
    return len(old), None if is_over else rows[-1].cursor
