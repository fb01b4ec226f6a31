"""A small service on the real runtime, as a process: `python -m tests.support.lifecycle_service MANNER`.

MANNER: `serves`, `slow-start` (hangs before it serves), `slow-stop` (hangs after the first signal),
`task-dies`, `refuses` (cannot start), `breaks`.
"""

from __future__ import annotations

import asyncio
import sys

from pydantic_settings import SettingsConfigDict

from services.common.runtime.grpc_server import GrpcServer
from services.common.runtime.lifecycle import ServiceContext, run_service
from services.common.runtime.settings import ServiceSettings
from services.common.runtime.startup import StartupRefusedError


class HarbourSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TIDEMARK_HARBOUR_", frozen=True)
    database_url: str = "sqlite://"


async def serve(settings: HarbourSettings, service: ServiceContext) -> None:
    """Starts an empty server and waits for the end."""
    manner = sys.argv[1]
    if manner == "refuses":
        raise StartupRefusedError("the tide is out; wait for it")
    if manner == "breaks":
        raise ZeroDivisionError("inside")
    if manner == "slow-start":
        sys.stderr.write("starting slowly\n")
        sys.stderr.flush()
        await asyncio.Event().wait()
    server = GrpcServer(settings, [])
    service.announce(await server.start())
    if manner == "task-dies":
        service.tasks.start("relay", die())
    await service.stop.wait()
    if manner == "slow-stop":
        await asyncio.Event().wait()
    await server.drain(settings.drain_seconds)


async def die() -> None:
    """A background task with a short life."""
    raise RuntimeError("the relay is gone")


if __name__ == "__main__":
    sys.exit(run_service("harbour", HarbourSettings, serve))
