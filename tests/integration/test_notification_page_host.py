"""The HTTP host on a real socket: how it begins and ends, and what slow and hostile clients cannot do."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from services.common.runtime.settings import ServiceSettings
from services.common.runtime.startup import StartupRefusedError
from services.notification.adapters.http import connection
from services.notification.adapters.http.app import HttpOptions, build_app
from services.notification.adapters.http.server import HttpServer, Listen
from services.notification.adapters.mcp.http import mcp_app
from tests.support.notification_http import ACCOUNT, ANNA, HttpWorld, token_of
from tests.support.waiting import eventually

BEARER = {"Authorization": f"Bearer {token_of(ACCOUNT)}"}
EVENTS = f"/events?subscriber_id={ANNA}"


def settings_of(**more: Any) -> ServiceSettings:
    """Loopback, unless told otherwise."""
    return ServiceSettings(database_url="sqlite://", **more)


@contextlib.asynccontextmanager
async def serving(
    world: HttpWorld, settings: ServiceSettings | None = None, most_streams: int = 100, **options: float
) -> AsyncIterator[HttpServer]:
    """The host over a world."""
    await world.hub.start()
    app = build_app(world.parts, HttpOptions(**({"heartbeat_seconds": 30} | options)))  # type: ignore[arg-type]
    server = HttpServer(app, Listen(settings or settings_of(), 0, most_streams), world.stopping)
    await server.start()
    try:
        yield server
    finally:
        await server.stop(1)


async def raw(server: HttpServer, head: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which something was said."""
    host, _, port = server.address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(head.encode())
    return reader, writer


def events_head() -> str:
    """The request of an event stream."""
    return f"GET {EVENTS} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: {BEARER['Authorization']}\r\n\r\n"


async def test_a_taken_port_is_said_and_a_free_one_told() -> None:
    world = HttpWorld()
    async with serving(world) as server:
        port = int(server.address.rpartition(":")[2])
        assert server.url == f"http://127.0.0.1:{port}"
        second = HttpServer(build_app(world.parts), Listen(settings_of(), port, 10), asyncio.Event())
        with pytest.raises(StartupRefusedError, match=r"the port is taken.*set TIDEMARK_HTTP_PORT"):
            await second.start()
        await second.stop(0)
    # What has ended leaves its port.
    third = HttpServer(build_app(HttpWorld().parts), Listen(settings_of(), port, 10), asyncio.Event())
    assert await third.start() == f"127.0.0.1:{port}"
    await third.stop(0)
    await third.stop(0)


async def test_tls_is_the_grpc_port_s(tmp_path: Path) -> None:
    certificate, key = _certificate(tmp_path)
    secured = settings_of(tls_certificate=certificate, tls_key=key)
    async with serving(HttpWorld(), secured) as server:
        context = ssl.create_default_context(cafile=str(certificate))
        async with httpx.AsyncClient(verify=context, base_url=server.url, headers=BEARER) as client:
            assert (await client.get(f"/api/balance?subscriber_id={ANNA}")).status_code == 200
            async with client.stream("GET", EVENTS) as stream:
                async for line in stream.aiter_lines():
                    if line == "event: balance":
                        break
    key.write_text("no key")
    broken = HttpServer(build_app(HttpWorld().parts), Listen(secured, 0, 10), asyncio.Event())
    with pytest.raises(StartupRefusedError, match="cannot use"):
        await broken.start()


async def test_stopping_ends_streams_and_lets_requests_finish() -> None:
    world = HttpWorld()
    async with serving(world) as server, httpx.AsyncClient(base_url=server.url, headers=BEARER) as client:
        reader, writer = await raw(server, events_head())
        await reader.readuntil(b"event: balance")
        world.directory.slow_seconds = 0.3
        running = asyncio.ensure_future(client.get(f"/api/balance?subscriber_id={ANNA}"))
        await eventually(lambda: len(server_tasks(server)) == 2)
        await server.stop(5)
        assert (await running).status_code == 200
        assert b'event: bye\ndata: {"reason":"stopping"}' in await reader.read()
        writer.close()
        with pytest.raises(httpx.ConnectError):
            await client.get("/session")


