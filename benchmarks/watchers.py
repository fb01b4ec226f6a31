"""Clients of open streams as a process of its own: they wait, and note what balance came when.

`python -m benchmarks.watchers` reads one line of JSON (`kind`, `address`, `token`, `subscribers`), opens a
stream for each subscriber, in order, and answers `{"open": N}` once all are served. Each further line is
answered with the balances that came since: place of the stream, when it came, when it was decided, both in
microseconds. Streams close with its standard input. Over HTTP they are bare sockets, and octets are read
only when they are asked for: what is measured is the server.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import grpc
import uvloop
from tidemark.notification.v1 import notification_api_pb2 as api

GRPC, SSE = "grpc", "sse"
_STREAMS_EACH = 500
"""Streams of one gRPC connection; services take 1,024."""
_AT_ONCE = 100
_METHOD = "/tidemark.notification.v1.NotificationService/WatchNotifications"
_OPTIONS = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0)]
_BALANCE = re.compile(rb"event: balance\ndata: (\{.*?\})\n\n")
_MICROS = 1_000_000
_SERVED = b"event: hello"

Arrival = tuple[int, int, int]
"""Place of the stream, instant of arrival, instant of the decision."""


def now_micros() -> int:
    """The machine's clock, which all processes share."""
    return time.time_ns() // 1_000


class GrpcWatchers:
    """Streams over gRPC, some hundred to a connection."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address
        self._metadata = (("authorization", f"Bearer {token}"),)
        self._channels: list[grpc.aio.Channel] = []
        self._following: list[asyncio.Task[None]] = []
        self._came: list[tuple[int, int, bytes]] = []

    async def open(self, place: int, subscriber_id: str) -> None:
        """One more, served when it returns. Raises AioRpcError."""
        request = api.WatchNotificationsRequest(
            subscriber_id=subscriber_id, with_balance=True, with_conversations=True
        )
        while place // _STREAMS_EACH >= len(self._channels):
            self._channels.append(grpc.aio.insecure_channel(self._address, options=_OPTIONS))
        method: Any = self._channels[place // _STREAMS_EACH].unary_stream(
            _METHOD, request_serializer=None, response_deserializer=None
        )
        call = method(request.SerializeToString(), metadata=self._metadata)
        await call.initial_metadata()
        self._following.append(asyncio.ensure_future(self._follow(place, call)))

    def arrived(self) -> list[Arrival]:
        """Takes what came."""
        came, self._came = self._came, []
        updates = [
            (place, at, api.WatchNotificationsResponse.FromString(octets)) for place, at, octets in came
        ]
        return [
            (place, at, update.balance.at.seconds * _MICROS + update.balance.at.nanos // 1_000)
            for place, at, update in updates
            if update.HasField("balance")
        ]

    async def close(self) -> None:
        """Closes all connections."""
        for task in self._following:
            task.cancel()
        await asyncio.gather(*self._following, return_exceptions=True)
        for channel in self._channels:
            await channel.close(None)

    async def _follow(self, place: int, call: Any) -> None:
        async for octets in call:
            self._came.append((place, now_micros(), octets))


class SseWatchers:
    """Event streams, each on a socket of its own."""

    def __init__(self, address: str, token: str) -> None:
        self._host, _, port = address.rpartition(":")
        self._port = int(port)
        self._token = token
        self._sockets: list[_Socket] = []

    async def open(self, place: int, subscriber_id: str) -> None:
        """One more, served when it returns. Raises ConnectionError where it is refused."""
        head = (
            f"GET /events?subscriber_id={subscriber_id} HTTP/1.1\r\nhost: {self._host}:{self._port}\r\n"
            f"authorization: Bearer {self._token}\r\n\r\n"
        )
        loop = asyncio.get_running_loop()
        _, socket = await loop.create_connection(
            lambda: _Socket(place, head.encode()), self._host, self._port
        )
        self._sockets.append(socket)
        await socket.served

    def arrived(self) -> list[Arrival]:
        """Takes what came."""
        return [arrival for socket in self._sockets for arrival in socket.arrived()]

    async def close(self) -> None:
        """Closes all connections."""
        for socket in self._sockets:
            socket.close()
        await asyncio.sleep(0)


class _Socket(asyncio.Protocol):
    """One event stream: sends its head, keeps octets with the instant at which they came."""

    def __init__(self, place: int, head: bytes) -> None:
        self._place = place
        self._head = head
        self._came: list[tuple[int, bytes]] = []
        self._transport: asyncio.Transport | None = None
        self.served: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._head)

    def data_received(self, data: bytes) -> None:
        self._came.append((now_micros(), data))
        if not self.served.done() and _SERVED in b"".join(octets for _, octets in self._came):
            self.served.set_result(None)

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.served.done():
            said = b"".join(octets for _, octets in self._came)[:200]
            self.served.set_exception(ConnectionError(f"an event stream was refused: {said!r}"))

    def arrived(self) -> list[Arrival]:
        came, self._came = self._came, []
        return [
            (self._place, at, _instant(json.loads(data)["at"]))
            for at, octets in came
            for data in _BALANCE.findall(octets)
        ]

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _instant(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * _MICROS)


async def watch(kind: str, address: str, token: str, subscribers: Sequence[str]) -> None:
    """Opens the streams, then answers lines until there are no more."""
    watchers = GrpcWatchers(address, token) if kind == GRPC else SseWatchers(address, token)
    try:
        for begin in range(0, len(subscribers), _AT_ONCE):
            some = enumerate(subscribers[begin : begin + _AT_ONCE], begin)
            await asyncio.gather(*(watchers.open(place, subscriber_id) for place, subscriber_id in some))
        print(json.dumps({"open": len(subscribers)}), flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps({"arrived": watchers.arrived()}), flush=True)
    finally:
        await watchers.close()


def main() -> int:
    """Exit code 0 once its standard input has ended."""
    asked: dict[str, Any] = json.loads(sys.stdin.readline())
    uvloop.run(watch(**asked))
    return 0


if __name__ == "__main__":
    sys.exit(main())
