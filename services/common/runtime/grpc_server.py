"""A service's gRPC server: bounded, healthy, reflective, and polite when it ends.

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
from typing import Any

from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc
from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation

from services.common.runtime.grpc_guard import Guard
from services.common.runtime.grpc_health import OVERALL, HealthServicer
from services.common.runtime.grpc_host import GrpcioHost, Handlers, Host
from services.common.runtime.health_port import HealthPort
from services.common.runtime.logs import get_logger
from services.common.runtime.settings import ServiceSettings

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
    the server exists are given the event first. `host` is grpcio unless given.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        servicers: Sequence[Servicer],
        stopping: asyncio.Event | None = None,
        host: Host | None = None,
    ) -> None:
        self._host = host or GrpcioHost(settings)
        self._servicers = tuple(servicers)
        self._guard = Guard(settings.default_deadline_seconds)
        self._health = HealthServicer([servicer.full_name for servicer in servicers])
        self._health_port = HealthPort(settings, self._health)
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
        self._register()
        self.health_address = await self._health_port.start()
        self.address = await self._host.start()
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
        await self._host.stop(seconds)
        await self._health_port.stop(0)

    def _register(self) -> None:
        guarded, plain = _Registrar(self._host, self._guard), _Registrar(self._host, None)
        for servicer in self._servicers:
            servicer.add_to_server(servicer.implementation, guarded)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, guarded)
        names = [HEALTH_SERVICE, reflection.SERVICE_NAME, *(s.full_name for s in self._servicers)]
        reflection_pb2_grpc.add_ServerReflectionServicer_to_server(
            reflection.aio.ReflectionServicer(names),  # type: ignore[attr-defined]
            plain,
        )

    def _publish_metrics(self) -> None:
        def observe(_options: CallbackOptions) -> Iterable[Observation]:
            for (method, code), calls in list(self.calls.items()):
                yield Observation(calls, {"rpc.method": method, "rpc.grpc.status_code": code})

        metrics.get_meter("tidemark.grpc").create_observable_counter(
            "rpc.server.calls", [observe], unit="{call}", description="Calls by method and status"
        )


class _Registrar:
    """Stands in for a grpcio server while generated code registers handlers, and guards each one."""

    def __init__(self, host: Host, guard: Guard | None) -> None:
        self._host = host
        self._guard = guard

    def add_generic_rpc_handlers(self, _handlers: object) -> None:
        """Generated code registers twice; the second form below is the one that can be wrapped."""

    def add_registered_method_handlers(self, service: str, handlers: Handlers) -> None:
        """Registers `Method -> handler` of one service."""
        guard = self._guard
        if guard is not None:
            handlers = {name: guard.wrap(f"/{service}/{name}", handler) for name, handler in handlers.items()}
        self._host.add(service, handlers)
