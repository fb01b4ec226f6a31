"""Where a service's handlers listen: grpcio's asyncio server, the reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import grpc

from services.common.runtime.settings import ServiceSettings, variable_name
from services.common.runtime.startup import StartupRefusedError

Handlers = dict[str, "grpc.RpcMethodHandler[Any, Any]"]


class Host(Protocol):
    """Listens, and hands calls to handlers. Build, `add` services, `start`, then `stop`."""

    def add(self, service: str, handlers: Handlers) -> None:
        """`Method -> handler` of one service, by its full name."""

    async def start(self) -> str:
        """Listens and returns `host:port`. Raises StartupRefusedError."""

    async def stop(self, seconds: float) -> None:
        """No new calls; accepted ones finish, or are cancelled after so long. Harmless before `start`."""


class GrpcioHost:
    """Fulfils Host with `grpc.aio.server`."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._services: dict[str, Handlers] = {}
        self._server: grpc.aio.Server | None = None

    def add(self, service: str, handlers: Handlers) -> None:
        """As `Host.add`."""
        self._services[service] = handlers

    async def start(self) -> str:
        """As `Host.start`; refused where the port is taken or TLS files are no good."""
        server = grpc.aio.server(
            options=_options(self._settings), maximum_concurrent_rpcs=self._settings.max_concurrent_calls
        )
        server.add_generic_rpc_handlers(
            tuple(
                grpc.method_handlers_generic_handler(service, handlers)
                for service, handlers in self._services.items()
            )
        )
        address = self._bind(server)
        await server.start()
        self._server = server
        return address

    async def stop(self, seconds: float) -> None:
        """As `Host.stop`."""
        if self._server is not None:
            await self._server.stop(seconds)

    def _bind(self, server: grpc.aio.Server) -> str:
        host, port = self._settings.listen_host, self._settings.listen_port
        bracketed = f"[{host}]" if ":" in host and not host.startswith("[") else host
        try:
            if self._settings.uses_tls:
                bound = server.add_secure_port(f"{bracketed}:{port}", _server_credentials(self._settings))
            else:
                bound = server.add_insecure_port(f"{bracketed}:{port}")
        except RuntimeError:
            bound = 0
        if bound == 0:
            raise port_refused(self._settings)
        return f"{bracketed}:{bound}"


def port_refused(settings: ServiceSettings) -> StartupRefusedError:
    """What a service says whose port is taken."""
    variable = variable_name(type(settings), "listen_port")
    return StartupRefusedError(
        f"cannot listen on {settings.listen_host}:{settings.listen_port}: the port is taken or the address "
        f"not local; set {variable} to another port, or to 0 for a free one"
    )


def _options(settings: ServiceSettings) -> list[tuple[str, int]]:
    return [
        # Linux would let two processes share the port in silence.
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", settings.max_message_bytes),
        ("grpc.max_concurrent_streams", settings.max_concurrent_streams),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        # A caller may ping every ten seconds, also between calls (long-lived watchers do).
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
    ]


def _server_credentials(settings: ServiceSettings) -> grpc.ServerCredentials:
    assert settings.tls_key is not None
    assert settings.tls_certificate is not None
    authority = _read(settings.tls_client_ca) if settings.tls_client_ca is not None else None
    return grpc.ssl_server_credentials(
        [(_read(settings.tls_key), _read(settings.tls_certificate))],
        root_certificates=authority,
        require_client_auth=authority is not None,
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StartupRefusedError(f"cannot read {path}: {error.strerror}") from error
