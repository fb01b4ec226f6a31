"""NATS JetStream as Tidemark uses it: a link that never gives up, and acknowledged publishing.

With NATS down a service goes on: `Bus.open` returns at once, publishing raises
`BusUnavailableError` at once, and the link comes back by itself. Consuming is in
`bus_consumer.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from urllib.parse import urlsplit

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js import JetStreamContext, api

from services.common.runtime.bus_messages import (
    DAY_SECONDS,
    FAILURES,
    MESSAGE_ID,
    BusError,
    BusMessage,
    BusUnavailableError,
    MessageTooLargeError,
    PubAck,
    StreamSpec,
    sentence,
    stream_fields,
    translated,
)
from services.common.runtime.logs import get_logger
from services.common.runtime.startup import SettingsError

_log = get_logger(__name__)

__all__ = [
    "DAY_SECONDS",
    "MESSAGE_ID",
    "Bus",
    "BusError",
    "BusMessage",
    "BusUnavailableError",
    "MessageTooLargeError",
    "PubAck",
    "StreamSpec",
]

_SCHEMES = ("nats", "tls", "ws", "wss")
_RECONNECT_SECONDS = 0.25
_CONNECT_TIMEOUT_SECONDS = 2
_RETRY_SECONDS = 0.5
_PENDING_PUBLISHES = 1_000_000
_STREAM_NAME_IN_USE = 10058


class Bus:
    """One process's link to NATS. Open with `Bus.open`, close with `close`.

    `connected` means more than a socket: the streams asked for exist too. The
    keeper task makes it true; the client's callbacks make it false.
    """

    def __init__(self, url: str, name: str, streams: Sequence[StreamSpec]) -> None:
        self._url = url
        self._name = name
        self._streams = {spec.name: spec for spec in streams}
        self._client = Client()
        self._jetstream: JetStreamContext = self._new_jetstream()
        self._linked = asyncio.Event()
        self._lost = asyncio.Event()
        self._up = asyncio.Event()
        self._in_flight: set[asyncio.Future[api.PubAck]] = set()
        self._began = False
        self._keeper: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, url: str, name: str, streams: Sequence[StreamSpec] = ()) -> Bus:
        """Begins to connect in the background and returns at once, whether NATS is there or not.

        `name` shows in NATS's monitoring. `streams` are made, or brought up to
        date, each time the link comes up. Raises SettingsError for an address
        that is none.
        """
        if urlsplit(url).scheme not in _SCHEMES or not urlsplit(url).hostname:
            raise SettingsError("the NATS address must look like nats://127.0.0.1:4222 or tls://host:4222")
        bus = cls(url, name, streams)
        bus._keeper = asyncio.create_task(bus._keep_connected(), name="bus")
        return bus

    @property
    def connected(self) -> bool:
        """True while NATS can be reached and the streams asked for exist."""
        return self._up.is_set() and self._client.is_connected

    @property
    def client(self) -> Client:
        """The NATS client underneath, for the consumer."""
        return self._client

    @property
    def jetstream(self) -> JetStreamContext:
        """JetStream on that client, for the consumer and for inspection."""
        return self._jetstream

    async def wait_connected(self) -> None:
        """Returns once `connected` is true."""
        await self._up.wait()

    async def wait_lost(self) -> None:
        """Returns once the link that is up now is lost."""
        await self._lost.wait()

    async def ensure_stream(self, spec: StreamSpec) -> None:
        """Makes a stream, or brings it up to date, now; and again whenever the link comes back.

        Raises BusUnavailableError.
        """
        self._streams[spec.name] = spec
        await self._make_stream(spec)

    async def publish(
        self,
        subject: str,
        payload: bytes,
        message_id: str,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = 5,
    ) -> PubAck:
        """Publishes one message and waits until the stream has it on disk.

        Raises BusUnavailableError, MessageTooLargeError.
        """
        message = BusMessage(subject, payload, message_id, headers or MappingProxyType({}))
        return (await self.publish_batch([message], timeout_seconds))[0]

    async def publish_batch(
        self, messages: Sequence[BusMessage], timeout_seconds: float = 10
    ) -> list[PubAck]:
        """Publishes messages in order without waiting for each; returns when the stream has them all.

        Raises BusUnavailableError if any is not acknowledged: publish the whole
        batch again, message ids keep it from being stored twice. When the link
        breaks inside a batch, a later message can be stored before an earlier
        one. Raises MessageTooLargeError before anything is sent.
        """
        if not self.connected:
            raise BusUnavailableError("NATS is not connected")
        limit = self._client.max_payload
        for message in messages:
            if len(message.payload) > limit:
                raise MessageTooLargeError(
                    f"{message.subject} {message.message_id}: {len(message.payload)} bytes; limit {limit}"
                )
        return await translated(self._send_all(messages, timeout_seconds))

    async def close(self) -> None:
        """Ends the link. What is not acknowledged by now is not sent."""
        self._up.clear()
        if self._keeper is not None:
            # Python 3.11's wait_for, which nats-py uses, loses a cancellation that arrives with its result.
            while not self._keeper.done():
                self._keeper.cancel()
                await asyncio.wait({self._keeper}, timeout=_RETRY_SECONDS)
        if self._began:  # nats-py cannot close what never began to connect
            with contextlib.suppress(*FAILURES):
                await self._client.close()

    def _new_jetstream(self) -> JetStreamContext:
        # Callers bound themselves by the size of their batches; the client's own gate swallows cancellations.
        return self._client.jetstream(publish_async_max_pending=_PENDING_PUBLISHES)

    async def _send_all(self, messages: Sequence[BusMessage], timeout_seconds: float) -> list[PubAck]:
        pending: list[asyncio.Future[api.PubAck]] = []
        try:
            async with asyncio.timeout(timeout_seconds):
                for message in messages:
                    headers = {MESSAGE_ID: message.message_id, **message.headers}
                    future = await self._jetstream.publish_async(
                        message.subject, message.payload, headers=headers
                    )
                    self._in_flight.add(future)
                    pending.append(future)
                return [_ack(await future) for future in pending]
        finally:
            for future in pending:
                self._in_flight.discard(future)
                # A failed future nobody looks at would be logged as forgotten.
                if not future.done():
                    future.cancel()
                elif not future.cancelled():
                    future.exception()

    async def _keep_connected(self) -> None:
        while True:
            try:
                await translated(self._connect())
                await self._stay_connected()
                # The server sent this client away for good (refused credentials, say).
                _log.error("bus closed by the server; connecting anew", name=self._name)
            except Exception:
                _log.exception("bus broke; connecting anew", name=self._name)
            await asyncio.sleep(_RETRY_SECONDS)
            self._client = Client()
            self._jetstream = self._new_jetstream()

    async def _stay_connected(self) -> None:
        """Keeps `connected` true to the facts until the client gives up."""
        while not self._client.is_closed:
            await self._linked.wait()
            self._lost.clear()
            await self._make_streams()
            if not self._lost.is_set():
                _log.info("bus connected", name=self._name)
                self._up.set()
            await self._lost.wait()

    async def _connect(self) -> None:
        self._began = True
        await self._client.connect(
            self._url,
            name=self._name,
            max_reconnect_attempts=-1,
            # nats-py declares int, and only ever sleeps on it.
            reconnect_time_wait=_RECONNECT_SECONDS,  # type: ignore[arg-type]
            connect_timeout=_CONNECT_TIMEOUT_SECONDS,
            error_cb=_on_error,
            disconnected_cb=self._on_lost,
            reconnected_cb=self._on_linked,
            closed_cb=self._on_lost,
        )
        await self._on_linked()

    async def _on_linked(self) -> None:
        self._linked.set()

    async def _on_lost(self) -> None:
        if self._up.is_set():
            _log.warning("bus lost; going on without it", name=self._name)
        self._linked.clear()
        self._up.clear()
        self._lost.set()
        # No answer will come for these; whoever waits should not sit out the timeout.
        for future in self._in_flight:
            if not future.done():
                future.set_exception(nats.errors.ConnectionClosedError())

    async def _make_streams(self) -> None:
        waiting = list(self._streams.values())
        while waiting and not self._lost.is_set():
            try:
                await self._make_stream(waiting[0])
                waiting.pop(0)
            except BusUnavailableError as error:
                _log.warning("stream not ready", stream=waiting[0].name, cause=str(error))
                await asyncio.sleep(_RETRY_SECONDS)

    async def _make_stream(self, spec: StreamSpec) -> None:
        if not self._client.is_connected:
            raise BusUnavailableError("NATS is not connected")
        await translated(self._add_or_update(spec))

    async def _add_or_update(self, spec: StreamSpec) -> None:
        wanted = stream_fields(spec)
        try:
            await self._jetstream.add_stream(
                api.StreamConfig(name=spec.name, storage=api.StorageType.FILE, **wanted)
            )
        except nats.js.errors.BadRequestError as error:
            if error.err_code != _STREAM_NAME_IN_USE:
                raise
            # What an operator has set besides (replicas, limits, placement) stays.
            present = (await self._jetstream.stream_info(spec.name)).config
            await self._jetstream.update_stream(present.evolve(**wanted))


def _ack(ack: api.PubAck) -> PubAck:
    return PubAck(ack.stream, ack.seq, bool(ack.duplicate))


async def _on_error(error: Exception) -> None:
    # Once per attempt to connect, and for what the server complains about.
    _log.debug("bus", cause=sentence(error))
