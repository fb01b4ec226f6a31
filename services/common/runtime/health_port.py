"""A port with nothing but grpc.health.v1, in plain text, for probes that cannot speak TLS.

Kubernetes' gRPC probes know no TLS and no client certificate, and a service
that listens beyond loopback must have both. What this port tells (serving or
not, by service) is what a refused connection tells too; no other call is
answered on it.
"""

from __future__ import annotations

import grpc
from grpc_health.v1 import health_pb2_grpc

from services.common.runtime.grpc_health import HealthServicer
from services.common.runtime.settings import ServiceSettings, variable_name
from services.common.runtime.startup import StartupRefusedError

_MAX_CONCURRENT_CALLS = 64
_MAX_MESSAGE_BYTES = 4096


class HealthPort:
    """Shows one server's health on a second port, once `start`ed."""

    def __init__(self, settings: ServiceSettings, health: HealthServicer) -> None:
        self._settings = settings
        self._health = health
        self._server: grpc.aio.Server | None = None

    async def start(self) -> str:
        """Listens and returns `host:port`; does nothing and returns "" where no port is set.

        Raises StartupRefusedError where the port is taken.
        """
        if self._settings.health_port is None:
            return ""
        server = grpc.aio.server(
            options=[("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES)],
            maximum_concurrent_rpcs=_MAX_CONCURRENT_CALLS,
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        host = self._settings.listen_host
        bracketed = f"[{host}]" if ":" in host and not host.startswith("[") else host
        try:
            bound = server.add_insecure_port(f"{bracketed}:{self._settings.health_port}")
        except RuntimeError:
            bound = 0
        if bound == 0:
            variable = variable_name(type(self._settings), "health_port")
            raise StartupRefusedError(
                f"cannot listen on {bracketed}:{self._settings.health_port}: the port is taken; "
                f"set {variable} to another port, or to 0 for a free one"
            )
        await server.start()
        self._server = server
        return f"{bracketed}:{bound}"

    async def stop(self, seconds: float) -> None:
        """Ends the port. Harmless before `start` and when repeated."""
        if self._server is not None:
            await self._server.stop(seconds)
