"""uvicorn on a socket of its own, in the service's event loop: begun and ended when the service says so."""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from services.common.runtime.settings import ServiceSettings, variable_name
from services.common.runtime.startup import StartupRefusedError
from services.notification.adapters.http.connection import BoundedConnection

_BACKLOG = 1_024
_MOST_HEAD_OCTETS = 32 * 1024
_BESIDE_STREAMS = 1_000
"""Connections that may be open beside streams."""
_LAST_WORDS_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Listen:
    """Where: host and TLS are the gRPC port's. `most_streams`: event streams that may be open at once."""

    settings: ServiceSettings
    port: int
    most_streams: int
    port_field: str = "http_port"


class HttpServer:
    """Serves an app. Build, `start`, then `stop`; not to be started twice.

    `stopping`, the app's too, is set by `stop`: streams end by it.
    """

    def __init__(self, app: Starlette, listen: Listen, stopping: asyncio.Event) -> None:
        self._app = app
        self._listen = listen
        self._stopping = stopping
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self.address = ""
        self.url = ""

    async def start(self) -> str:
        """Listens and returns `host:port`; the page is at `url`.

        Raises StartupRefusedError where the port is taken or TLS files are no good.
        """
        secure = _tls(self._listen.settings)
        own = self._bind()
        host, port = own.getsockname()[:2]
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.url = f"{'https' if secure else 'http'}://{self.address}"
        self._server = _Server(_config(self._app, self._listen, secure))
        started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._serving = asyncio.ensure_future(self._serve(self._server, own, started))
        await asyncio.wait({started, self._serving}, return_when=asyncio.FIRST_COMPLETED)
        if not started.done():
            own.close()
            await self._serving
        return self.address

    async def stop(self, seconds: float) -> None:
        """Ends in good order: no new connections, streams say goodbye, requests finish.

        What has not ended after `seconds` is cut off. Harmless before `start` and when repeated.
        """
        self._stopping.set()
        if self._server is None or self._serving is None:
            return
        self._server.config.timeout_graceful_shutdown = math.ceil(seconds)
        self._server.should_exit = True
        await asyncio.wait({self._serving})
        self._serving.result()

    async def _serve(self, server: _Server, own: socket.socket, started: asyncio.Future[None]) -> None:
        # One task enters and leaves the lifespan: what is in it may hold a task group.
        async with self._app.router.lifespan_context(self._app):
            server.on_started = started
            await server.serve(sockets=[own])
            await _cut_off(server)

    def _bind(self) -> socket.socket:
        settings = self._listen.settings
        host = settings.listen_host.strip("[]")
        try:
            found = socket.getaddrinfo(
                host, self._listen.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
            own = socket.socket(found[0][0], socket.SOCK_STREAM)
        except OSError as error:
            raise self._refused(host) from error
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            own.bind(found[0][4])
            own.listen(_BACKLOG)
        except OSError as error:
            own.close()
            raise self._refused(host) from error
        own.setblocking(False)
        return own

    def _refused(self, host: str) -> StartupRefusedError:
        variable = variable_name(type(self._listen.settings), self._listen.port_field)
        bracketed = f"[{host}]" if ":" in host else host
        return StartupRefusedError(
            f"cannot listen on {bracketed}:{self._listen.port}: the port is taken or the address not local; "
            f"set {variable} to another port, or to 0 for a free one"
        )


class _Server(uvicorn.Server):
    """uvicorn that leaves signals to the service, and says when it has begun."""

    on_started: asyncio.Future[None] | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None are."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn has it."""
        await super().startup(sockets)
        if self.on_started is not None:
            self.on_started.set_result(None)


def _config(app: Starlette, listen: Listen, secure: ssl.SSLContext | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedConnection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # No proxy is believed: whether browsers come over TLS is a setting.
        proxy_headers=False,
        limit_concurrency=listen.most_streams + _BESIDE_STREAMS,
        h11_max_incomplete_event_size=_MOST_HEAD_OCTETS,
        backlog=_BACKLOG,
        ssl_context_factory=None if secure is None else lambda _config, _make: secure,
    )


def _tls(settings: ServiceSettings) -> ssl.SSLContext | None:
    """None without TLS. Browsers have no certificates of their own: callers prove themselves by tokens."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise StartupRefusedError(
            f"cannot use {settings.tls_certificate} with {settings.tls_key}: {error.strerror or error}"
        ) from error
    return context


async def _cut_off(server: _Server) -> None:
    """uvicorn cancels what is left after the deadline; connections would wait on for slow readers."""
    for connection in list(server.server_state.connections):
        transport = cast(H11Protocol, connection).transport
        cast(Any, transport).abort()
    if server.server_state.tasks:
        await asyncio.wait(set(server.server_state.tasks), timeout=_LAST_WORDS_SECONDS)
