"""Measures a call that does nothing: what a front door itself allows on this machine, in this run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import h2_load
from benchmarks.echo_service import METHOD
from benchmarks.figures import Load
from benchmarks.processor import serving_pid

_BEGIN_SECONDS = 60
_END_SECONDS = 10
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class EchoServer:
    """The running yardstick; `pid` is of the process that answers."""

    address: str
    pid: int


@contextmanager
def echo_server(front_door: str = "grpcio") -> Iterator[EchoServer]:
    """Starts the yardstick in a process of its own, and ends it."""
    with tempfile.TemporaryDirectory() as folder:
        ready_file = Path(folder, "ready.json")
        settings = {"TIDEMARK_ECHO_FRONT_DOOR": front_door, "TIDEMARK_ECHO_READY_FILE": str(ready_file)}
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.echo_service"],
            env={**os.environ, "TIDEMARK_ECHO_LOG_LEVEL": "error", **settings},
            stdin=subprocess.DEVNULL,
        )
        try:
            yield EchoServer(_announced(process, ready_file), serving_pid(process.pid))
        finally:
            process.terminate()
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


async def measure_noop(
    address: str, body: bytes, in_flight: int, warm_up_seconds: float, seconds: float
) -> Load:
    """Echoes `body`, which should be as long as the request it is compared with."""
    callers = [_EchoCaller(body) for _ in range(in_flight)]
    await h2_load.closed_loop(address, METHOD, callers, warm_up_seconds)
    return await h2_load.closed_loop(address, METHOD, callers, seconds)


@dataclass(slots=True)
class _EchoCaller:
    """Fulfils Caller."""

    body: bytes

    def request(self) -> bytes:
        """The same each time."""
        return self.body

    def answered(self, message: bytes) -> None:
        """It must be what was sent."""
        if message != self.body:
            raise RuntimeError("the no-op server gave back something else")


def _announced(process: subprocess.Popen[bytes], ready_file: Path) -> str:
    deadline = time.monotonic() + _BEGIN_SECONDS
    while not ready_file.exists():
        if process.poll() is not None or time.monotonic() >= deadline:
            raise RuntimeError(f"the no-op server does not serve (exit code {process.poll()})")
        time.sleep(_POLL_SECONDS)
    address: str = json.loads(ready_file.read_text(encoding="utf-8"))["address"]
    return address
