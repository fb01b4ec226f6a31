"""Calls that no handler sees, and how those end that one does; over ASGI in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from services.common.runtime.front_door.app import GrpcApp
from services.common.runtime.front_door.frames import frame
from services.common.runtime.front_door.handlers import Method
from services.common.runtime.front_door.headers import Raw
from services.common.runtime.front_door.hosted import app as hosted
from tests.support.waiting import eventually

PATH = b"/tidemark.tests.Echo/Echo"
GRPC: list[Raw] = [(b"content-type", b"application/grpc")]


class Wire:
    """One request in pieces, and what came back."""

    def __init__(self, *pieces: bytes, leaves: bool = False) -> None:
        last = len(pieces) - 1
        self._events: list[dict[str, Any]] = [
            {"type": "http.request", "body": piece, "more_body": leaves or number < last}
            for number, piece in enumerate(pieces)
        ]
        if leaves:
            self._events.append({"type": "http.disconnect"})
        self.sent: list[Any] = []

    async def receive(self) -> Any:
        """The next piece."""
        return self._events.pop(0)

    async def send(self, event: Any) -> None:
        """Keeps it."""
        self.sent.append(event)

    @property
    def status(self) -> str:
        """The grpc-status, wherever it stands."""
        headers = [pair for event in self.sent for pair in event.get("headers", ())]
        found: bytes = dict(headers)[b"grpc-status"]
        return found.decode()


class Echo:
    """A handler that waits until it may answer."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.go.set()
        self.entered = 0

    async def __call__(self, request: bytes, _context: Any) -> bytes:
        """Gives it back."""
        self.entered += 1
        await self.go.wait()
        return request


def app_of(echo: Echo, most_calls: int = 10) -> GrpcApp:
    """An application with one method."""
    return GrpcApp({PATH: Method(echo, None, bytes, False, False)}, 64, most_calls)


async def call(app: Any, wire: Wire, headers: Sequence[Raw] = (), path: bytes = PATH, **scope: Any) -> Wire:
    """Makes a call."""
    asked = {"type": "http", "method": "POST", "raw_path": path, "path": path.decode(), **scope}
    await app({"headers": [*GRPC, *headers], **asked}, wire.receive, wire.send)
    return wire


async def test_a_request_in_pieces_is_answered() -> None:
    body = frame(b"hello")
    wire = await call(app_of(Echo()), Wire(body[:3], body[3:7], body[7:]))
    assert (wire.status, wire.sent[1]["body"]) == ("0", body)


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ([(b"grpc-timeout", b"soon")], frame(b"x"), "3"),
        ([(b"x-key-bin", b"!")], frame(b"x"), "3"),
        ([(b"grpc-encoding", b"snappy")], frame(b"x"), "12"),
        ([], b"\0\0", "3"),
        ([], frame(bytes(65)), "8"),
        ([(b"grpc-timeout", b"0m")], frame(b"x"), "4"),
    ],
)
async def test_what_cannot_be_answered_is_refused_and_no_handler_sees_it(
    headers: list[Raw], body: bytes, status: str
) -> None:
    echo = Echo()
    echo.go.clear()
    assert (await call(app_of(echo), Wire(body), headers)).status == status
    assert echo.entered == (1 if status == "4" else 0)


async def test_an_unknown_method_and_what_is_no_grpc_are_told_so() -> None:
    assert (await call(app_of(Echo()), Wire(frame(b"")), path=b"/a/B")).status == "12"
    browser = await call(app_of(Echo()), Wire(b""), method="GET")
    assert browser.sent[0]["status"] == 415


async def test_a_caller_who_leaves_within_its_request_is_not_answered() -> None:
    echo = Echo()
    assert (await call(app_of(echo), Wire(b"\0\0", leaves=True))).sent == []
    assert echo.entered == 0


async def test_beyond_the_most_calls_at_once_one_is_refused_and_the_others_are_answered() -> None:
    echo = Echo()
    echo.go.clear()
    app = app_of(echo, most_calls=2)
    running = [asyncio.create_task(call(app, Wire(frame(b"x")))) for _ in range(2)]
    await eventually(lambda: echo.entered == 2)
    assert (await call(app, Wire(frame(b"x")))).status == "8"
    echo.go.set()
    assert [(await one).status for one in running] == ["0", "0"]


async def test_a_drain_waits_for_what_runs_and_refuses_what_comes() -> None:
    echo = Echo()
    echo.go.clear()
    app = app_of(echo)
    running = asyncio.create_task(call(app, Wire(frame(b"x"))))
    await eventually(lambda: echo.entered == 1)
    draining = asyncio.create_task(app.drain(30))
    await asyncio.sleep(0)
    assert (await call(app, Wire(frame(b"x")))).status == "14"
    assert not draining.done()
    echo.go.set()
    assert (await running).status == "0"
    await draining


async def test_a_drain_that_has_no_time_cancels_what_runs() -> None:
    echo = Echo()
    echo.go.clear()
    app = app_of(echo)
    running = asyncio.create_task(call(app, Wire(frame(b"x"))))
    await eventually(lambda: echo.entered == 1)
    await app.drain(0)
    assert (await running).sent == []


async def test_before_a_service_has_opened_the_door_callers_are_told_to_come_again() -> None:
    assert (await call(hosted, Wire(frame(b"x")))).status == "14"
