"""Presences in SQL: the Presences port, who is inside now, entries waiting for a look, and forgetting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import delete
from sqlmodel import Session, col, select

from services.common.kernel.clock import Clock, Instant
from services.common.runtime.database import Database
from services.offers.adapters.places.moving import move_all, states_of
from services.offers.adapters.profiles.cache import Loads, Recent
from services.offers.adapters.tables.locations import FenceEntryTable, LastFixTable, PresenceTable
from services.offers.application.place_ports import FenceCrossed, Move, States
from services.offers.domain.places import is_inside

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FenceEntry:
    """Somebody entered a fence with the fix of that instant: all three name it, for ever."""

    subscriber_id: str
    fence_code: str
    at: Instant


class SqlPresences:
    """Where subscribers stand to fences; of `remembered` of them in memory, since every decision asks.

    This process alone moves them. Whoever erases in a transaction of their own tells `forgotten` after it.
    """

    def __init__(self, database: Database, clock: Clock, remembered: int = 50_000) -> None:
        self._database = database
        self._clock = clock
        self._states: Recent[str, States] = Recent(remembered)
        self._reads: Loads[str] = Loads()

    async def move(self, moves: Sequence[Move], now: Instant) -> Sequence[Sequence[FenceCrossed] | None]:
        """As the port has it."""
        subscriber_ids = {move.subscriber_id for move in moves}
        return await self._changed(subscriber_ids, lambda session: move_all(session, moves, now))

    async def forget(self, subscriber_id: str) -> None:
        """As the port has it."""
        await self._changed((subscriber_id,), lambda session: erase_places(session, subscriber_id))

    def forgotten(self, subscriber_ids: Iterable[str]) -> None:
        """What is in memory of these may be old now. On the event loop."""
        subscriber_ids = list(subscriber_ids)
        self._reads.changed(subscriber_ids)
        self._states.forget(subscriber_ids)

    async def inside(self, subscriber_id: str) -> frozenset[str]:
        """Codes of the fences that a subscriber is inside now."""
        return inside_now(await self.states(subscriber_id), self._clock.now())

    async def states(self, subscriber_id: str) -> States:
        """Everything that is known of a subscriber's places. Reads what was written."""
        known = self._states.get(subscriber_id)
        if known is not None:
            return known
        read = self._reads.begin(subscriber_id)
        found = await self._database.run(lambda session: states_of(session, (subscriber_id,)))
        if self._reads.end(subscriber_id, read):
            self._states.put(subscriber_id, found[subscriber_id])
        return found[subscriber_id]

    async def _changed(self, subscriber_ids: Iterable[str], work: Callable[[Session], T]) -> T:
        """Runs `work`; what is in memory goes when it has ended, even if its caller does not wait so long."""
        changing = asyncio.ensure_future(self._database.run(work))
        changing.add_done_callback(lambda _: self.forgotten(subscriber_ids))
        return await asyncio.shield(changing)

    async def entries(self, limit: int) -> Sequence[FenceEntry]:
        """The oldest entries that wait for a look."""
        return await self._database.run(lambda session: _entries(session, limit))

    async def forget_entries(self, entries: Sequence[FenceEntry]) -> None:
        """They were looked at."""
        await self._database.run(lambda session: _forget_entries(session, entries))


def inside_now(states: States, now: Instant) -> frozenset[str]:
    """Codes of the fences that one with these states is inside."""
    return frozenset(code for code, state in states.items() if is_inside(state, now))


def erase_places(session: Session, subscriber_id: str) -> int:
    """Forgets where a subscriber is; returns how many rows went."""
    gone = 0
    for table in (LastFixTable, PresenceTable, FenceEntryTable):
        result = session.execute(delete(table).where(col(table.subscriber_id) == subscriber_id))
        gone += int(getattr(result, "rowcount", 0))
    return gone


def _entries(session: Session, limit: int) -> Sequence[FenceEntry]:
    table = FenceEntryTable
    in_order = (col(table.at), col(table.subscriber_id), col(table.fence_code))
    rows = session.exec(select(table).order_by(*in_order).limit(limit))
    return [FenceEntry(row.subscriber_id, row.fence_code, Instant(row.at)) for row in rows]


def _forget_entries(session: Session, entries: Sequence[FenceEntry]) -> None:
    table = FenceEntryTable
    for entry in entries:
        session.execute(
            delete(table).where(
                col(table.subscriber_id) == entry.subscriber_id,
                col(table.fence_code) == entry.fence_code,
                col(table.at) == entry.at,
            )
        )
