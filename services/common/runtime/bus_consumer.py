"""Durable consumers: each message handled, then acknowledged; a failing one tried again, then parked.

Messages are pulled with one lingering request at a time and handled one by one
as they arrive. nats-py's own `fetch` is not used: asked for many, it holds the
first back until the last has come or time is up.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

import nats.errors
from nats.aio.msg import Msg
from nats.js import api

from services.common.runtime.bus import Bus
from services.common.runtime.bus_messages import DAY_SECONDS, MESSAGE_ID, BusError, StreamSpec, translated
from services.common.runtime.logs import get_logger

_log = get_logger(__name__)

PARKED = StreamSpec("PARKED", ("tidemark.parked.*",), max_age_seconds=30 * DAY_SECONDS)
"""Where messages go that a consumer cannot handle; subject `tidemark.parked.<durable>`."""

_NANOSECONDS = 1_000_000_000
_PULL_SECONDS = 10
_HEARTBEAT_SECONDS = 1
_SILENCE_SECONDS = 2.5
_RETRY_SECONDS = 0.25
_FIRST_REDELIVERY_SECONDS = 0.2
_LONGEST_REDELIVERY_SECONDS = 30.0
_STATUS = "Status"
_HEARTBEAT = "100"
_PULL_ENDED = frozenset({"404", "408"})


@dataclass(frozen=True, slots=True)
class ConsumerSpec:
    """A durable consumer of one stream.

    A message not acknowledged within `acknowledge_seconds` is delivered again.
    After `attempts` deliveries it is parked; None tries for ever.
    `only_new` begins with what is published from now on, else with the oldest kept.
    """

    stream: str
    durable: str
    subject: str
    only_new: bool = False
    attempts: int | None = 8
    acknowledge_seconds: float = 30
    batch: int = 64


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as handed to a handler: `stream_sequence` in its stream; `attempt` begins at 1."""

    subject: str
    payload: bytes
    headers: Mapping[str, str]
    stream: str
    stream_sequence: int
    attempt: int

    @property
    def message_id(self) -> str:
        """The publisher's id of the message; empty where it set none."""
        return self.headers.get(MESSAGE_ID, "")


Handler = Callable[[Delivery], Awaitable[None]]


async def consume(bus: Bus, spec: ConsumerSpec, handler: Handler) -> None:
    """Hands every message of a durable consumer to `handler`, one at a time; runs until cancelled.

    Acknowledged when the handler returns. When it raises, the message comes
    again after a growing pause, while others go on; so a handler must be
    idempotent and must not count on order. NATS away, or the stream not made
    yet: waits and begins again.
    """
    while True:
        await bus.wait_connected()
        try:
            await _Consumption(bus, spec, handler).run()
        except (BusError, nats.errors.Error, TimeoutError) as error:
            _log.info("consumer begins again", durable=spec.durable, cause=str(error) or type(error).__name__)
            await asyncio.sleep(_RETRY_SECONDS)


def redelivery_seconds(attempt: int) -> float:
    """Pause before the next delivery after `attempt` failed ones: doubling, up to half a minute."""
    return float(min(_FIRST_REDELIVERY_SECONDS * 2 ** min(attempt - 1, 16), _LONGEST_REDELIVERY_SECONDS))


class _InterruptedError(BusError):
    """The server ended the pull: consumer or stream gone, shutdown, change of leader."""


class _Consumption:
    """One consumer on one connection, until something breaks."""

    def __init__(self, bus: Bus, spec: ConsumerSpec, handler: Handler) -> None:
        self._bus = bus
        self._spec = spec
        self._handler = handler
        self._client = bus.client
        self._arrived: asyncio.Queue[Msg] = asyncio.Queue()
        self._inbox = self._client.new_inbox()
        self._next_subject = f"$JS.API.CONSUMER.MSG.NEXT.{spec.stream}.{spec.durable}"

    async def run(self) -> None:
        await self._ensure_consumer()
        subscription = await translated(self._client.subscribe(f"{self._inbox}.*", cb=self._arrived.put))
        try:
            pull = 0
            while True:
                pull += 1
                async for message in self._pull(f"{self._inbox}.{pull}"):
                    await self._handle(message)
        finally:
            with contextlib.suppress(nats.errors.Error):
                await subscription.unsubscribe()

    async def _ensure_consumer(self) -> None:
        if self._spec.attempts is not None:
            await self._bus.ensure_stream(PARKED)
        policy = api.DeliverPolicy.NEW if self._spec.only_new else api.DeliverPolicy.ALL
        await translated(
            self._bus.jetstream.add_consumer(
                self._spec.stream,
                api.ConsumerConfig(
                    name=self._spec.durable,
                    durable_name=self._spec.durable,
                    filter_subject=self._spec.subject,
                    deliver_policy=policy,
                    ack_policy=api.AckPolicy.EXPLICIT,
                    ack_wait=self._spec.acknowledge_seconds,
                ),
            )
        )

    async def _pull(self, reply: str) -> AsyncIterator[Msg]:
        """The messages of one request, as they come. Returns when it is used up, or the server is silent."""
        request = {
            "batch": self._spec.batch,
            "expires": _PULL_SECONDS * _NANOSECONDS,
            "idle_heartbeat": _HEARTBEAT_SECONDS * _NANOSECONDS,
        }
        await translated(self._client.publish(self._next_subject, json.dumps(request).encode(), reply))
        received = 0
        while received < self._spec.batch:
            try:
                async with asyncio.timeout(_SILENCE_SECONDS):
                    message = await self._arrived.get()
            except TimeoutError:
                await self._bus.wait_connected()
                return
            status = (message.headers or {}).get(_STATUS)
            if status is None:
                received += 1
                yield message
            elif message.subject == reply and status != _HEARTBEAT:
                if status not in _PULL_ENDED:
                    raise _InterruptedError(f"{status} {(message.headers or {}).get('Description', '')}")
                return

    async def _handle(self, message: Msg) -> None:
        delivery = _delivery(message)
        try:
            await self._handler(delivery)
        except Exception:
            last = self._spec.attempts is not None and delivery.attempt >= self._spec.attempts
            _log.warning(
                "message parked" if last else "message failed; it will come again",
                durable=self._spec.durable,
                subject=delivery.subject,
                stream_sequence=delivery.stream_sequence,
                attempt=delivery.attempt,
                exc_info=True,
            )
            await (self._park(message, delivery) if last else self._put_back(message, delivery))
        else:
            await translated(message.ack())

    async def _put_back(self, message: Msg, delivery: Delivery) -> None:
        await translated(message.nak(delay=redelivery_seconds(delivery.attempt)))

    async def _park(self, message: Msg, delivery: Delivery) -> None:
        """Keeps a copy where people can look at it, then lets the original go."""
        await self._bus.publish(
            f"tidemark.parked.{self._spec.durable}",
            delivery.payload,
            f"{self._spec.durable}:{delivery.stream}:{delivery.stream_sequence}",
            {
                "Tidemark-Parked-Subject": delivery.subject,
                "Tidemark-Parked-Stream": delivery.stream,
                "Tidemark-Parked-Stream-Sequence": str(delivery.stream_sequence),
                "Tidemark-Parked-Message-Id": delivery.message_id,
            },
        )
        await translated(message.term())


def _delivery(message: Msg) -> Delivery:
    metadata = message.metadata
    return Delivery(
        message.subject,
        message.data,
        message.headers or {},
        metadata.stream,
        metadata.sequence.stream,
        metadata.num_delivered,
    )
