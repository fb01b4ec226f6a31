"""Repeated work outlasts its faults, and ends when it is cancelled."""

from __future__ import annotations

import asyncio

import pytest

from services.notification.adapters.repeating import repeating


async def test_a_fault_is_followed_by_another_try_until_it_is_cancelled() -> None:
    times, enough = 0, asyncio.Event()

    async def work() -> None:
        nonlocal times
        times += 1
        if times == 3:
            enough.set()
        if times % 2:
            raise ConnectionError("the database is away")

    task = asyncio.create_task(repeating("work", work, 0))
    await asyncio.wait_for(enough.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert times >= 3
