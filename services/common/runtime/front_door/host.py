"""Where handlers listen when the process is Envoy."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from services.common.runtime.front_door.app import GrpcApp
from services.common.runtime.front_door.envoy_config import ADMIN_VARIABLE, LISTENER
from services.common.runtime.front_door.handlers import Method, methods_of
from services.common.runtime.grpc_host import Handlers
from services.common.runtime.httpx_library import httpx
from services.common.runtime.settings import ServiceSettings
from services.common.runtime.startup import StartupRefusedError

_LISTENS_SECONDS = 30.0
_POLL_SECONDS = 0.02


class Door:
    """What Envoy hands calls to: nobody, until a service opens it."""

    def __init__(self) -> None:
        self.app: GrpcApp | None = None


DOOR = Door()
"""The one of this process."""


class EnvoyHost:
    """Fulfils Host inside Envoy."""

    def __init__(self, settings: ServiceSettings, door: Door = DOOR) -> None:
        self._settings = settings
        self._door = door
        self._methods: dict[bytes, Method] = {}

    def add(self, service: str, handlers: Handlers) -> None:
        """As `Host.add`."""
        self._methods |= methods_of(service, handlers)

    async def start(self) -> str:
        """As `Host.start`; refused outside of Envoy."""
        admin_socket = os.environ.get(ADMIN_VARIABLE)
        if not admin_socket:
            raise StartupRefusedError("this process is not Envoy: its front door is grpcio")
        settings = self._settings
        self._door.app = GrpcApp(self._methods, settings.max_message_bytes, settings.max_concurrent_calls)
        return await _listening(admin_socket)

    async def stop(self, seconds: float) -> None:
        """As `Host.stop`."""
        if self._door.app is not None:
            await self._door.app.drain(seconds)


async def _listening(admin_socket: str) -> str:
    """`host:port`, once Envoy listens. Raises StartupRefusedError."""
    transport = httpx.AsyncHTTPTransport(uds=admin_socket)
    async with httpx.AsyncClient(transport=transport, base_url="http://envoy", timeout=5) as admin:
        try:
            async with asyncio.timeout(_LISTENS_SECONDS):
                while not (address := await _address(admin)):  # noqa: ASYNC110 - Envoy tells nobody
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError as error:
            words = f"Envoy does not listen after {_LISTENS_SECONDS:g} s"
            raise StartupRefusedError(words) from error
    return address


async def _address(admin: httpx.AsyncClient) -> str:
    try:
        answer = await admin.get("/listeners", params={"format": "json"})
        statuses: list[dict[str, Any]] = answer.json().get("listener_statuses", [])
    except (httpx.HTTPError, ValueError):
        return ""
    for status in statuses:
        if status["name"] == LISTENER:
            where = status["local_address"]["socket_address"]
            host, port = where["address"], where.get("port_value", 0)
            return (f"[{host}]:{port}" if ":" in host else f"{host}:{port}") if port else ""
    return ""
