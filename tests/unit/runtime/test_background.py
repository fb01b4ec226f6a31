"""Background tasks: none dies unseen."""

from __future__ import annotations

import asyncio

from services.common.runtime.background import BackgroundTasks


async def test_a_task_that_dies_stops_the_service() -> None:
    stop = asyncio.Event()
    tasks = BackgroundTasks(stop)

    async def work() -> None:
        raise RuntimeError("the disk is gone")

    tasks.start("relay", work())
    async with asyncio.timeout(5):
        await stop.wait()
    assert tasks.failed


async def test_a_task_that_is_done_stops_nothing() -> None:
    stop = asyncio.Event()
    tasks = BackgroundTasks(stop)

    async def work() -> None:
        return

    await tasks.start("warm-up", work())
    await tasks.close()
    assert not stop.is_set()
    assert not tasks.failed


async def test_closing_cancels_what_runs_and_counts_it_as_no_failure() -> None:
    stop = asyncio.Event()
    tasks = BackgroundTasks(stop)
    cleaned = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.set()

    tasks.start("watch", work())
    await asyncio.sleep(0)
    await tasks.close()
    assert cleaned.is_set()
    assert not tasks.failed
    assert not stop.is_set()
