"""Pulling from a durable consumer with one lingering request at a time.

nats-py's own `fetch` is not used: asked for many, it holds the first back until
the last has come or time is up.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence

import nats.errors
from nats.aio.msg import Msg

from services.common.runtime.bus import Bus
from services.common.runtime.bus_messages import BusError, translated

_NANOSECONDS = 1_000_000_000
_PULL_SECONDS = 10
_HEARTBEAT_SECONDS = 1
_SILENCE_SECONDS = 2.5
_STATUS = "Status"
_HEARTBEAT = "100"
_PULL_ENDED = frozenset({"404", "408"})
_PAUSE = 0.25


def patience(linger_seconds: float, quiet_seconds: float, waited_seconds: float) -> float:
    """How long (seconds) a batch that was begun may wait for its next message; 0: not at all.

    `quiet_seconds` went by between the message before the batch and its first,
    `waited_seconds` since. Nobody waits after a quiet moment: a lone
    message is handled at once. A stream that pauses for a part of the linger is
    taken to have ended.
    """
    if quiet_seconds >= linger_seconds:
        return 0.0
    return max(0.0, min(linger_seconds - waited_seconds, linger_seconds * _PAUSE))


class _InterruptedError(BusError):
    """The server ended the pull: consumer or stream gone, shutdown, change of leader."""


class Pulling:
    """The messages of one durable consumer, on the connection there is now.

    `batch` messages are asked for at a time; a batch that was begun waits for
    `linger_seconds` at most.
    """

    def __init__(self, bus: Bus, stream: str, durable: str, batch: int, linger_seconds: float) -> None:
        self._bus = bus
        self._batch = batch
        self._linger_seconds = linger_seconds
        self._client = bus.client
        self._arrived: asyncio.Queue[Msg] = asyncio.Queue()
        self._inbox = self._client.new_inbox()
        self._next_subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._taken_at = float("-inf")
        """When the latest batch was complete, on the event loop's clock."""

    async def batches(self, together: int) -> AsyncGenerator[Sequence[Msg], None]:
        """Messages as they arrive, up to `together` of them at a time, for as long as the consumer is there.

        With 1, nobody waits for company. Raises BusError or nats.errors.Error where something breaks.
        """
        subscription = await translated(self._client.subscribe(f"{self._inbox}.*", cb=self._arrived.put))
        try:
            pull = 0
            while True:
                pull += 1
                async for messages in self._pull(f"{self._inbox}.{pull}", together):
                    yield messages
        finally:
            with contextlib.suppress(nats.errors.Error):
                await subscription.unsubscribe()

    async def _pull(self, reply: str, together: int) -> AsyncIterator[Sequence[Msg]]:
        """The messages of one request, as they come. Returns when it is used up, or the server is silent."""
        request = {
            "batch": self._batch,
            "expires": _PULL_SECONDS * _NANOSECONDS,
            "idle_heartbeat": _HEARTBEAT_SECONDS * _NANOSECONDS,
        }
        await translated(self._client.publish(self._next_subject, json.dumps(request).encode(), reply))
        left = self._batch
        while left > 0:
            first = await self._arrival(_SILENCE_SECONDS)
            if first is None:
                await self._bus.wait_connected()
                return
            status: Msg | None = first
            if _status(first) is None:
                messages, status = await self._with_company(first, min(left, together))
                left -= len(messages)
                yield messages
            if status is not None and _ends(status, reply):
                return

    async def _with_company(self, first: Msg, most: int) -> tuple[list[Msg], Msg | None]:
        """`first` and those that join it; and the status that ended the batch, if one did."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        quiet = begun - self._taken_at
        messages = [first]
        status = None
        while len(messages) < most:
            seconds = patience(self._linger_seconds, quiet, loop.time() - begun)
            message = await self._arrival(seconds)
            if message is None:
                break
            if _status(message) is not None:
                status = message
                break
            messages.append(message)
        self._taken_at = loop.time()
        return messages, status

    async def _arrival(self, seconds: float) -> Msg | None:
        """What arrives next, within so many seconds; with 0, what is there already."""
        with contextlib.suppress(asyncio.QueueEmpty):
            return self._arrived.get_nowait()
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    return await self._arrived.get()
        return None


def _status(message: Msg) -> str | None:
    """The server's word on a pull; None for a message proper."""
    return (message.headers or {}).get(_STATUS)


def _ends(status: Msg, reply: str) -> bool:
    """Whether a status ends the pull with that reply subject. Raises _InterruptedError where all ends."""
    code = _status(status)
    if status.subject != reply or code == _HEARTBEAT:
        return False
    if code not in _PULL_ENDED:
        raise _InterruptedError(f"{code} {(status.headers or {}).get('Description', '')}")
    return True
