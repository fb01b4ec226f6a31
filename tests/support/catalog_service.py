"""The catalog service as a process of its own, and a charging service that only counts."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
from tidemark.catalog.v1 import catalog_api_pb2, catalog_api_pb2_grpc
from tidemark.charging.v1 import account_api_pb2, account_api_pb2_grpc

from tests.support.waiting import eventually


class CatalogProcess:
    """`python -m services.catalog.main` with its database in a folder."""

    def __init__(self, folder: Path, nats_url: str, charging_address: str = "") -> None:
        self._folder = folder
        self._nats_url = nats_url
        self._charging_address = charging_address
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: grpc.aio.Channel | None = None

    async def start(self) -> None:
        """Starts it and returns when it serves."""
        self._folder.mkdir(parents=True, exist_ok=True)
        ready = self._folder / "ready.json"
        ready.unlink(missing_ok=True)
        environment = os.environ | {
            "TIDEMARK_CATALOG_DATABASE_URL": f"sqlite:///{self._folder}/catalog.sqlite",
            "TIDEMARK_CATALOG_NATS_URL": self._nats_url,
            "TIDEMARK_CATALOG_CHARGING_ADDRESS": self._charging_address,
            "TIDEMARK_CATALOG_READY_FILE": str(ready),
        }
        with (self._folder / "catalog.log").open("ab") as log:
            command = [sys.executable, "-m", "services.catalog.main"]
            self._process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
                command, env=environment, stdout=log, stderr=log
            )
        await eventually(lambda: self._serves(ready), 30, "the catalog service serves")
        self._channel = grpc.aio.insecure_channel(json.loads(ready.read_text())["address"])

    @property
    def stub(self) -> Any:
        """Calls it."""
        assert self._channel is not None, "start the service first"
        return catalog_api_pb2_grpc.CatalogServiceStub(self._channel)

    async def stop(self) -> int:
        """SIGTERM; returns its exit code."""
        return await self._end(kill=False)

    async def kill(self) -> None:
        """SIGKILL."""
        await self._end(kill=True)

    async def _end(self, kill: bool) -> int:
        if self._channel is not None:
            await self._channel.close(None)
            self._channel = None
        if self._process is None:
            return 0
        (self._process.kill if kill else self._process.terminate)()
        code = await asyncio.to_thread(self._process.wait, 20)
        self._process = None
        return code

    def _serves(self, ready: Path) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "catalog.log").read_text()
        return ready.is_file()


@asynccontextmanager
async def catalog_process(
    folder: Path, nats_url: str, charging_address: str = ""
) -> AsyncIterator[CatalogProcess]:
    """A running catalog service, ended with the block."""
    process = CatalogProcess(folder, nats_url, charging_address)
    await process.start()
    try:
        yield process
    finally:
        await process.kill()


class CountingCharging(account_api_pb2_grpc.AccountServiceServicer):
    """AccountService with given counts: offering code to (accounts, subscribers)."""

    def __init__(self, counts: Mapping[str, tuple[int, int]]) -> None:
        self._counts = counts

    async def CountSubscriptions(  # noqa: N802 - the contract's name
        self, request: account_api_pb2.CountSubscriptionsRequest, _context: Any
    ) -> account_api_pb2.CountSubscriptionsResponse:
        """Counts of the offerings asked for."""
        return account_api_pb2.CountSubscriptionsResponse(
            counts=[
                account_api_pb2.SubscriptionCount(
                    offering_code=code, accounts=self._counts[code][0], subscribers=self._counts[code][1]
                )
                for code in request.offering_codes
                if code in self._counts
            ]
        )


@asynccontextmanager
async def counting_charging(
    counts: Mapping[str, tuple[int, int]],
) -> AsyncIterator[tuple[str, grpc.aio.Server]]:
    """A server on a free port: its address, and itself so that a test can stop it."""
    server = grpc.aio.server()
    account_api_pb2_grpc.add_AccountServiceServicer_to_server(
        CountingCharging(counts),  # type: ignore[abstract]
        server,
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}", server
    finally:
        await server.stop(None)


def source(*texts: str) -> catalog_api_pb2.CatalogSource:
    """Texts as the files `1.yaml`, `2.yaml`, ..."""
    return catalog_api_pb2.CatalogSource(
        files=[
            catalog_api_pb2.SourceFile(name=f"{number}.yaml", content=text)
            for number, text in enumerate(texts, start=1)
        ]
    )
