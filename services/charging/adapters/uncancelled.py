"""Work that goes on to its end even if whoever asked for it goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from services.common.runtime.logs import get_logger

_log = get_logger(__name__)
_T = TypeVar("_T")


class Uncancelled:
    """Runs coroutines as tasks of its own: cancelling the caller does not touch a COMMIT."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[Any]] = set()

    async def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Awaits the work; passes its result or exception on to a caller that still waits."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    async def drained(self) -> None:
        """Returns when nothing is under way any more."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        # Looked at here, so that a failure is not lost with a caller that is gone.
        if not task.cancelled() and task.exception() is not None:
            _log.debug("a write failed", error=str(task.exception()))
