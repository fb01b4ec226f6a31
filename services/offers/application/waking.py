"""Waiting for the next turn of a loop, or for somebody who says that it is due now."""

from __future__ import annotations

import asyncio
import contextlib


class Waking:
    """What happens while a turn runs is not missed: the next wait then ends at once."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """The next turn need not wait. On the event loop."""
        self._woken.set()

    async def wait(self, seconds: float) -> None:
        """Returns when somebody has called `wake` since the last wait, or after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        self._woken.clear()
