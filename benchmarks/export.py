"""What an export of records costs charging: the rate of Updates beside it and alone, in turns."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.charging import MeasuredUpdates, measure_updates
from benchmarks.element import MeasuredAccount
from benchmarks.exporter import AGAIN, FOLLOW, READY
from benchmarks.figures import Figure, Load, pooled
from benchmarks.processor import CpuShare, cpu_share
from services.cli.suite import CHARGING, Suite

_END_SECONDS = 60


class ExporterFailedError(RuntimeError):
    """The process that exports has ended before it was asked to."""


@dataclass(slots=True)
class Exporting:
    """What the exporter did meanwhile; set at the end."""

    records: int = 0
    seconds: float = 0.0
    cores: float = 0.0


async def measure_export(
    suite: Suite, accounts: Sequence[MeasuredAccount], warm_up_seconds: float, seconds: float, turns: int
) -> list[Figure]:
    """Updates alone, beside an export at full speed, and beside one that follows; so many turns of each."""
    alone: list[Load] = []
    beside: dict[str, list[Load]] = {AGAIN: [], FOLLOW: []}
    exports: dict[str, list[Exporting]] = {AGAIN: [], FOLLOW: []}

    async def updates() -> MeasuredUpdates:
        pid = suite.pid(CHARGING)
        return await measure_updates(suite.addresses.charging, pid, accounts, warm_up_seconds, seconds)

    for turn in range(turns):
        alone.append((await updates()).load)
        for mode in (AGAIN, FOLLOW):
            async with _exporter(suite, mode, suite.data_dir / f"export-{mode}-{turn}") as exporting:
                beside[mode].append((await updates()).load)
            exports[mode].append(exporting)
    return _figures(pooled(alone), {mode: pooled(loads) for mode, loads in beside.items()}, exports)


def _figures(alone: Load, beside: dict[str, Load], exports: dict[str, list[Exporting]]) -> list[Figure]:
    calls = {mode: len(load.latencies_seconds) for mode, load in beside.items()}
    again = exports[AGAIN]
    records = sum(item.records for item in again)
    return [
        Figure("export.rate_ratio", beside[AGAIN].rate / alone.rate, "ratio", calls[AGAIN]),
        Figure("export.follow_rate_ratio", beside[FOLLOW].rate / alone.rate, "ratio", calls[FOLLOW]),
        Figure("export.records_per_second", records / sum(item.seconds for item in again), "1/s", records),
        Figure("export.cores", _mean_cores(again), "cores", len(again)),
        Figure("export.follow_cores", _mean_cores(exports[FOLLOW]), "cores", len(exports[FOLLOW])),
    ]


def _mean_cores(exports: Sequence[Exporting]) -> float:
    return sum(item.cores for item in exports) / len(exports)


@asynccontextmanager
async def _exporter(suite: Suite, mode: str, folder: Path) -> AsyncIterator[Exporting]:
    """An export that has caught up when the block begins. Raises ExporterFailedError."""
    process = _spawn(suite, mode, folder)
    exporting, share = Exporting(), CpuShare()
    try:
        assert process.stdout is not None
        if (await asyncio.to_thread(process.stdout.readline)).strip() != READY:
            raise ExporterFailedError("the export did not get as far as the head of the journal")
        with cpu_share(process.pid) as share:
            yield exporting
        process.terminate()
        said, _ = await asyncio.to_thread(process.communicate, None, _END_SECONDS)
        if process.returncode:
            raise ExporterFailedError(f"the export ended with exit code {process.returncode}")
        summary = json.loads(said)
        exporting.records, exporting.seconds = summary["records"], summary["seconds"]
        exporting.cores = share.cores
    finally:
        if process.poll() is None:
            process.kill()
            await asyncio.to_thread(process.wait, _END_SECONDS)


def _spawn(suite: Suite, mode: str, folder: Path) -> subprocess.Popen[str]:
    where = (suite.addresses.nats_url, suite.addresses.charging, str(folder))
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.exporter", mode, *where], stdout=subprocess.PIPE, text=True
    )
