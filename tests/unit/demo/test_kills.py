"""Charging is killed as often as asked, at moments that a seed draws, and is always up again at the end."""

from __future__ import annotations

import asyncio

import pytest

from services.cli.demo.in_thread import in_thread
from services.cli.demo.kills import Delays, Killer

AT_ONCE = Delays(0.0, 0.0)


class RecordingSuite:
    """Starts nothing; remembers what was asked of it."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def kill(self, member: str) -> None:
        self.calls.append(f"kill {member}")

    def launch(self, member: str) -> None:
        self.calls.append(f"launch {member}")

    def restart(self, member: str) -> None:
        self.calls.append(f"restart {member}")


async def calls_with(seed: int, kills: int) -> list[str]:
    suite = RecordingSuite()
    killer = Killer(suite, kills, within_answers=50, seed=seed, delays=AT_ONCE)
    running = asyncio.ensure_future(killer.run(lambda: None))
    while not running.done():
        killer.answered()
        await asyncio.sleep(0)
    await running
    assert killer.done == kills
    return suite.calls


async def test_every_kill_is_followed_by_a_restart() -> None:
    calls = await calls_with(seed=1, kills=20)
    assert calls[-1] == "restart charging"
    assert calls.count("restart charging") == 20
    assert calls.count("kill charging") == 20 + calls.count("launch charging")
    assert 0 < calls.count("launch charging") < 20


async def test_the_same_seed_draws_the_same_moments() -> None:
    assert await calls_with(seed=5, kills=8) == await calls_with(seed=5, kills=8)


async def test_a_kill_waits_until_charging_has_answered_so_much() -> None:
    suite = RecordingSuite()
    killer = Killer(suite, 1, within_answers=10_000, seed=3, delays=AT_ONCE)
    running = asyncio.ensure_future(killer.run(lambda: None))
    killer.answered()
    for _ in range(100):
        await asyncio.sleep(0)
    assert suite.calls == []
    running.cancel()


async def test_a_blocking_call_is_waited_for_even_when_its_caller_is_cancelled() -> None:
    finished: list[str] = []
    loop, may_end = asyncio.get_running_loop(), asyncio.Event()

    def blocking() -> None:
        asyncio.run_coroutine_threadsafe(may_end.wait(), loop).result(timeout=10)
        finished.append("done")

    caller = asyncio.ensure_future(in_thread(blocking))
    await asyncio.sleep(0)
    caller.cancel()
    loop.call_soon(may_end.set)
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert finished == ["done"]
