"""A service that does as it is told, for either front door: `python -m tests.support.front_door_service`.

What happens in it is told by files in the folder TIDEMARK_HARBOUR_FOLDER: `entered` (and `entered-3` with the
third), `cancelled`; it waits for `release`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
from pydantic import Field
from pydantic_settings import SettingsConfigDict
from tidemark.charging.v1 import journal_api_pb2, journal_api_pb2_grpc

from services.common.kernel.outcome import Category, Reason, Refused, RefusedError
from services.common.runtime.front_door.host import EnvoyHost
from services.common.runtime.grpc_host import GrpcioHost
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.lifecycle import Service, ServiceContext
from services.common.runtime.settings import FrontDoorSettings

NAME = journal_api_pb2.DESCRIPTOR.services_by_name["JournalService"].full_name
ANSWERS, UNKNOWN, FAULTY, WAITS, ECHOES, LARGE = range(6)
"""What partitions do."""
LARGE_OCTETS = 600_000
_UNKNOWN = Reason("PARTITION_UNKNOWN", Category.NOT_FOUND)


class HarbourSettings(FrontDoorSettings):
    """Settings of the service."""

    model_config = SettingsConfigDict(env_prefix="TIDEMARK_HARBOUR_", frozen=True)
    database_url: str = "sqlite://"
    folder: Path = Field(description="where files tell what happens")


class HarbourServicer(journal_api_pb2_grpc.JournalServiceServicer):
    """Does what the number of the partition asks for."""

    def __init__(self, folder: Path, stopping: asyncio.Event) -> None:
        self._folder = folder
        self._stopping = stopping
        self._waiting = 0

    async def GetJournalStatus(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Unary."""
        answer = journal_api_pb2.GetJournalStatusResponse(partition=request.partition)
        if request.partition == UNKNOWN:
            metadata = {"partitions": "0 and 2 %, größer"}
            raise RefusedError(Refused(_UNKNOWN, "no partition 1 → ä", field="partition", metadata=metadata))
        if request.partition == FAULTY:
            raise ValueError("the password is hunter2")
        if request.partition == WAITS:
            await self._wait()
        if request.partition == ECHOES:
            seen = [pair for pair in context.invocation_metadata() if pair[0].startswith("x-")]
            await context.send_initial_metadata((("y-first", "1"),))
            context.set_trailing_metadata(tuple((f"y-{key}", value) for key, value in seen))
        if request.partition == LARGE:
            answer.detail = "x" * LARGE_OCTETS
        return answer

    async def VerifyJournal(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Refuses without a reason."""
        await context.abort(grpc.StatusCode.UNAVAILABLE, "not yet")

    async def RewindRelay(self, request: Any, context: Any) -> Any:  # noqa: N802
        """A handler's own time-out."""
        raise TimeoutError("the handler's own")

    async def ReadJournal(self, request: Any, context: Any) -> AsyncIterator[Any]:  # noqa: N802
        """A stream of three, refused, endless or ended."""
        for sequence in range(1, 4):
            yield journal_api_pb2.ReadJournalResponse(sequence=sequence)
        if request.partition == UNKNOWN:
            raise RefusedError(Refused(_UNKNOWN, "gone"))
        if request.follow:
            self._tell("entered")
            try:
                await self._stopping.wait()
            except asyncio.CancelledError:
                self._tell("cancelled")
                raise

    async def _wait(self) -> None:
        self._waiting += 1
        self._tell("entered")
        self._tell(f"entered-{self._waiting}")
        try:
            while not await asyncio.to_thread((self._folder / "release").exists):  # noqa: ASYNC110 - a file
                await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            self._tell("cancelled")
            raise

    def _tell(self, what: str) -> None:
        (self._folder / what).touch()


async def serve(settings: HarbourSettings, service: ServiceContext) -> None:
    """Serves until it is told to stop."""
    stopping = asyncio.Event()
    add = journal_api_pb2_grpc.add_JournalServiceServicer_to_server
    server = GrpcServer(
        settings,
        [Servicer(add, HarbourServicer(settings.folder, stopping), NAME)],
        stopping,
        EnvoyHost(settings) if settings.front_door == "envoy" else GrpcioHost(settings),
    )
    service.announce(await server.start())
    await service.stop.wait()
    await server.drain(settings.drain_seconds)


SERVICE = Service("harbour", HarbourSettings, serve, "tests.support.front_door_service")

if __name__ == "__main__":
    sys.exit(SERVICE.run())
