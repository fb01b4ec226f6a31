"""Watching policy counters: first as they stand, then whenever a status changes (TS 29.594 clause 5.3.4).

A status changes because something was counted or because a period is over. A
watcher holds one mark that there is something to look at, never a queue: one
that is slow sees the latest, and nobody waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from services.charging.application.partition_writer import PartitionWriter
from services.charging.application.read_counters import ReadCounters
from services.charging.application.recovery import Committed
from services.charging.domain.events import CounterAdvanced, Event, SpendCapChanged, SubscriptionChanged
from services.charging.domain.sessions.spending import CounterView
from services.common.kernel.clock import SECOND, Clock

LONGEST_WAIT_SECONDS = 3_600.0
"""A look at least so often: the machine's clock may be set while nothing happens."""


@dataclass(frozen=True, slots=True)
class CounterChange:
    """All counters, or those whose policy status, period or cap is another one than before."""

    sequence: int
    views: tuple[CounterView, ...]


class WatchCounters:
    """Streams counters by subscriber. Listens to the writer's commits."""

    def __init__(self, writer: PartitionWriter, reader: ReadCounters, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock
        self._watchers: dict[str, set[asyncio.Event]] = {}
        writer.on_commit(self._committed)

    async def __call__(
        self, subscriber_id: str, counter_codes: Sequence[str]
    ) -> AsyncGenerator[CounterChange, None]:
        """Endless: ends by being closed. Raises RefusedError COUNTER_UNKNOWN."""
        moved = asyncio.Event()
        owners = (subscriber_id, self._reader.account_id(subscriber_id))
        for owner in owners:
            self._watchers.setdefault(owner, set()).add(moved)
        try:
            views, sequence = await self._reader.views(subscriber_id, counter_codes)
            yield CounterChange(sequence, views)
            told = _by_code(views)
            while True:
                await self._something_to_look_at(moved, views)
                views, sequence = await self._reader.views(subscriber_id, counter_codes)
                changed = tuple(view for view in views if _told_of(view) != told.get(view.counter.code))
                told = _by_code(views)
                if changed:
                    yield CounterChange(sequence, changed)
        finally:
            for owner in owners:
                self._forget(owner, moved)

    async def _something_to_look_at(self, moved: asyncio.Event, views: Sequence[CounterView]) -> None:
        """Returns when a counter was moved, or a period is over."""
        ends = min((view.period_end for view in views), default=None)
        wait = LONGEST_WAIT_SECONDS
        if ends is not None:
            wait = min(wait, max(0, ends - self._clock.now()) / SECOND)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await moved.wait()
        moved.clear()

    def _forget(self, owner: str, moved: asyncio.Event) -> None:
        watchers = self._watchers.get(owner)
        if watchers is not None:
            watchers.discard(moved)
            if not watchers:
                del self._watchers[owner]

    def _committed(self, committed: Committed) -> None:
        if not self._watchers:
            return
        for entry in committed.entries:
            for event in entry.events:
                for moved in self._watchers.get(_owner(event), ()):
                    moved.set()


def _owner(event: Event) -> str:
    """Whose counters an event may have changed; '' nobody's."""
    if isinstance(event, CounterAdvanced | SpendCapChanged | SubscriptionChanged):
        return event.subscriber_id
    return ""


def _by_code(views: Sequence[CounterView]) -> dict[str, tuple[str, str, int | None, bool]]:
    return {view.counter.code: _told_of(view) for view in views}


def _told_of(view: CounterView) -> tuple[str, str, int | None, bool]:
    """What a watcher is told of; a value that moves within a status is not."""
    return view.status, view.period, view.cap, view.capped
