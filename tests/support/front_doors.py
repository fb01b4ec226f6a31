"""The scripted service as a process behind either front door, and a client for it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tidemark.charging.v1 import journal_api_pb2 as api
from tidemark.charging.v1 import journal_api_pb2_grpc

from services.common.runtime.grpc_client import connect
from tests.support.front_door_service import NAME
from tests.support.waiting import eventually

FRONT_DOORS = ("grpcio", "envoy")
_START_SECONDS = 60


class Harbour:
    """One process and a client."""

    def __init__(self, folder: Path, process: asyncio.subprocess.Process, ready: dict[str, Any]) -> None:
        self.folder = folder
        self.process = process
        self.ready = ready
        self.channel: Any = connect(ready["address"])
        self.stub = journal_api_pb2_grpc.JournalServiceStub(self.channel)
        self.health = health_pb2_grpc.HealthStub(self.channel)

    @property
    def log(self) -> str:
        """What it wrote to standard error."""
        return (self.folder / "stderr").read_text()

    def status(self, partition: int = 0, **options: Any) -> Any:
        """A unary call; `partition` says what is to happen."""
        return self.stub.GetJournalStatus(api.GetJournalStatusRequest(partition=partition), **options)

    def read(self, partition: int = 0, follow: bool = False, **options: Any) -> Any:
        """A stream."""
        return self.stub.ReadJournal(api.ReadJournalRequest(partition=partition, follow=follow), **options)

    async def serving(self, service: str = NAME) -> int:
        """The health of a service."""
        answer = await self.health.Check(health_pb2.HealthCheckRequest(service=service))
        return int(answer.status)

    async def told(self, what: str) -> None:
        """Waits until the service says `entered` or `cancelled`."""
        await eventually((self.folder / what).exists, 30, f"the service told {what}")

    def release(self) -> None:
        """Lets a waiting call go on."""
        (self.folder / "release").touch()

    async def exit_code(self) -> int:
        """Waits for the end of the process."""
        async with asyncio.timeout(30):
            return await self.process.wait()


@asynccontextmanager
async def harbour(folder: Path, front_door: str, **variables: str) -> AsyncIterator[Harbour]:
    """A running service with settings of its own."""
    ready_file = folder / "ready.json"
    settings = {"front_door": front_door, "folder": str(folder), "ready_file": str(ready_file), **variables}
    environment = {f"TIDEMARK_HARBOUR_{name.upper()}": value for name, value in settings.items()}
    with (folder / "stderr").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.support.front_door_service"),
            env={**os.environ, **environment},
            stderr=log,
        )
    try:
        await eventually(
            lambda: ready_file.exists() or process.returncode is not None,
            _START_SECONDS,
            "the service serves",
        )
        service = Harbour(folder, process, json.loads(ready_file.read_text()))
        try:
            yield service
        finally:
            await service.channel.close()
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(30):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
                raise


async def refusal(call: Any) -> grpc.aio.AioRpcError:
    """The error that a call ends with. Fails if it is answered."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error
    raise AssertionError("the call was answered")
