"""An export of charged-usage records as a process of its own, until SIGTERM.

`python -m benchmarks.exporter again|follow NATS_URL CHARGING_ADDRESS FOLDER`: `again` exports the
whole journal over and over as fast as it can, `follow` what comes. Prints `ready` when it has exported
all there was, and at the end, as JSON, how many journal records it took since, in how many seconds.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sys
import time
from pathlib import Path

import grpc

from services.cli.records.export import Roll
from services.cli.records.formats import FileFormat
from services.cli.records.give_way import give_way
from services.cli.records.run import ExportJob, export_partition
from services.common.runtime.bus import Bus
from services.common.runtime.journal_source import GrpcJournalSource, JournalSource
from services.common.runtime.logs import configure_logs

AGAIN = "again"
FOLLOW = "follow"
READY = "ready"
_ROLL = Roll(64 * 1024 * 1024, 300)


async def _main(mode: str, nats_url: str, charging: str, folder: Path) -> None:
    give_way()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    bus = await Bus.open(nats_url, "benchmark-export")
    try:
        await bus.wait_connected()
        async with grpc.aio.insecure_channel(charging) as channel:
            source = GrpcJournalSource(channel)
            await _export(folder, source, bus, stop, follow=False)
            print(READY, flush=True)
            begun = time.perf_counter()
            records = (
                await _export(folder, source, bus, stop, follow=True)
                if mode == FOLLOW
                else await _again_and_again(folder, source, bus, stop)
            )
        print(json.dumps({"records": records, "seconds": time.perf_counter() - begun}))
    finally:
        await bus.close()


async def _again_and_again(folder: Path, source: JournalSource, bus: Bus, stop: asyncio.Event) -> int:
    records = 0
    while not stop.is_set():
        shutil.rmtree(folder)
        records += await _export(folder, source, bus, stop, follow=False)
    return records


async def _export(folder: Path, source: JournalSource, bus: Bus, stop: asyncio.Event, *, follow: bool) -> int:
    job = ExportJob(folder, 0, FileFormat.CSV, None, follow, 0, _ROLL)
    exported = await export_partition(job, source, bus, stop, lambda _fault: None)
    return exported.records


if __name__ == "__main__":
    configure_logs("benchmark-export", level="warning")
    asyncio.run(_main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])))
