"""One call over ASGI: its messages in, its messages out, its status at the end.

A unary call awaits its request once and its answer three times and has no task of its own: it is the hot
path of charging. It runs on when its caller leaves, as what it does is owned by nobody who could leave.
A stream has a task beside it which finds out that its caller has left, and ends it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import grpc

from services.common.runtime.front_door.context import CallContext
from services.common.runtime.front_door.frames import FrameError, Frames, MessageTooLargeError, frame, single
from services.common.runtime.front_door.handlers import Method
from services.common.runtime.front_door.headers import CONTENT_TYPE, Raw, headers_of, status_headers

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

_HEADERS: list[Raw] = [(b"content-type", CONTENT_TYPE)]
_END = {"type": "http.response.body", "body": b"", "more_body": False}
_OK = {"type": "http.response.trailers", "headers": [(b"grpc-status", b"0")], "more_trailers": False}
# Requests of one stream that may wait for their handler; beyond it the caller is made to wait.
_MOST_WAITING = 16
# Behind the last request nothing tells of a caller who leaves: one has to ask.
_LOOK_SECONDS = 2.0


class CallerLeftError(Exception):
    """The stream is gone: there is nobody to answer."""


class Call:
    """A call while it is answered."""

    __slots__ = ("_encoding", "_left", "_most_octets", "_receive", "_send", "_started", "context")

    def __init__(
        self, receive: Receive, send: Send, most_octets: int, encoding: str, context: CallContext
    ) -> None:
        self._receive = receive
        self._send = send
        self._most_octets = most_octets
        self._encoding = encoding
        self._started = False
        self._left = False
        self.context = context
        context.on_start(self.start)

    async def answer(self, method: Method, deadline: float | None) -> None:
        """Runs the handler and sends what comes of it; `deadline` is an instant of the loop's clock.

        Raises CallerLeftError, or OSError where sending fails.
        """
        run = self._stream if method.request_streaming or method.response_streaming else self._unary
        try:
            if deadline is None:
                await run(method)
            else:
                async with asyncio.timeout_at(deadline):
                    await run(method)
        except grpc.aio.AbortError:
            pass
        except MessageTooLargeError:
            self._failed(grpc.StatusCode.RESOURCE_EXHAUSTED, f"at most {self._most_octets} octets a message")
        except FrameError as error:
            self._failed(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        except TimeoutError:
            self._failed(grpc.StatusCode.DEADLINE_EXCEEDED, "the caller's deadline is over")
        else:
            return
        await self._finish()

    async def refuse(self, code: grpc.StatusCode, details: str) -> None:
        """Ends a call that no handler has seen."""
        self._failed(code, details)
        await self._finish()

    async def start(self) -> None:
        """Sends the headers, once."""
        if not self._started:
            self._started = True
            headers = _HEADERS + headers_of(self.context.initial) if self.context.initial else _HEADERS
            start = {"type": "http.response.start", "status": 200, "headers": headers, "trailers": True}
            await self._send(start)

    async def _unary(self, method: Method) -> None:
        request = await self._request()
        decoded = request if method.decode is None else method.decode(request)
        response = await method.behaviour(decoded, self.context)
        await self._last(method.serialize(response))

    async def _stream(self, method: Method) -> None:
        handler = asyncio.current_task()
        assert handler is not None
        requests: asyncio.Queue[bytes | Exception | None] = asyncio.Queue(_MOST_WAITING)
        first = None if method.request_streaming else await self._request()
        beside = asyncio.ensure_future(self._beside(handler, None if first is not None else requests))
        try:
            await self._respond(
                method, _iterate(requests, method) if first is None else _decoded(first, method)
            )
        except asyncio.CancelledError:
            if self._left:
                raise CallerLeftError from None
            raise
        finally:
            beside.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beside

    async def _respond(self, method: Method, request: Any) -> None:
        if not method.response_streaming:
            await self._last(method.serialize(await method.behaviour(request, self.context)))
            return
        async with contextlib.aclosing(method.behaviour(request, self.context)) as responses:
            async for response in responses:
                await self.start()
                await self._send_message(method.serialize(response), more=True)
        await self._finish()

    async def _request(self) -> bytes:
        """The one message of a request."""
        event = await self._receive()
        body: bytes = event.get("body", b"")
        while event.get("more_body"):
            event = await self._receive()
            body += event.get("body", b"")
            if len(body) > self._most_octets + 5:
                raise MessageTooLargeError
        if event["type"] == "http.disconnect":
            raise CallerLeftError
        return single(body, self._most_octets, self._encoding)

    async def _beside(
        self, handler: asyncio.Task[Any], requests: asyncio.Queue[bytes | Exception | None] | None
    ) -> None:
        """Reads what else the caller sends, then looks whether it is still there."""
        try:
            if requests is not None and await self._read(requests):
                await requests.put(None)
            while (await self._receive())["type"] != "http.disconnect":  # noqa: ASYNC110 - nothing wakes us
                await asyncio.sleep(_LOOK_SECONDS)
        except (FrameError, MessageTooLargeError) as error:
            assert requests is not None
            await requests.put(error)
            return
        self._left = True
        handler.cancel()

    async def _read(self, requests: asyncio.Queue[bytes | Exception | None]) -> bool:
        """Queues the messages of a request; False where its caller left."""
        frames = Frames(self._most_octets, self._encoding)
        while True:
            event = await self._receive()
            if event["type"] == "http.disconnect":
                return False
            for message in frames.feed(event.get("body", b"")):
                await requests.put(message)
            if not event.get("more_body"):
                frames.close()
                return True

    async def _send_message(self, message: bytes, more: bool) -> None:
        await self._send({"type": "http.response.body", "body": frame(message), "more_body": more})

    async def _last(self, message: bytes) -> None:
        """The one message of an answer, and its end."""
        if self.context.code() is not grpc.StatusCode.OK:
            await self._finish()
            return
        await self.start()
        await self._send_message(message, more=False)
        await self._send(self._trailers())

    async def _finish(self) -> None:
        """The end without a message; all in one block of headers where nothing was sent before."""
        if self._started:
            await self._send(_END)
            await self._send(self._trailers())
            return
        self._started = True
        headers = _HEADERS + headers_of(self.context.initial) + self._status()
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._send(_END)

    def _trailers(self) -> Event:
        status = self._status()
        if len(status) == 1 and status[0][1] == b"0":
            return _OK
        return {"type": "http.response.trailers", "headers": status, "more_trailers": False}

    def _status(self) -> list[Raw]:
        context = self.context
        return status_headers(context.code().value[0], context.details(), context.trailing_metadata())

    def _failed(self, code: grpc.StatusCode, details: str) -> None:
        self.context.set_code(code)
        self.context.set_details(details)


def _decoded(message: bytes, method: Method) -> Any:
    return message if method.decode is None else method.decode(message)


async def _iterate(requests: asyncio.Queue[bytes | Exception | None], method: Method) -> AsyncIterator[Any]:
    while (message := await requests.get()) is not None:
        if isinstance(message, Exception):
            raise message
        yield _decoded(message, method)
