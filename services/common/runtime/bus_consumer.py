"""Durable consumers: each message handled, then acknowledged; a failing one tried again, then parked.

They are handled as they arrive (`bus_pull.py`), one by one or together with what else has come.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import nats.errors
from nats.aio.msg import Msg
from nats.js import api

from services.common.runtime.bus import Bus
from services.common.runtime.bus_messages import DAY_SECONDS, MESSAGE_ID, BusError, StreamSpec, translated
from services.common.runtime.bus_pull import Pulling
from services.common.runtime.logs import get_logger

_log = get_logger(__name__)

PARKED = StreamSpec("PARKED", ("tidemark.parked.*",), max_age_seconds=30 * DAY_SECONDS)
"""Where messages go that a consumer cannot handle; subject `tidemark.parked.<durable>`."""

_RETRY_SECONDS = 0.25
_FIRST_REDELIVERY_SECONDS = 0.2
_LONGEST_REDELIVERY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class ConsumerSpec:
    """A durable consumer of one stream.

    A message not acknowledged within `acknowledge_seconds` is delivered again.
    After `attempts` deliveries it is parked; None tries for ever.
    `only_new` begins with what is published from now on, else with the oldest kept.
    `batch` messages are asked for at a time, which is also the most that
    `consume_batches` hands over together; for `linger_seconds` see there.
    """

    stream: str
    durable: str
    subject: str
    only_new: bool = False
    attempts: int | None = 8
    acknowledge_seconds: float = 30
    batch: int = 64
    linger_seconds: float = 0.02


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
BatchHandler = Callable[[Sequence[Delivery]], Awaitable[None]]


async def consume(bus: Bus, spec: ConsumerSpec, handler: Handler) -> None:
    """Hands every message of a durable consumer to `handler`, one at a time; runs until cancelled.

    Acknowledged when the handler returns. When it raises, the message comes
    again after a growing pause, while others go on; so a handler must be
    idempotent and must not count on order. NATS away, or the stream not made
    yet: waits and begins again.
    """

    async def each(deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            await handler(delivery)

    await _consume(bus, spec, each, together=1)


async def consume_batches(bus: Bus, spec: ConsumerSpec, handler: BatchHandler) -> None:
    """As `consume`, handing over together, in order of arrival, what has arrived; one message at least.

    A message that comes after a quiet moment is handed over at once. While
    messages keep coming, the first of a batch waits for company, for
    `linger_seconds` at most and less when nothing more comes (`patience`).
    All are acknowledged when the handler returns. When it raises for
    several, it gets them once more one by one, so that only those at fault come
    again or are parked.
    """
    await _consume(bus, spec, handler, together=spec.batch)


async def _consume(bus: Bus, spec: ConsumerSpec, handler: BatchHandler, together: int) -> None:
    while True:
        await bus.wait_connected()
        try:
            await _Consumption(bus, spec, handler, together).run()
        except (BusError, nats.errors.Error, TimeoutError) as error:
            _log.info("consumer begins again", durable=spec.durable, cause=str(error) or type(error).__name__)
            await asyncio.sleep(_RETRY_SECONDS)


def redelivery_seconds(attempt: int) -> float:
    """Pause before the next delivery after `attempt` failed ones: doubling, up to half a minute."""
    return float(min(_FIRST_REDELIVERY_SECONDS * 2 ** min(attempt - 1, 16), _LONGEST_REDELIVERY_SECONDS))


class _Consumption:
    """One consumer on one connection, until something breaks."""

    def __init__(self, bus: Bus, spec: ConsumerSpec, handler: BatchHandler, together: int) -> None:
        self._bus = bus
        self._spec = spec
        self._handler = handler
        self._together = together

    async def run(self) -> None:
        await self._ensure_consumer()
        spec = self._spec
        pulling = Pulling(self._bus, spec.stream, spec.durable, spec.batch, spec.linger_seconds)
        async with contextlib.aclosing(pulling.batches(self._together)) as batches:
            async for messages in batches:
                await self._handle(messages)

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

    async def _handle(self, messages: Sequence[Msg]) -> None:
        deliveries = [_delivery(message) for message in messages]
        try:
            await self._handler(deliveries)
        except Exception:
            if len(messages) == 1:
                await self._failed(messages[0], deliveries[0])
                return
        else:
            for message in messages:
                await translated(message.ack())
            return
        for message in messages:
            await self._handle([message])

    async def _failed(self, message: Msg, delivery: Delivery) -> None:
        """Gives a message back, or parks it after its last attempt. Logs the exception in hand."""
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
