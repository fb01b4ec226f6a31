"""What partner settlement takes: usage records accrued from the journal, and the memory for it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.figures import Figure

ACCRUED_RECORDS = 1_000_000


class AccrualFailedError(RuntimeError):
    """Accrual has ended without its figures, or with records missing or twice."""


def measure_accrual(folder: Path, records: int = ACCRUED_RECORDS) -> list[Figure]:
    """Accrues so many usage records into a fresh SQLite file in `folder`, in a process of its own.

    Raises AccrualFailedError.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "benchmarks.accrual", str(folder), str(records)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise AccrualFailedError(f"accrual ended with exit code {done.returncode} {done.stdout.strip()}")
    shutil.rmtree(folder)
    said = json.loads(done.stdout)
    return [
        Figure("settlement.accrual.records_per_second", said["records"] / said["seconds"], "1/s", records),
        Figure("settlement.accrual.cores", said["cpu_seconds"] / said["seconds"], "cores", records),
        Figure(
            "settlement.accrual.records_per_cpu_second", said["records"] / said["cpu_seconds"], "1/s", records
        ),
        Figure("settlement.accrual.rss_growth_bytes", said["rss_growth_bytes"], "bytes", records),
    ]