async def test_what_does_not_end_is_cut_off_at_the_deadline() -> None:
    world = HttpWorld()
    hangs = asyncio.Event()

    async def hanging(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("begun")(scope, receive, send) if hangs.is_set() else await hangs.wait()

    app = build_app(world.parts, mounts=[Route("/hang", _Endpoint(hanging))])
    server = HttpServer(app, Listen(settings_of(), 0, 10), world.stopping)
    await server.start()
    reader, writer = await raw(server, "GET /hang HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
    await eventually(lambda: len(server_tasks(server)) == 1)
    async with asyncio.timeout(10):
        await server.stop(0)
        await reader.read()
    writer.close()


async def test_a_slow_reader_holds_nobody_up_and_little_memory() -> None:
    world = HttpWorld()
    async with serving(world) as server, httpx.AsyncClient(base_url=server.url, headers=BEARER) as client:
        slow_reader, slow = await raw(server, events_head())
        await slow_reader.readuntil(b"event: hello")
        slow.transport.pause_reading()  # type: ignore[attr-defined]
        async with client.stream("GET", EVENTS) as lively:
            lines = lively.aiter_lines()
            async for line in lines:
                if line == "event: balance":
                    break
            for number in range(200):
                world.notify(f"Number {number}", "x" * 50_000)
            seen = 0
            async for line in lines:
                seen += line == "event: notification"
                if seen == 200:
                    break
        waiting = [one.transport.get_write_buffer_size() for one in connections(server)]
        # One event beyond the limit, and not ten megabytes.
        assert max(waiting, default=0) <= connection.MOST_WAITING_OCTETS + 60_000
        slow.transport.resume_reading()  # type: ignore[attr-defined]
        seen = 0
        while seen < 200:
            seen += (await slow_reader.readline()) == b"event: notification\n"
        slow.close()
        await eventually(lambda: world.hub.streams == 0)


async def test_a_reader_that_stalls_loses_its_connection() -> None:
    world = HttpWorld()
    async with serving(world, stall_seconds=0.2) as server:
        reader, writer = await raw(server, events_head())
        await reader.readuntil(b"event: hello")
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        for number in range(400):
            world.notify(f"Number {number}", "x" * 50_000)
        await eventually(lambda: not connections(server))
        assert world.hub.streams == 0
        writer.transport.abort()


async def test_a_head_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.3)
    async with serving(HttpWorld()) as server:
        async with asyncio.timeout(10):
            silent, writer = await raw(server, "")
            assert await silent.read() == b""
            writer.close()
            # An octet now and then does not help.
            reader, writer = await raw(server, "GET / HTTP/1.1\r\n")
            with contextlib.suppress(ConnectionError):
                while not reader.at_eof():
                    writer.write(b"x")
                    await writer.drain()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(reader.read(1), 0.02)
        assert not connections(server)


async def test_huge_heads_and_wrong_requests_are_refused() -> None:
    async with serving(HttpWorld()) as server:
        for head in ("GET / HTTP/1.1\r\nx: " + "y" * 100_000, "nonsense\r\n\r\n"):
            reader, writer = await raw(server, head)
            with contextlib.suppress(ConnectionError):
                answer = await reader.read()
                assert answer.startswith(b"HTTP/1.1 4")
                assert b"Traceback" not in answer
            writer.close()


async def test_connections_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.notification.adapters.http.server._BESIDE_STREAMS", 2)
    async with serving(HttpWorld(), most_streams=1) as server:
        opened = [await raw(server, "") for _ in range(4)]
        await eventually(lambda: len(connections(server)) == 4)
        async with httpx.AsyncClient(base_url=server.url) as client:
            assert (await client.get("/")).status_code == 503
        for _, writer in opened:
            writer.close()


async def test_the_model_context_protocol_is_mounted_with_its_lifespan() -> None:
    world = HttpWorld()
    await world.hub.start()
    mcp = mcp_app(world.talk.tools, world.directory, world.callers)
    app = build_app(world.parts, mounts=[Route("/mcp", mcp)], lifespan=lambda _: mcp.running())
    server = HttpServer(app, Listen(settings_of(), 0, 10), world.stopping)
    await server.start()
    called = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    accept = {"Accept": "application/json, text/event-stream"}
    async with httpx.AsyncClient(base_url=server.url, headers=accept) as client:
        assert (await client.post("/mcp", json=called)).status_code == 401
        answer = await client.post("/mcp", json=called, headers=BEARER)
        assert answer.json()["id"] == 1
        assert answer.headers["x-frame-options"] == "DENY"
    await server.stop(1)


async def test_a_lifespan_that_fails_is_told_to_whoever_starts() -> None:
    @contextlib.asynccontextmanager
    async def broken(_app: Starlette) -> AsyncIterator[None]:
        raise StartupRefusedError("not today")
        yield

    app = build_app(HttpWorld().parts, lifespan=broken)
    server = HttpServer(app, Listen(settings_of(), 0, 10), asyncio.Event())
    with pytest.raises(StartupRefusedError, match="not today"):
        await server.start()


class _Endpoint:
    """An ASGI app as an endpoint of a route."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        await self._app(scope, receive, send)


def connections(server: HttpServer) -> list[Any]:
    """Open ones."""
    assert server._server is not None
    return list(server._server.server_state.connections)


def server_tasks(server: HttpServer) -> list[Any]:
    """Requests under way."""
    assert server._server is not None
    return list(server._server.server_state.tasks)


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate_file, key_file
