"""What partner settlement takes: usage accrued from the journal, and a month of it settled with partners."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.accrual import APPLICATIONS
from benchmarks.figures import Figure

ACCRUED_RECORDS = 1_000_000


class SettlementFailedError(RuntimeError):
    """A process has ended without its figures, or with records, statements or money missing."""


def measure_settlement(
    folder: Path, records: int = ACCRUED_RECORDS, partners: int = APPLICATIONS
) -> list[Figure]:
    """Accrues so many usage records into a fresh SQLite file in `folder`, settles with so many partners.

    Each in a process of its own. Raises SettlementFailedError.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    accrued = _figures_of("benchmarks.accrual", folder, records)
    settled = _figures_of("benchmarks.settling", folder, partners)
    shutil.rmtree(folder)
    return [*_accrual(accrued, records), *_closing(settled)]


def _figures_of(module: str, folder: Path, count: int) -> dict[str, Any]:
    command = [sys.executable, "-m", module, str(folder), str(count)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SettlementFailedError(f"{module} ended with exit code {done.returncode} {done.stdout.strip()}")
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _accrual(said: dict[str, Any], records: int) -> list[Figure]:
    name = "settlement.accrual"
    return [
        Figure(f"{name}.records_per_second", said["records"] / said["seconds"], "1/s", records),
        Figure(f"{name}.cores", said["cpu_seconds"] / said["seconds"], "cores", records),
        Figure(f"{name}.records_per_cpu_second", said["records"] / said["cpu_seconds"], "1/s", records),
        Figure(f"{name}.rss_growth_bytes", said["rss_growth_bytes"], "bytes", records),
    ]


def _closing(said: dict[str, Any]) -> list[Figure]:
    name, count = "settlement.close", said["statements"]
    steps = [said["freeze_seconds"], said["calculate_seconds"], said["close_seconds"]]
    return [
        Figure(f"{name}.seconds", sum(steps), "s", count),
        Figure(f"{name}.freeze_seconds", steps[0], "s", count),
        Figure(f"{name}.calculate_seconds", steps[1], "s", count),
        Figure(f"{name}.book_seconds", steps[2], "s", count),
        Figure(f"{name}.verify_seconds", said["verify_seconds"], "s", count),
        Figure(f"{name}.cpu_seconds", said["cpu_seconds"], "s", count),
        Figure(f"{name}.rss_growth_bytes", said["rss_growth_bytes"], "bytes", count),
    ]
