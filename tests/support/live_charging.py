"""Charging and the catalog as they really run: on gRPC, SQLite and NATS; in this event loop, or as a process.

In this loop they start at once and cost nothing; as a process they can be
killed. Both keep their database between one start and the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import psutil
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tidemark.charging.v1 import journal_api_pb2, journal_api_pb2_grpc, journal_pb2

from services.catalog import main as catalog_main
from services.charging import main as charging_main
from services.charging.settings import ChargingSettings
from services.common.runtime.lifecycle import ServiceContext
from services.common.runtime.settings import ServiceSettings
from services.common.runtime.telemetry import Telemetry
from tests.support.live_prices import PRICES, publish
from tests.support.waiting import eventually

NOWHERE = "127.0.0.1:1"
"""An address at which nobody listens: a service that is down."""
START_SECONDS = 30.0


class _Context(ServiceContext):
    """Tells when the service has announced itself."""

    def __init__(self, name: str, settings: ServiceSettings) -> None:
        super().__init__(name, settings, Telemetry())
        self.address: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def announce(self, address: str) -> None:
        super().announce(address)
        self.address.set_result(address)


class Node:
    """A service in this event loop. `channel` leads to it while it runs."""

    def __init__(
        self, name: str, serve: Callable[[Any, ServiceContext], Awaitable[None]], settings: ServiceSettings
    ) -> None:
        self._name = name
        self._serve = serve
        self.settings = settings
        self.address = ""
        self._serving: asyncio.Future[None] | None = None

    async def start(self) -> None:
        """Returns when the service has announced its address; raises what keeps it from doing so."""
        self.context = _Context(self._name, self.settings)
        self._serving = asyncio.ensure_future(self._serve(self.settings, self.context))
        async with asyncio.timeout(START_SECONDS):
            await asyncio.wait((self._serving, self.context.address), return_when=asyncio.FIRST_COMPLETED)
        if self._serving.done():
            await self._serving
        self.address = self.context.address.result()
        self.channel = open_channel(self.address)

    async def stop(self) -> None:
        """Ends it in good order, as SIGTERM does. Harmless when repeated."""
        if self._serving is None:
            return
        serving, self._serving = self._serving, None
        await self.channel.close(None)
        self.context.stop.set()
        async with asyncio.timeout(START_SECONDS):
            await serving
        await self.context.tasks.close()

    async def restart(self) -> None:
        """Stops and starts again on the same database, at another address."""
        await self.stop()
        await self.start()


class ChargingProcess:
    """Charging as a process of its own, on a database file that may be anybody's."""

    def __init__(self, settings: ChargingSettings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder
        self._starts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.address = ""

    async def start(self) -> None:
        """Returns when it has announced itself."""
        self._starts += 1
        ready_file = self._folder / f"{self._settings.owner}-{self._starts}.json"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._process = self._spawn(self._environment(ready_file))
        await eventually(lambda: self._announced(ready_file), START_SECONDS, "charging announces itself")
        self.channel = open_channel(self.address)

    @property
    def log_file(self) -> Path:
        """What it wrote."""
        return self._folder / f"{self._settings.owner}.log"

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        assert self._process is not None
        return self._process.poll()

    async def kill(self) -> None:
        """Ends it as a power cut would (SIGKILL), with the Envoy that it may have started."""
        await self._end(_kill)

    def terminate(self) -> None:
        """Asks it to end (SIGTERM), and does not wait."""
        assert self._process is not None
        self._process.terminate()

    async def ended(self) -> int:
        """Waits until it has ended. Returns its exit code."""
        await eventually(lambda: self.exit_code is not None, START_SECONDS, "charging ends")
        assert self.exit_code is not None
        return self.exit_code

    async def close(self) -> None:
        """Leaves no process behind."""
        if self._process is not None:
            await self._end(_kill)

    async def _end(self, how: Callable[[subprocess.Popen[bytes]], None]) -> None:
        assert self._process is not None
        how(self._process)
        await self.ended()
        if self.address:
            await self.channel.close(None)

    def _spawn(self, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "services.charging.main"]
        with self.log_file.open("ab") as log:
            return subprocess.Popen(command, env={**os.environ, **environment}, stdout=log, stderr=log)

    def _environment(self, ready_file: Path) -> dict[str, str]:
        settings = self._settings
        names = ("database_url", "nats_url", "catalog_address", "owner", "drain_seconds", "front_door")
        return {
            **{f"TIDEMARK_CHARGING_{name.upper()}": str(getattr(settings, name)) for name in names},
            "TIDEMARK_CHARGING_READY_FILE": str(ready_file),
        }

    def _announced(self, ready_file: Path) -> bool:
        assert self.exit_code is None, self.log_file.read_text()
        try:
            self.address = json.loads(ready_file.read_text())["address"]
        except (OSError, ValueError):
            return False
        return True


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        for child in psutil.Process(process.pid).children():
            child.kill()
    process.kill()


def open_channel(address: str, narrow: bool = False) -> grpc.aio.Channel:
    """A channel of its own connection: gRPC shares one among channels with the same options.

    `narrow` keeps the connection's window from growing, so that a reader who
    stops holds up the sender after some 100 kB.
    """
    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", 0)]
    return grpc.aio.insecure_channel(
        address, options=[*options, ("grpc.http2.bdp_probe", 0)] if narrow else options
    )


def charging_settings(folder: Path, **changed: Any) -> ChargingSettings:
    """Charging on a database in a folder, with neither bus nor catalog unless told where."""
    settings: dict[str, Any] = {
        "database_url": f"sqlite:///{folder / 'charging.sqlite'}",
        "nats_url": f"nats://{NOWHERE}",
        "catalog_address": NOWHERE,
        "owner": "charging-a",
        "drain_seconds": 5,
    }
    return ChargingSettings(**settings | changed)


def catalog_node(folder: Path, nats_url: str = f"nats://{NOWHERE}") -> Node:
    """The catalog service on a database in a folder."""
    settings = catalog_main.CatalogSettings(
        database_url=f"sqlite:///{folder / 'catalog.sqlite'}", nats_url=nats_url, drain_seconds=1
    )
    return Node("catalog", catalog_main.serve, settings)


def charging_node(settings: ChargingSettings) -> Node:
    """Charging in this event loop."""
    return Node("charging", charging_main.serve, settings)


@asynccontextmanager
async def running(*nodes: Node) -> AsyncIterator[None]:
    """Starts nodes in order; stops them in the reverse order at the end of the block."""
    async with contextlib.AsyncExitStack() as stack:
        for node in nodes:
            await node.start()
            stack.push_async_callback(node.stop)
        yield


@asynccontextmanager
async def priced_charging(folder: Path, content: str = PRICES, **changed: Any) -> AsyncIterator[Node]:
    """Charging in this loop with a price list that it knows; the catalog service is away."""
    await price(folder, content)
    node = charging_node(charging_settings(folder, **changed))
    async with running(node):
        yield node


@asynccontextmanager
async def charging_process(folder: Path, **changed: Any) -> AsyncIterator[ChargingProcess]:
    """Charging as a process, with a price list that it knows. Nothing is left of it after the block."""
    await price(folder)
    process = ChargingProcess(charging_settings(folder, **changed), folder)
    try:
        await process.start()
        yield process
    finally:
        await process.close()


_priced: dict[str, bytes] = {}
"""Databases of charging by the one price list in them: it is fetched once and copied from then on."""


async def price(folder: Path, content: str = PRICES) -> None:
    """Puts a database with one price list into a folder, as charging leaves it that has fetched the list."""
    database = folder / "charging.sqlite"
    if content not in _priced:
        catalog = catalog_node(folder)
        async with running(catalog):
            await publish(catalog.channel, content)
            fetching = charging_node(charging_settings(folder, catalog_address=catalog.address))
            async with running(fetching):
                await eventually(lambda: stored_versions(database) == [1], what="charging has the price list")
        _priced[content] = database.read_bytes()
    database.write_bytes(_priced[content])


def stored_versions(database: Path) -> list[int]:
    """Catalog versions that charging keeps."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return [
            version for (version,) in connection.execute("SELECT version FROM catalog_version ORDER BY 1")
        ]


async def journal_status(channel: grpc.aio.Channel) -> journal_api_pb2.GetJournalStatusResponse:
    """Where the journal stands, and the digest of all state."""
    stub = journal_api_pb2_grpc.JournalServiceStub(channel)
    return await stub.GetJournalStatus(journal_api_pb2.GetJournalStatusRequest(), timeout=10)


async def journal(channel: grpc.aio.Channel, after: int = 0) -> list[journal_api_pb2.ReadJournalResponse]:
    """Every record after a sequence."""
    stub = journal_api_pb2_grpc.JournalServiceStub(channel)
    request = journal_api_pb2.ReadJournalRequest(after_sequence=after)
    return [row async for row in stub.ReadJournal(request, timeout=30)]


def record_of(row: journal_api_pb2.ReadJournalResponse) -> journal_pb2.JournalRecord:
    """What a row of the journal says."""
    return journal_pb2.JournalRecord.FromString(row.payload)


async def health(channel: grpc.aio.Channel, service: str = "") -> int:
    """The health of one protobuf service, or of the whole (`grpc.health.v1`)."""
    request = health_pb2.HealthCheckRequest(service=service)
    answer = await health_pb2_grpc.HealthStub(channel).Check(request, timeout=10)
    return int(answer.status)
