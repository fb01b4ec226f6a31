"""Presences in SQL: the Presences port, who is inside now, entries waiting for a look, and forgetting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete
from sqlmodel import Session, col, select

from services.common.kernel.clock import Clock, Instant
from services.common.runtime.database import Database
from services.offers.adapters.tables.locations import FenceEntryTable, PresenceTable
from services.offers.application.place_ports import FenceCrossed, Move, States
from services.offers.domain.places import Crossing, Presence, PresenceState, is_inside

_TURNS = 64


@dataclass(frozen=True, slots=True)
class FenceEntry:
    """Somebody entered a fence; `number` is its own."""

    number: int
    subscriber_id: str
    fence_code: str
    at: Instant


class SqlPresences:
    """Where subscribers stand to fences. `on_move` is told whose memory of fences is old now."""

    def __init__(
        self, database: Database, clock: Clock, on_move: Callable[[str], None] = lambda _: None
    ) -> None:
        self._database = database
        self._clock = clock
        self._on_move = on_move
        # Reports of one subscriber one after another, also where the database would let them meet.
        self._turns = [asyncio.Lock() for _ in range(_TURNS)]

    async def move(self, subscriber_id: str, at: Instant, move: Move) -> Sequence[FenceCrossed]:
        """As the port has it."""
        async with self._turns[hash(subscriber_id) % _TURNS]:
            crossed = await self._database.run(lambda session: _move(session, subscriber_id, at, move))
        self._on_move(subscriber_id)
        return crossed

    async def inside(self, subscriber_id: str) -> frozenset[str]:
        """Codes of the fences that a subscriber is inside now."""
        states = await self.states(subscriber_id)
        now = self._clock.now()
        return frozenset(code for code, state in states.items() if is_inside(state, now))

    async def states(self, subscriber_id: str) -> States:
        """Everything that is known of a subscriber's places."""
        return await self._database.run(lambda session: _states(session, subscriber_id))

    async def entries(self, limit: int) -> Sequence[FenceEntry]:
        """The oldest entries that wait for a look."""
        return await self._database.run(lambda session: _entries(session, limit))

    async def forget_entries(self, numbers: Sequence[int]) -> None:
        """They were looked at."""
        await self._database.run(
            lambda session: session.execute(
                delete(FenceEntryTable).where(col(FenceEntryTable.id).in_(list(numbers)))
            )
        )


def erase_places(session: Session, subscriber_id: str) -> int:
    """Forgets where a subscriber is; returns how many rows went."""
    gone = 0
    for table in (PresenceTable, FenceEntryTable):
        result = session.execute(delete(table).where(col(table.subscriber_id) == subscriber_id))
        gone += int(getattr(result, "rowcount", 0))
    return gone


def _states(session: Session, subscriber_id: str) -> States:
    rows = session.exec(select(PresenceTable).where(PresenceTable.subscriber_id == subscriber_id)).all()
    return {
        row.fence_code: PresenceState(Presence(row.presence), Instant(row.since), Instant(row.fixed_at))
        for row in rows
    }


def _move(session: Session, subscriber_id: str, at: Instant, move: Move) -> Sequence[FenceCrossed]:
    before = _states(session, subscriber_id)
    after, crossed = move(before)
    for code in before.keys() - after.keys():
        session.execute(
            delete(PresenceTable).where(
                col(PresenceTable.subscriber_id) == subscriber_id, col(PresenceTable.fence_code) == code
            )
        )
    for code, state in after.items():
        if before.get(code) != state:
            session.merge(
                PresenceTable(
                    subscriber_id=subscriber_id,
                    fence_code=code,
                    presence=state.presence.value,
                    since=state.since,
                    fixed_at=state.fixed_at,
                )
            )
    for one in crossed:
        if one.crossing is Crossing.ENTERED:
            session.add(FenceEntryTable(subscriber_id=subscriber_id, fence_code=one.fence_code, at=at))
    return crossed


def _entries(session: Session, limit: int) -> Sequence[FenceEntry]:
    rows = session.exec(select(FenceEntryTable).order_by(col(FenceEntryTable.id)).limit(limit)).all()
    return [FenceEntry(row.id or 0, row.subscriber_id, row.fence_code, Instant(row.at)) for row in rows]
