"""The computer's clock, and waiting by it. Fulfils `Alarm`."""

from __future__ import annotations

import asyncio

from services.common.kernel.clock import SECOND, Clock, Instant

_LONGEST_SLEEP_SECONDS = 30.0
"""Whoever sets the clock is noticed within this."""


class SystemAlarm:
    """Waits by the running clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> Instant:
        """The present instant."""
        return self._clock.now()

    async def until(self, at: Instant) -> None:
        """Returns once it is so late, or after half a minute."""
        await asyncio.sleep(min(_LONGEST_SLEEP_SECONDS, max(0, at - self._clock.now()) / SECOND))
