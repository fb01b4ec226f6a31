"""An export of charged-usage records as a process of its own, until SIGTERM.

`python -m benchmarks.exporter again|follow gentle|full NATS_URL CHARGING_ADDRESS FOLDER`: `again` exports
the whole journal over and over, `follow` what comes from now on, at that pace. Prints `ready` when it
begins, and at the end, as JSON, how many journal records it took, and in how many seconds.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import grpc

from services.cli.records.export import Roll
from services.cli.records.formats import FileFormat
from services.cli.records.give_way import give_way
from services.cli.records.journal_stream import JournalStream
from services.cli.records.pace import Pace
from services.cli.records.run import ExportJob, export_partition
from services.common.runtime.bus import Bus
from services.common.runtime.journal_source import GrpcJournalSource, JournalSource
from services.common.runtime.logs import configure_logs

AGAIN = "again"
FOLLOW = "follow"
READY = "ready"
_ROLL = Roll(64 * 1024 * 1024, 300)


@dataclass(frozen=True, slots=True)
class _Exporter:
    folder: Path
    pace: Pace
    source: JournalSource
    bus: Bus
    stop: asyncio.Event

    async def again_and_again(self) -> int:
        """How many records it took: some, however soon it was told to stop."""
        records = 0
        while not (records and self.stop.is_set()):
            records += await self._export(after_sequence=None, follow=False)
            shutil.rmtree(self.folder)
        return records

    async def follow(self, after_sequence: int) -> int:
        return await self._export(after_sequence, follow=True)

    async def _export(self, after_sequence: int | None, *, follow: bool) -> int:
        job = ExportJob(self.folder, 0, FileFormat.CSV, after_sequence, follow, 0, _ROLL, self.pace)
        exported = await export_partition(job, self.source, self.bus, self.stop, lambda _fault: None)
        return exported.records


async def _main(mode: str, pace: Pace, nats_url: str, charging: str, folder: Path) -> None:
    give_way()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    bus = await Bus.open(nats_url, "benchmark-export")
    try:
        await bus.wait_connected()
        async with grpc.aio.insecure_channel(charging) as channel, JournalStream(bus, 0) as stream:
            exporter = _Exporter(folder, pace, GrpcJournalSource(channel), bus, stop)
            head = await stream.last_sequence()
            print(READY, flush=True)
            begun = time.perf_counter()
            records = await (exporter.follow(head) if mode == FOLLOW else exporter.again_and_again())
        print(json.dumps({"records": records, "seconds": time.perf_counter() - begun}))
    finally:
        await bus.close()


if __name__ == "__main__":
    configure_logs("benchmark-export", level="warning")
    asyncio.run(_main(sys.argv[1], Pace(sys.argv[2]), sys.argv[3], sys.argv[4], Path(sys.argv[5])))
