"""Parts of the bus that need no server."""

from __future__ import annotations

import asyncio

import nats.errors
import pytest

from services.common.runtime.bus import Bus, BusUnavailableError
from services.common.runtime.bus_consumer import redelivery_seconds
from services.common.runtime.bus_messages import translated
from services.common.runtime.bus_pull import patience
from services.common.runtime.startup import SettingsError


async def test_a_cancellation_that_the_client_swallows_is_raised_after_all() -> None:
    begun = asyncio.Event()

    async def swallows() -> str:
        try:
            begun.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass
        return "as if nothing had happened"

    task = asyncio.create_task(translated(swallows()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_that_the_client_turns_into_its_own_error_is_raised_after_all() -> None:
    begun = asyncio.Event()

    async def renames() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise nats.errors.ConnectionClosedError from None

    task = asyncio.create_task(translated(renames()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_earlier_cancellation_does_not_disturb_the_work_of_cleaning_up() -> None:
    cleaned: list[str] = []

    async def works() -> str:
        return "published"

    async def task() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(await translated(works()))

    running = asyncio.create_task(task())
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert cleaned == ["published"]


async def test_the_clients_errors_have_one_name() -> None:
    async def fails() -> None:
        raise nats.errors.NoRespondersError

    with pytest.raises(BusUnavailableError):
        await translated(fails())


@pytest.mark.parametrize("url", ["", "127.0.0.1:4222", "http://127.0.0.1:4222", "nats://"])
async def test_an_address_that_is_none_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(SettingsError, match=r"nats://127\.0\.0\.1:4222"):
        await Bus.open(url, "test")


def test_pauses_between_deliveries_grow_up_to_half_a_minute() -> None:
    pauses = [redelivery_seconds(attempt) for attempt in range(1, 200)]
    assert pauses == sorted(pauses)
    assert pauses[0] < 1
    assert pauses[-1] == 30


def test_a_message_after_a_quiet_moment_waits_for_nobody() -> None:
    assert patience(0.02, quiet_seconds=0.02, waited_seconds=0) == 0
    assert patience(0.02, quiet_seconds=float("inf"), waited_seconds=0) == 0


def test_while_messages_keep_coming_a_batch_waits_for_the_next_but_not_for_ever() -> None:
    assert patience(0.02, quiet_seconds=0.001, waited_seconds=0) == 0.005
    assert patience(0.02, quiet_seconds=0.001, waited_seconds=0.018) == pytest.approx(0.002)
    assert patience(0.02, quiet_seconds=0.001, waited_seconds=0.021) == 0


def test_without_a_linger_nothing_waits() -> None:
    assert patience(0, quiet_seconds=0, waited_seconds=0) == 0
