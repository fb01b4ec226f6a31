"""How busy processes were, to tell whether the server or the load generator was the limit."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil


class CpuShare:
    """Cores a process used over a stretch of time; 1.0 is one core, all the time. Set at the end."""

    def __init__(self) -> None:
        self.cores = 0.0


@contextmanager
def cpu_share(pid: int) -> Iterator[CpuShare]:
    """Measures over the `with` block."""
    process = psutil.Process(pid)
    share = CpuShare()
    begun, used = time.perf_counter(), _cpu_seconds(process)
    yield share
    share.cores = (_cpu_seconds(process) - used) / (time.perf_counter() - begun)


def resident_bytes(pid: int) -> int:
    """Memory a process holds (RSS)."""
    return int(psutil.Process(pid).memory_info().rss)


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
