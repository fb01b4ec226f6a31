"""grpcio servicers as an ASGI application: what a server such as Envoy with pyvoy hosts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import grpc

from services.common.runtime.front_door.calls import Call, CallerLeftError, Receive, Send
from services.common.runtime.front_door.context import CallContext
from services.common.runtime.front_door.frames import ENCODINGS
from services.common.runtime.front_door.handlers import Method
from services.common.runtime.front_door.headers import (
    CONTENT_TYPE,
    HeaderError,
    Raw,
    metadata_of,
    timeout_seconds,
)

Scope = Mapping[str, Any]


class GrpcApp:
    """Answers gRPC calls. `methods` by path; at most `most_calls` at once.

    After `drain` has begun new calls are told UNAVAILABLE, which callers may try elsewhere.
    """

    def __init__(self, methods: Mapping[bytes, Method], most_octets: int, most_calls: int) -> None:
        self._methods = methods
        self._most_octets = most_octets
        self._most_calls = most_calls
        self._running: set[asyncio.Task[Any]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._draining = False
        self._cutting = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call, as ASGI has it (type `http`)."""
        headers: list[Raw] = scope["headers"]
        known = dict(headers)
        if scope["method"] != "POST" or not known.get(b"content-type", b"").startswith(CONTENT_TYPE):
            await _no_grpc(send)
            return
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        self._idle.clear()
        try:
            await self._call(scope, headers, known, receive, send)
        except (CallerLeftError, OSError):
            pass
        except asyncio.CancelledError:
            if not self._cutting:
                raise
        finally:
            self._running.discard(task)
            if not self._running:
                self._idle.set()

    async def drain(self, seconds: float) -> None:
        """Takes no new calls, lets those that run finish, and cancels what has not after so long."""
        self._draining = True
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            self._cutting = True
            for task in tuple(self._running):
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _call(
        self, scope: Scope, headers: list[Raw], known: Mapping[bytes, bytes], receive: Receive, send: Send
    ) -> None:
        encoding = known.get(b"grpc-encoding", b"identity").decode("latin-1")
        try:
            given = known.get(b"grpc-timeout")
            seconds = None if given is None else timeout_seconds(given)
            metadata, wrong = metadata_of(headers), ""
        except HeaderError as error:
            seconds, metadata, wrong = None, (), str(error)
        deadline = None if seconds is None else asyncio.get_running_loop().time() + seconds
        call = Call(receive, send, self._most_octets, encoding, CallContext(metadata, _peer(scope), deadline))
        method = self._methods.get(scope["raw_path"])
        if wrong:
            await call.refuse(grpc.StatusCode.INVALID_ARGUMENT, wrong)
        elif self._draining:
            await call.refuse(grpc.StatusCode.UNAVAILABLE, "this server is ending; ask another one")
        elif method is None:
            await call.refuse(grpc.StatusCode.UNIMPLEMENTED, f"there is no method {scope['path']}")
        elif encoding not in ENCODINGS:
            await call.refuse(grpc.StatusCode.UNIMPLEMENTED, f"messages may be {', '.join(ENCODINGS)}")
        elif len(self._running) > self._most_calls:
            await call.refuse(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many calls at once")
        else:
            await call.answer(method, deadline)


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    if not client:
        return ""
    host, port = client
    return f"ipv6:[{host}]:{port}" if ":" in host else f"ipv4:{host}:{port}"


async def _no_grpc(send: Send) -> None:
    """Whoever comes with a browser, or a health check over HTTP."""
    headers = [(b"content-type", b"text/plain"), (b"accept", CONTENT_TYPE)]
    await send({"type": "http.response.start", "status": 415, "headers": headers})
    await send({"type": "http.response.body", "body": b"this port speaks gRPC\n", "more_body": False})
