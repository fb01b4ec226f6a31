"""Time that stands still until a test turns it; whoever waits by it wakes at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from services.common.kernel.clock import Instant, instant

NOON = instant(datetime(2026, 11, 25, 11, tzinfo=UTC))
"""A Wednesday, 12:00 in Berlin."""


class ManualAlarm:
    """Fulfils `Alarm` and `Clock`."""

    def __init__(self, begin: Instant = NOON) -> None:
        self._now = begin
        self._turned = asyncio.Event()

    def now(self) -> Instant:
        """The present of the test."""
        return self._now

    def turn(self, microseconds: int) -> None:
        """Lets so much time pass."""
        self.turn_to(Instant(self._now + microseconds))

    def turn_to(self, then: Instant) -> None:
        """Lets time pass up to an instant."""
        assert then >= self._now, "time does not go back"
        self._now = then
        self._turned.set()
        self._turned = asyncio.Event()

    async def until(self, at: Instant) -> None:
        """Returns once it is so late."""
        while self._now < at:
            await self._turned.wait()
