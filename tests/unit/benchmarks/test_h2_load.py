"""The light caller: so many calls in flight, each looked at, and no failure goes unseen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest

from benchmarks.h2_load import CallFailedError, closed_loop

SERVICE = "tidemark.tests.Echo"


@dataclass
class Counting:
    """Sends numbers, and wants them back."""

    pad: int = 0
    sent: int = 0
    got: list[bytes] = field(default_factory=list)

    def request(self) -> bytes:
        """The next number."""
        self.sent += 1
        return b"%d" % self.sent + bytes(self.pad)

    def answered(self, message: bytes) -> None:
        """One at a time, in order."""
        assert message == b"%d" % self.sent + bytes(self.pad)
        self.got.append(message)


class Server:
    """An echo; `most` is how many calls were in it at once."""

    def __init__(self) -> None:
        self.now = self.most = self.calls = 0

    async def echo(self, request: bytes, context: Any) -> bytes:
        """Gives it back, or ends the call with an error where it ends with `!`."""
        self.now += 1
        self.calls += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        if request.endswith(b"!"):
            await context.abort(grpc.StatusCode.NOT_FOUND, "no such thing")
        return request


@pytest.fixture
async def served() -> AsyncIterator[tuple[Server, str]]:
    """A grpcio server on a loopback port."""
    echo, server = Server(), grpc.aio.server()
    handler = grpc.unary_unary_rpc_method_handler(echo.echo)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {"Echo": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield echo, f"127.0.0.1:{port}"
    await server.stop(None)


@pytest.mark.parametrize("pad", [0, 40_000])
async def test_every_caller_has_one_call_in_flight_and_gets_its_own_answers(
    served: tuple[Server, str], pad: int
) -> None:
    echo, address = served
    callers = [Counting(pad) for _ in range(20)]
    load = await closed_loop(address, f"/{SERVICE}/Echo", callers, 0.2, connections=3)
    assert load.in_flight == 20
    assert len(load.latencies_seconds) == echo.calls == sum(caller.sent for caller in callers)
    assert all(len(caller.got) == caller.sent >= 1 for caller in callers)
    assert echo.most <= 20


@dataclass
class Bad(Counting):
    """Its third call fails."""

    def request(self) -> bytes:
        """As it says."""
        self.sent += 1
        return b"%d" % self.sent + (b"!" if self.sent == 3 else b"")

    def answered(self, message: bytes) -> None:
        """The first two."""
        self.got.append(message)


async def test_one_failing_call_ends_the_load_and_is_named(served: tuple[Server, str]) -> None:
    bad = Bad()
    with pytest.raises(CallFailedError, match=r"no.*such.*thing"):
        await closed_loop(served[1], f"/{SERVICE}/Echo", [bad, Counting()], 30)
    assert len(bad.got) == 2
    with pytest.raises(CallFailedError, match="12"):
        await closed_loop(served[1], f"/{SERVICE}/Nowhere", [Counting()], 30)


async def test_nobody_there_is_an_error_of_the_network() -> None:
    with pytest.raises(OSError, match=r"[Cc]onnect|refused"):
        await closed_loop("127.0.0.1:1", "/a/B", [Counting()], 1)
