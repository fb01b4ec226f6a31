"""How busy processes were, to tell whether the server or the load generator was the limit."""

from __future__ import annotations

import os
import sys
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
    share = CpuShare()
    begun, used = time.perf_counter(), cpu_seconds(pid)
    yield share
    share.cores = (cpu_seconds(pid) - used) / (time.perf_counter() - begun)


@contextmanager
def other_work(own_pids: Sequence[int]) -> Iterator[CpuShare]:
    """Cores used over the `with` block by whatever is not ours: the more, the less the rates say.

    What a hypervisor took away counts as others' too.
    """
    share = CpuShare()
    begun, busy = time.perf_counter(), _machine_busy_seconds()
    used = sum(map(cpu_seconds, own_pids))
    yield share
    ours = sum(map(cpu_seconds, own_pids)) - used
    share.cores = max(0.0, _machine_busy_seconds() - busy - ours) / (time.perf_counter() - begun)


def resident_bytes(pid: int | None) -> int:
    """Memory a process holds (RSS); None: this one."""
    return int(psutil.Process(pid).memory_info().rss)


def cpu_seconds(pid: int | None) -> float:
    """CPU a process has used so far, all its threads together; None: this one.

    Linux tells it in nanoseconds. Elsewhere it may come in ticks of 10 ms, and short work may count nothing.
    Raises OSError, or psutil.NoSuchProcess, where no such process runs.
    """
    if pid is None or pid == os.getpid():
        return time.process_time()
    if sys.platform == "linux":
        return time.clock_gettime(_cpu_clock_of(pid))
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def serving_pid(pid: int) -> int:
    """The process that does the work of a service: Envoy, where the service has started one."""
    return next((child.pid for child in psutil.Process(pid).children() if child.name() == "envoy"), pid)


def _cpu_clock_of(pid: int) -> int:
    """The clock that clock_getcpuclockid(3) names, which Python does not have."""
    return ~pid << 3 | 2


def _machine_busy_seconds() -> float:
    times = psutil.cpu_times()
    # Guest time is in user time already.
    idle = times.idle + getattr(times, "iowait", 0.0) + getattr(times, "guest", 0.0)
    return float(sum(times) - idle - getattr(times, "guest_nice", 0.0))
