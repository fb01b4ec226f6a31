"""Sessions that fall silent end, and what was reserved for them goes back (RFC 8506 section 13, Tcc)."""

from __future__ import annotations

import asyncio
import heapq

from services.charging.application.partition_writer import PartitionWriter, Phase, Submission
from services.charging.application.recovery import Committed
from services.charging.domain import reasons
from services.charging.domain.answers import Answer
from services.charging.domain.commands import ExpireSession
from services.charging.domain.events import SessionAdvanced
from services.common.kernel.clock import SECOND, Clock
from services.common.kernel.outcome import RefusedError

LOOK_SECONDS = 0.25
"""How often due sessions are looked for: the error of Tcc, which counts in minutes."""


class ExpireSessions:
    """Keeps a heap of when sessions are due; a session that reported since is simply put back."""

    def __init__(self, writer: PartitionWriter, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock
        self._due: list[tuple[int, str]] = []
        self._known: set[str] = set()
        writer.on_commit(self._committed)

    def open(self) -> None:
        """Takes up the sessions that are open after a replay."""
        for session in self._writer.state.sessions.values():
            self._watch(session.ref, session.expires_at)

    async def run(self) -> None:
        """Expires sessions until cancelled."""
        while True:
            if self._writer.phase is Phase.SERVING:
                await self.expire_due()
            await asyncio.sleep(LOOK_SECONDS)

    async def expire_due(self) -> int:
        """Ends every session that is due now. How many."""
        now = self._clock.now()
        ended = 0
        while self._due and self._due[0][0] <= now:
            _, ref = heapq.heappop(self._due)
            self._known.discard(ref)
            session = self._writer.state.sessions.get(ref)
            if session is None:
                continue
            if session.expires_at > now:
                self._watch(ref, session.expires_at)
            else:
                ended += await self._expire(ref)
        return ended

    async def _expire(self, ref: str) -> int:
        try:
            await self._writer.execute(Submission(ExpireSession(ref), b"", b"", _no_answer))
        except RefusedError as error:
            if error.refused.reason is not reasons.CONTEXT_NOT_FOUND:
                self._watch(ref, self._clock.now() + SECOND)
            return 0
        return 1

    def _watch(self, ref: str, due: int) -> None:
        if ref not in self._known:
            self._known.add(ref)
            heapq.heappush(self._due, (due, ref))

    def _committed(self, committed: Committed) -> None:
        for entry in committed.entries:
            for event in entry.events:
                if isinstance(event, SessionAdvanced):
                    self._watch(event.ref, event.expires_at)


def _no_answer(_answer: Answer) -> bytes:
    return b""
