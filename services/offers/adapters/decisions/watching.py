"""Offers as they are presented by the service itself, to whoever watches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tidemark.offers.v1 import decision_pb2

from services.common.kernel.outcome import Refused, RefusedError
from services.offers.application.decision_reasons import WATCHER_TOO_SLOW

_WAITING = 1_000


@dataclass(frozen=True, slots=True)
class PushedDecision:
    """A stored decision that nobody had asked for, with its subscriber in it."""

    sequence: int
    message: decision_pb2.Decision


@dataclass(eq=False, slots=True)
class Watcher:
    """One watcher's queue. `subscriber_id` empty: everybody's."""

    subscriber_id: str
    most: int
    waiting: asyncio.Queue[PushedDecision | None] = field(default_factory=asyncio.Queue)
    is_too_slow: bool = False

    def offer(self, pushed: PushedDecision) -> None:
        """Queues it where it is wanted and there is room."""
        if self.subscriber_id not in ("", pushed.message.subscriber_id) or self.is_too_slow:
            return
        self.is_too_slow = self.waiting.qsize() >= self.most
        self.waiting.put_nowait(pushed)

    def end(self) -> None:
        """The server stops."""
        self.waiting.put_nowait(None)

    async def following(self, after_sequence: int) -> AsyncIterator[PushedDecision]:
        """What comes in beyond a sequence, until the end. Raises RefusedError WATCHER_TOO_SLOW."""
        while (pushed := await self.waiting.get()) is not None:
            if self.is_too_slow:
                words = f"{self.most} offers wait for you; watch again after the last sequence you have"
                raise RefusedError(Refused(WATCHER_TOO_SLOW, words))
            if pushed.sequence > after_sequence:
                yield pushed


class OfferWatch:
    """Hands stored decisions to watchers, without ever waiting for one."""

    def __init__(self, most_waiting: int = _WAITING) -> None:
        self._most = most_waiting
        self._watchers: set[Watcher] = set()

    @contextmanager
    def watcher(self, subscriber_id: str) -> Iterator[Watcher]:
        """A watcher from now until it is let go."""
        watcher = Watcher(subscriber_id, self._most)
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

    def end(self) -> None:
        """Tells every watcher that the server stops."""
        for watcher in self._watchers:
            watcher.end()

    def publish(self, pushed: PushedDecision) -> None:
        """A decision was stored."""
        for watcher in self._watchers:
            watcher.offer(pushed)
