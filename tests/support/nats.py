"""A real nats-server of one's own: free port, own store, to be stopped, killed and restarted."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.common.runtime.nats_server import FREE_PORT, LOOPBACK, nats_command, write_nats_configuration
from tests.support.waiting import eventually


class NatsServer:
    """One nats-server process. Its port is chosen at the first start and kept at later ones."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = FREE_PORT
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients connect. Known after the first start."""
        assert self._port != FREE_PORT, "start the server first"
        return f"nats://{LOOPBACK}:{self._port}"

    async def start(self) -> None:
        """Starts the server and returns when it greets."""
        self._process = self._spawn()
        ports = self._folder / f"nats-server_{self._process.pid}.ports"
        await eventually(lambda: self._read_port(ports), what="nats-server says its port")
        await eventually(self._greets, what="nats-server greets")

    def _spawn(self) -> subprocess.Popen[bytes]:
        configuration = write_nats_configuration(self._folder, self._port)
        with (self._folder / "nats.log").open("ab") as log:
            return subprocess.Popen(nats_command(configuration), stdout=log, stderr=log)

    async def stop(self) -> None:
        """Stops it in good order."""
        await self._end(kill=False)

    async def kill(self) -> None:
        """Ends it as a power cut would."""
        await self._end(kill=True)

    async def _end(self, kill: bool) -> None:
        if self._process is not None:
            (self._process.kill if kill else self._process.terminate)()
            await asyncio.to_thread(self._process.wait, 10)
            self._process = None

    def _read_port(self, ports: Path) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "nats.log").read_text()
        try:
            (url,) = json.loads(ports.read_text())["nats"]
        except (OSError, ValueError):
            return False
        self._port = int(url.rpartition(":")[2])
        return True

    async def _greets(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection(LOOPBACK, self._port)
        except OSError:
            return False
        try:
            return (await reader.readline()).startswith(b"INFO ")
        finally:
            writer.close()


@asynccontextmanager
async def nats_server(folder: Path) -> AsyncIterator[NatsServer]:
    """A running server, ended with the block."""
    server = NatsServer(folder / "nats")
    await server.start()
    try:
        yield server
    finally:
        await server.kill()
