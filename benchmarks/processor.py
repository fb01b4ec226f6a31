"""How busy processes were, to tell whether the server or the load generator was the limit."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
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


@contextmanager
def other_work(own_pids: Sequence[int]) -> Iterator[CpuShare]:
    """Cores used over the `with` block by whatever is not ours: the more, the less the rates say.

    What a hypervisor took away counts as others' too.
    """
    processes = [psutil.Process(pid) for pid in own_pids]
    share = CpuShare()
    begun, busy = time.perf_counter(), _machine_busy_seconds()
    used = sum(map(_cpu_seconds, processes))
    yield share
    ours = sum(map(_cpu_seconds, processes)) - used
    share.cores = max(0.0, _machine_busy_seconds() - busy - ours) / (time.perf_counter() - begun)


def resident_bytes(pid: int | None) -> int:
    """Memory a process holds (RSS); None: this one."""
    return int(psutil.Process(pid).memory_info().rss)


def cpu_seconds(pid: int | None) -> float:
    """CPU a process has used so far; None: this one."""
    return _cpu_seconds(psutil.Process(pid))


def _machine_busy_seconds() -> float:
    times = psutil.cpu_times()
    # Guest time is in user time already.
    idle = times.idle + getattr(times, "iowait", 0.0) + getattr(times, "guest", 0.0)
    return float(sum(times) - idle - getattr(times, "guest_nice", 0.0))


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
