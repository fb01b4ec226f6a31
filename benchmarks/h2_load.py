"""A caller that costs next to nothing: gRPC's unary calls as bare HTTP/2 frames, in a closed loop.

grpcio's asyncio client makes some 3,000 calls a second of a core; behind Envoy charging answers more, and
would be measured as fast as its caller. h2load is fast and sends one body over and over, and a charging
request is charged once. So this writes frames by hand: fixed headers, one DATA frame, no compression
state (SETTINGS_HEADER_TABLE_SIZE is 0). Bodies and answers are the caller's business; every call's
grpc-status is looked at.

Source: RFC 9113 (frames, flow control), RFC 7541 (literal header fields), "gRPC over HTTP2".
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Protocol, cast

from hpack import Decoder

from benchmarks.figures import Load

CONNECTIONS = 8
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RESET, _SETTINGS, _PING, _GOAWAY, _WINDOW = 0, 1, 3, 4, 6, 7, 8
_END_STREAM, _ACK, _END_HEADERS, _PADDED, _PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20
_HEADER_TABLE_SIZE, _ENABLE_PUSH, _INITIAL_WINDOW = 1, 2, 4
_LARGEST_WINDOW = 2**31 - 1
_FIRST_WINDOW = 65_535
_LARGEST_FRAME = 16_384
_DEADLINE = b"10S"
_HEAD = struct.Struct(">HBBBI")  # 24 bits of length, type, flags, stream
_PREFIX = struct.Struct(">BI")


class CallFailedError(RuntimeError):
    """A call that was not answered with OK. A load with failures in it measures nothing."""


class Caller(Protocol):
    """Makes one call after the other."""

    def request(self) -> bytes:
        """The next message."""

    def answered(self, message: bytes) -> None:
        """What came of it."""


async def closed_loop(
    address: str, method: str, callers: Sequence[Caller], seconds: float, connections: int = CONNECTIONS
) -> Load:
    """Keeps one call of each caller in flight for so long, then lets the last ones end.

    Raises CallFailedError with the first call that fails, OSError where nobody listens.
    """
    host, _, port = address.rpartition(":")
    count = min(connections, len(callers))
    loop = asyncio.get_running_loop()
    deadline = time.perf_counter() + seconds
    lines: list[_Connection] = []
    begun = time.perf_counter()
    try:
        for number in range(count):
            line = _Connection(address, method, callers[number::count], deadline)
            lines.append(line)
            await loop.create_connection(partial(_same, line), host, int(port))
        await asyncio.gather(*(line.ended for line in lines))
    finally:
        for line in lines:
            line.close()
    latencies = [latency for line in lines for latency in line.latencies]
    return Load(len(callers), latencies, time.perf_counter() - begun)


class _Connection(asyncio.Protocol):
    """One connection and the callers on it."""

    def __init__(self, address: str, method: str, callers: Sequence[Caller], deadline: float) -> None:
        self.latencies: list[float] = []
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._headers = _headers(address, method)
        self._callers = callers
        self._deadline = deadline
        self._transport: asyncio.Transport | None = None
        self._rest = bytearray()
        self._out = bytearray()
        self._stream = 1
        self._calls: dict[int, tuple[Caller, float, bytearray]] = {}
        self._window = _FIRST_WINDOW
        self._held: deque[tuple[Caller, float, bytes]] = deque()
        self._good: set[bytes] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Says what HTTP/2 begins with, and makes every caller's first call."""
        # uvloop's transports are not of asyncio's classes.
        self._transport = cast(asyncio.Transport, transport)
        settings = {_HEADER_TABLE_SIZE: 0, _ENABLE_PUSH: 0, _INITIAL_WINDOW: _LARGEST_WINDOW}
        packed = b"".join(struct.pack(">HI", *setting) for setting in settings.items())
        self._out += _PREFACE + _frame(_SETTINGS, 0, 0, packed)
        self._out += _frame(_WINDOW, 0, 0, struct.pack(">I", _LARGEST_WINDOW - _FIRST_WINDOW))
        for caller in self._callers:
            self._call(caller)
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Takes frames apart, and answers each answer with the next call."""
        rest = self._rest
        rest += data
        begin = 0
        while len(rest) - begin >= 9:
            high, low, kind, flags, stream = _HEAD.unpack_from(rest, begin)
            end = begin + 9 + (high << 8 | low)
            if len(rest) < end:
                break
            self._frame(kind, flags, stream & _LARGEST_WINDOW, bytes(rest[begin + 9 : end]))
            begin = end
        del rest[:begin]
        self._flush()

    def connection_lost(self, error: Exception | None) -> None:
        """Ends the loop, whatever is still open."""
        if not self.ended.done():
            self.ended.set_exception(error or CallFailedError("the server closed the connection"))

    def close(self) -> None:
        """Leaves."""
        if self._transport is not None:
            self._transport.close()
        if not self.ended.done():
            self.ended.cancel()

    def _call(self, caller: Caller) -> None:
        begun = time.perf_counter()
        if begun >= self._deadline:
            if not self._calls and not self._held and not self.ended.done():
                self.ended.set_result(None)
            return
        message = caller.request()
        body = _PREFIX.pack(0, len(message)) + message
        if len(body) > _FIRST_WINDOW:
            raise ValueError(
                "a request must fit into a stream's first window: no updates of it are waited for"
            )
        self._held.append((caller, begun, body))
        self._send_held()

    def _send_held(self) -> None:
        """As much as the server takes."""
        while self._held and len(self._held[0][2]) <= self._window:
            self._send(*self._held.popleft())

    def _send(self, caller: Caller, begun: float, body: bytes) -> None:
        self._window -= len(body)
        stream, self._stream = self._stream, self._stream + 2
        self._calls[stream] = (caller, begun, bytearray())
        self._out += _frame(_HEADERS, _END_HEADERS, stream, self._headers)
        for begin in range(0, len(body), _LARGEST_FRAME):
            end = begin + _LARGEST_FRAME
            self._out += _frame(_DATA, _END_STREAM if end >= len(body) else 0, stream, body[begin:end])

    def _frame(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == _DATA:
            self._calls[stream][2].extend(payload)
        elif kind == _HEADERS:
            if flags & _END_STREAM:
                self._answered(stream, _block(payload, flags))
        elif kind == _WINDOW:
            if stream == 0:
                self._window += struct.unpack(">I", payload)[0] & _LARGEST_WINDOW
                self._send_held()
        elif kind in {_SETTINGS, _PING}:
            if not flags & _ACK:
                self._out += _frame(kind, _ACK, 0, payload if kind == _PING else b"")
        elif kind in {_RESET, _GOAWAY}:
            self._fail(f"the server ended a {'stream' if kind == _RESET else 'connection'}: {payload[:80]!r}")

    def _answered(self, stream: int, trailers: bytes) -> None:
        caller, begun, body = self._calls.pop(stream)
        if trailers not in self._good and not self._is_ok(trailers):
            return
        self.latencies.append(time.perf_counter() - begun)
        caller.answered(bytes(body[_PREFIX.size :]))
        self._call(caller)

    def _is_ok(self, trailers: bytes) -> bool:
        headers = dict(Decoder().decode(trailers, raw=True))
        if headers.get(b"grpc-status") != b"0":
            self._fail(f"a call was answered with {headers}")
            return False
        self._good.add(trailers)
        return True

    def _fail(self, words: str) -> None:
        if not self.ended.done():
            self.ended.set_exception(CallFailedError(words))

    def _flush(self) -> None:
        if self._out and self._transport is not None:
            self._transport.write(bytes(self._out))
            self._out.clear()


def _same(line: _Connection) -> _Connection:
    return line


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return _HEAD.pack(len(payload) >> 8, len(payload) & 0xFF, kind, flags, stream) + payload


def _block(payload: bytes, flags: int) -> bytes:
    """A block of headers without padding and priority."""
    padding = payload[0] if flags & _PADDED else 0
    begin = (1 if flags & _PADDED else 0) + (5 if flags & _PRIORITY else 0)
    return payload[begin : len(payload) - padding]


def _headers(address: str, method: str) -> bytes:
    """The headers of every call as literal fields, which leave no state behind."""
    fields = (
        (b":method", b"POST"),
        (b":scheme", b"http"),
        (b":path", method.encode("ascii")),
        (b":authority", address.encode("ascii")),
        (b"te", b"trailers"),
        (b"content-type", b"application/grpc"),
        (b"grpc-timeout", _DEADLINE),
    )
    return b"".join(b"\x00" + _text(name) + _text(value) for name, value in fields)


def _text(text: bytes) -> bytes:
    assert len(text) < 127
    return bytes([len(text)]) + text
