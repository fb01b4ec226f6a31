"""The exporting process beside a block, and what it came to."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from benchmarks.exporter import READY
from benchmarks.processor import CpuShare, cpu_share
from services.cli.records.pace import Pace
from services.cli.suite import Suite

_END_SECONDS = 60


class ExporterFailedError(RuntimeError):
    """The process that exports has ended before it was asked to."""


@dataclass(slots=True)
class Exported:
    """What an export did meanwhile; set at the end, but for its pid."""

    pid: int
    records: int = 0
    seconds: float = 0.0
    cores: float = 0.0


@asynccontextmanager
async def exporting(suite: Suite, mode: str, pace: Pace) -> AsyncIterator[Exported]:
    """An export that has begun when the block begins, and ends with it. Raises ExporterFailedError."""
    share = CpuShare()
    with tempfile.TemporaryDirectory(prefix="export-", dir=suite.data_dir) as folder:
        process = _spawn(suite, mode, pace, folder)
        exported = Exported(process.pid)
        try:
            assert process.stdout is not None
            if (await asyncio.to_thread(process.stdout.readline)).strip() != READY:
                raise ExporterFailedError("the export did not begin")
            with cpu_share(process.pid) as share:
                yield exported
            process.terminate()
            said, _ = await asyncio.to_thread(process.communicate, None, _END_SECONDS)
            if process.returncode:
                raise ExporterFailedError(f"the export ended with exit code {process.returncode}")
            summary = json.loads(said)
            exported.records, exported.seconds = summary["records"], summary["seconds"]
            exported.cores = share.cores
        finally:
            if process.poll() is None:
                process.kill()
                await asyncio.to_thread(process.wait, _END_SECONDS)


def _spawn(suite: Suite, mode: str, pace: Pace, folder: str) -> subprocess.Popen[str]:
    where = (suite.addresses.nats_url, suite.addresses.charging, f"{folder}/records")
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.exporter", mode, pace.value, *where],
        stdout=subprocess.PIPE,
        text=True,
    )
