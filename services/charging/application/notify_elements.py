"""Notify: tells an element which of its sessions must come back, or have ended (TS 32.291, Nchf Notify).

What is pending stands in the sessions themselves, so an element that was away
gets it when it opens its stream again, also after a restart of charging.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from services.charging.application.partition_writer import PartitionWriter
from services.charging.application.recovery import Committed
from services.charging.domain import reasons
from services.charging.domain.decisions.session import BARRED
from services.charging.domain.events import (
    AbortRequested,
    CloseCause,
    Entry,
    Event,
    ReauthorisationRequested,
    SessionClosed,
)
from services.charging.domain.state import PartitionState
from services.common.kernel.clock import Clock, Instant
from services.common.kernel.outcome import Refused, RefusedError

QUEUE_NOTICES = 10_000
AVAILABLE_AGAIN = "balance available again"
SILENT = "silent for longer than the supervision time"


@dataclass(frozen=True, slots=True)
class Notice:
    """REAUTHORIZATION (`ended` false) or ABORT_CHARGING of one session.

    `sequence`: the journal record that says so; 0: it was found pending.
    """

    ref: str
    rating_groups: tuple[int, ...]
    ended: bool
    occurred_at: Instant
    detail: str
    sequence: int = 0


class _Stream:
    def __init__(self) -> None:
        self.notices: deque[Notice] = deque()
        self.overrun = False
        self.ready = asyncio.Event()

    def offer(self, notice: Notice) -> None:
        # After an overrun nothing is taken any more: an element sees notices without a gap, or none.
        self.overrun = self.overrun or len(self.notices) >= QUEUE_NOTICES
        if not self.overrun:
            self.notices.append(notice)
        self.ready.set()

    async def next(self) -> Notice:
        while not self.notices:
            if self.overrun:
                raise RefusedError(
                    Refused(reasons.WATCHER_TOO_SLOW, "open the stream again: what is pending is repeated")
                )
            self.ready.clear()
            await self.ready.wait()
        return self.notices.popleft()


class NotifyElements:
    """Streams notices by element. Listens to the writer's commits."""

    def __init__(self, writer: PartitionWriter, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock
        self._streams: dict[str, set[_Stream]] = {}
        writer.on_commit(self._committed)

    async def __call__(self, nf_name: str) -> AsyncGenerator[Notice, None]:
        """Endless: first what is pending, then what happens."""
        stream = _Stream()
        streams = self._streams.setdefault(nf_name, set())
        streams.add(stream)
        try:
            pending, included = await self._writer.read(lambda state: self._pending(state, nf_name))
            for notice in pending:
                yield notice
            told = {(notice.ref, notice.ended, notice.rating_groups) for notice in pending}
            while True:
                notice = await stream.next()
                # Of the record after `included`, too, a part was there to be seen.
                early = notice.sequence <= included + 1
                if not early or (notice.ref, notice.ended, notice.rating_groups) not in told:
                    yield notice
        finally:
            streams.discard(stream)
            if not streams:
                self._streams.pop(nf_name, None)

    def _pending(self, state: PartitionState, nf_name: str) -> list[Notice]:
        """Sessions asked to come back that have not, and those of barred subscribers that still run."""
        now = self._clock.now()
        notices = []
        for session in state.sessions.values():
            if session.nf_name != nf_name:
                continue
            if state.subscribers[session.subscriber_id].barred:
                notices.append(Notice(session.ref, (), True, now, BARRED))
            elif session.reauthorisation_pending:
                notices.append(
                    Notice(session.ref, session.reauthorisation_pending, False, now, AVAILABLE_AGAIN)
                )
        return notices

    def _committed(self, committed: Committed) -> None:
        if not self._streams:
            return
        for entry in committed.entries:
            for event in entry.events:
                notice = _notice(committed.row.sequence, entry, event)
                if notice is not None:
                    for stream in self._streams.get(notice[0], ()):
                        stream.offer(notice[1])


def _notice(sequence: int, entry: Entry, event: Event) -> tuple[str, Notice] | None:
    at = entry.decided_at
    if isinstance(event, ReauthorisationRequested):
        return event.nf_name, Notice(event.ref, event.rating_groups, False, at, AVAILABLE_AGAIN, sequence)
    if isinstance(event, AbortRequested):
        return event.nf_name, Notice(event.ref, (), True, at, event.detail, sequence)
    if isinstance(event, SessionClosed) and event.cause is CloseCause.EXPIRED:
        return event.nf_name, Notice(event.ref, (), True, at, SILENT, sequence)
    return None
