"""Places that say nothing any more are not kept: all goes twelve hours after a subscriber's last report."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy import delete
from sqlmodel import Session, col, select

from services.common.kernel.clock import Clock, Instant
from services.common.runtime.database import Database
from services.offers.adapters.places.sql_presences import SqlPresences
from services.offers.adapters.tables.locations import LastFixTable, PresenceTable
from services.offers.domain.places import STALE_AFTER

_AT_ONCE = 200


class StalePlaces:
    """Forgets where those were whom nobody has located for so long that it does not count (`STALE_AFTER`).

    A report from before then is late anyway, so the last one need not be remembered either.
    """

    def __init__(self, database: Database, presences: SqlPresences, clock: Clock) -> None:
        self._database = database
        self._presences = presences
        self._clock = clock

    async def forget(self) -> int:
        """Forgets all of it, a part at a time; returns how many subscribers that were."""
        count = 0
        before = Instant(self._clock.now() - STALE_AFTER)
        while subscriber_ids := await self._database.run(lambda session: _forget(session, before)):
            self._presences.forgotten(subscriber_ids)
            count += len(subscriber_ids)
        return count

    async def run(self, every_seconds: float = 600) -> None:
        """Forgets from time to time, until cancelled."""
        while True:
            await self.forget()
            await asyncio.sleep(every_seconds)


def _forget(session: Session, before: Instant) -> Sequence[str]:
    stale = select(LastFixTable.subscriber_id).where(col(LastFixTable.fixed_at) < before).limit(_AT_ONCE)
    # Locked, as for a move: who is located at this moment is passed over, or waited for.
    subscriber_ids = session.exec(stale.order_by(col(LastFixTable.subscriber_id)).with_for_update()).all()
    for table in (LastFixTable, PresenceTable):
        session.execute(delete(table).where(col(table.subscriber_id).in_(subscriber_ids)))
    return subscriber_ids
