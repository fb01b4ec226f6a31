"""A service's gRPC server: grpcio on asyncio, bounded, healthy, reflective, and polite when it ends.

server = GrpcServer(settings, [
    servicer(catalog_api_pb2_grpc.add_CatalogServiceServicer_to_server, CatalogServicer(...),
             catalog_api_pb2.DESCRIPTOR.services_by_name["CatalogService"].full_name),
])
address = await server.start()
...
await server.drain(settings.drain_seconds)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation

from services.common.runtime.grpc_guard import Guard
from services.common.runtime.grpc_health import OVERALL, HealthServicer
from services.common.runtime.health_port import HealthPort
from services.common.runtime.logs import get_logger
from services.common.runtime.settings import ServiceSettings, variable_name
from services.common.runtime.startup import StartupRefusedError

_log = get_logger(__name__)

HEALTH_SERVICE = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name


@dataclass(frozen=True, slots=True)
class Servicer:
    """One protobuf service: generated `add_..._to_server`, its implementation, its full name."""

    add_to_server: Callable[[Any, Any], None]
    implementation: object
    full_name: str


class GrpcServer:
    """Serves servicers on one port. Build, `start`, then `drain`; not to be started twice.

    `stopping` is set when draining begins: a handler of an endless stream
    waits for it beside its own source and returns. Servicers that need it before
    the server exists are given the event first.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        servicers: Sequence[Servicer],
        stopping: asyncio.Event | None = None,
    ) -> None:
        self._settings = settings
        self._servicers = tuple(servicers)
        self._guard = Guard(settings.default_deadline_seconds)
        self._health = HealthServicer([servicer.full_name for servicer in servicers])
        self._health_port = HealthPort(settings, self._health)
        self._server: grpc.aio.Server | None = None
        self.stopping = stopping or asyncio.Event()
        self.address = ""
        self.health_address = ""

    @property
    def calls(self) -> Mapping[tuple[str, str], int]:
        """Ended calls by (`/package.Service/Method`, status name)."""
        return self._guard.counter.calls

    async def start(self, serving: bool = True) -> str:
        """Binds, starts, and returns `host:port`.

        With `serving=False` health stays NOT_SERVING until `set_serving`.
        Raises StartupRefusedError where the port is taken or TLS files are no good.
        """
        server = grpc.aio.server(
            options=_options(self._settings), maximum_concurrent_rpcs=self._settings.max_concurrent_calls
        )
        self._register(server)
        self.address = self._bind(server)
        self.health_address = await self._health_port.start()
        await server.start()
        self._server = server
        self._publish_metrics()
        if serving:
            await self.set_serving(True)
        return self.address

    async def set_serving(self, serving: bool, service: str | None = None) -> None:
        """Sets the health of one service (full name), or of all and the process as a whole."""
        names = [service] if service is not None else [OVERALL, *(s.full_name for s in self._servicers)]
        for name in names:
            await self._health.set_serving(name, serving)

    async def drain(self, seconds: float) -> None:
        """Ends in good order: NOT_SERVING, no new calls, accepted ones finish, streams are told to end.

        What has not ended after `seconds` is cancelled. Harmless before `start` and when repeated.
        """
        self.stopping.set()
        await self._health.drain()
        if self._server is not None:
            await self._server.stop(seconds)
        await self._health_port.stop(0)

    def _register(self, server: grpc.aio.Server) -> None:
        registrar = _GuardingRegistrar(server, self._guard)
        for servicer in self._servicers:
            servicer.add_to_server(servicer.implementation, registrar)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, registrar)
        names = [HEALTH_SERVICE, reflection.SERVICE_NAME, *(s.full_name for s in self._servicers)]
        reflection.enable_server_reflection(names, server)

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
            variable = variable_name(type(self._settings), "listen_port")
            raise StartupRefusedError(
                f"cannot listen on {bracketed}:{port}: the port is taken or the address not local; "
                f"set {variable} to another port, or to 0 for a free one"
            )
        return f"{bracketed}:{bound}"

    def _publish_metrics(self) -> None:
        def observe(_options: CallbackOptions) -> Iterable[Observation]:
            for (method, code), calls in list(self.calls.items()):
                yield Observation(calls, {"rpc.method": method, "rpc.grpc.status_code": code})

        metrics.get_meter("tidemark.grpc").create_observable_counter(
            "rpc.server.calls", [observe], unit="{call}", description="Calls by method and status"
        )


class _GuardingRegistrar:
    """Stands in for the server while generated code registers handlers, and wraps each one."""

    def __init__(self, server: grpc.aio.Server, guard: Guard) -> None:
        self._server = server
        self._guard = guard

    def add_generic_rpc_handlers(self, _handlers: object) -> None:
        """Generated code registers twice; the second form below is the one that can be wrapped."""

    def add_registered_method_handlers(
        self, service: str, handlers: Mapping[str, grpc.RpcMethodHandler[Any, Any]]
    ) -> None:
        """Registers `Method -> handler` of one service."""
        guarded = {
            name: self._guard.wrap(f"/{service}/{name}", handler) for name, handler in handlers.items()
        }
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, guarded),))


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
