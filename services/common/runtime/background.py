"""Background tasks that cannot die unseen."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from services.common.runtime.logs import get_logger

_log = get_logger(__name__)

_CANCEL_AGAIN_SECONDS = 1.0


class BackgroundTasks:
    """Runs coroutines beside the service; the first that fails stops the service.

    A task that returns is simply done. One that raises is logged with its
    traceback, `failed` becomes true and `stop` is set, so that whoever waits
    for `stop` begins to shut down.
    """

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop
        self._tasks: set[asyncio.Task[None]] = set()
        self.failed = False

    def start(self, name: str, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Starts a task. The name shows in the log line, should it die."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def close(self) -> None:
        """Cancels what still runs and waits for it to end."""
        tasks = set(self._tasks)
        while tasks:
            # Again until it took: Python 3.11's wait_for loses a cancellation that arrives with its result.
            for task in tasks:
                task.cancel()
            _, tasks = await asyncio.wait(tasks, timeout=_CANCEL_AGAIN_SECONDS)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self.failed = True
            _log.error("background task died; the service stops", task=task.get_name(), exc_info=error)
            self._stop.set()
