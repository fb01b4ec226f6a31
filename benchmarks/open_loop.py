"""An open loop: calls at a fixed rate, whether or not the last ones are answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from benchmarks.figures import Load
from benchmarks.load import Call


async def open_loop(calls: Sequence[Call], seconds: float, rate: float) -> Load:
    """Makes so many calls a second for so long, one at least, each caller in its turn; then lets them end.

    A latency counts from the instant at which the call was due: a caller that is still busy then is
    late, and that is part of what a subscriber waits. The first failing call ends the loop with its own
    error.
    """
    latencies: list[float] = []
    turns = max(1, round(rate * seconds))
    begun = time.perf_counter()

    async def caller(number: int, call: Call) -> None:
        for turn in range(number, turns, len(calls)):
            due = begun + turn / rate
            await asyncio.sleep(due - time.perf_counter())
            await call()
            latencies.append(time.perf_counter() - due)

    try:
        async with asyncio.TaskGroup() as callers:
            for number, call in enumerate(calls):
                callers.create_task(caller(number, call))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return Load(len(calls), latencies, time.perf_counter() - begun)
