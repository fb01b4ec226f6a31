"""The yardstick: a call that gives back the octets it gets, behind either front door.

    TIDEMARK_ECHO_FRONT_DOOR=envoy python -m benchmarks.echo_service

No protobuf, no guard, no health: what is left is the front door itself.
"""

from __future__ import annotations

import sys
from typing import Any

import grpc
from pydantic_settings import SettingsConfigDict

from services.common.runtime.front_door.host import EnvoyHost
from services.common.runtime.grpc_host import GrpcioHost
from services.common.runtime.lifecycle import Service, ServiceContext
from services.common.runtime.settings import FrontDoorSettings

SERVICE_NAME = "tidemark.benchmarks.Echo"
METHOD = f"/{SERVICE_NAME}/Echo"


class EchoSettings(FrontDoorSettings):
    """Settings of the yardstick."""

    model_config = SettingsConfigDict(env_prefix="TIDEMARK_ECHO_", frozen=True, validate_default=True)
    database_url: str = "sqlite://"


async def _echo(request: bytes, _context: Any) -> bytes:
    return request


async def serve(settings: EchoSettings, service: ServiceContext) -> None:
    """Serves on a loopback port until it is told to stop."""
    host = EnvoyHost(settings) if settings.front_door == "envoy" else GrpcioHost(settings)
    host.add(SERVICE_NAME, {"Echo": grpc.unary_unary_rpc_method_handler(_echo)})
    service.announce(await host.start())
    await service.stop.wait()
    await host.stop(0)


SERVICE = Service("echo", EchoSettings, serve, "benchmarks.echo_service")

if __name__ == "__main__":
    sys.exit(SERVICE.run())
