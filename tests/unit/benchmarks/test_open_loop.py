"""Calls at a fixed rate: so many, in turn, and a late one counts from when it was due."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from benchmarks.element import WrongAnswerError
from benchmarks.open_loop import open_loop


async def test_it_makes_so_many_calls_whoever_is_late_and_gives_each_caller_its_share() -> None:
    made = [0, 0, 0, 0]

    async def call(number: int) -> None:
        made[number] += 1

    load = await open_loop([partial(call, number) for number in range(4)], seconds=0.1, rate=200)
    assert made == [5, 5, 5, 5]
    assert (load.in_flight, len(load.latencies_seconds)) == (4, 20)
    assert load.elapsed_seconds >= 0.095


async def test_a_call_that_had_to_wait_for_the_one_before_it_is_as_late_as_that_made_it() -> None:
    answers = asyncio.Event()
    first = True

    async def call() -> None:
        nonlocal first
        if first:
            first = False
            asyncio.get_running_loop().call_later(0.05, answers.set)
        await answers.wait()

    load = await open_loop([call], seconds=0.05, rate=100)
    assert len(load.latencies_seconds) == 5
    assert load.latencies_seconds[1] >= 0.035, "it was due 10 ms after the first, which took 50"


async def test_a_stretch_too_short_for_a_call_at_that_rate_still_measures_one() -> None:
    load = await open_loop([partial(asyncio.sleep, 0)] * 3, seconds=0.01, rate=1)
    assert len(load.latencies_seconds) == 1


async def test_one_failing_call_ends_the_load_with_its_own_error() -> None:
    async def bad() -> None:
        raise WrongAnswerError("refused")

    with pytest.raises(WrongAnswerError, match="refused"):
        await open_loop([bad], seconds=30, rate=100)
