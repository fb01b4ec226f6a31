"""Waiting for something to become true, with a deadline instead of a guess."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable

POLL_SECONDS = 0.01


async def eventually(
    predicate: Callable[[], bool | Awaitable[bool]], deadline_seconds: float = 10, what: str = ""
) -> None:
    """Returns once `predicate` (plain or async) is true. Fails the test after the deadline.

    Raises AssertionError that names `what`, or the predicate.
    """
    try:
        async with asyncio.timeout(deadline_seconds):
            while True:
                answer = predicate()
                if inspect.isawaitable(answer):
                    answer = await answer
                if answer:
                    return
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as error:
        described = what or inspect.getsource(predicate).strip()
        raise AssertionError(f"not within {deadline_seconds} s: {described}") from error


async def ended(task: asyncio.Task[None]) -> None:
    """Cancels a task until it has ended, whatever it raises.

    Once is not enough: Python 3.11's `wait_for`, which nats-py uses, loses a
    cancellation that arrives together with its result.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.5)
