"""Reward windows that close: who has not answered by then has ignored the offer. Until then it is unknown."""

from __future__ import annotations

import asyncio

from services.common.kernel.clock import Clock
from services.offers.application.effect_ports import RewardWindows

_BATCH = 500


class Ignoring:
    """Closes reward windows that are due, in batches."""

    def __init__(self, windows: RewardWindows, clock: Clock, batch: int = _BATCH) -> None:
        self._windows = windows
        self._clock = clock
        self._batch = batch

    async def close_due(self) -> int:
        """Every window that has ended by now; tells how many became IGNORED."""
        now = self._clock.now()
        total = 0
        while closed := await self._windows.close_before(now, self._batch):
            total += closed
        return total

    async def run(self, every_seconds: float = 10) -> None:
        """At once, and then every few seconds until cancelled."""
        while True:
            await self.close_due()
            await asyncio.sleep(every_seconds)
