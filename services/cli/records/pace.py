"""How fast an export goes: as fast as it can on a machine with room, and step by step on a busy one.

A low priority alone does not do it: Linux weighs sessions (autogroups) and containers against each other as
wholes, and niceness counts only within one. What does not run, nothing has to wait for.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

import psutil

MINIMUM_RECORDS_PER_SECOND = 200
"""An export goes on at this rate however busy the machine is, as long as the system lets it run at all."""

ROOM_FROM_SHARE = 0.5
ROOM_ENOUGH_SHARE = 0.8
_LOOK_SECONDS = 0.25
"""Long enough for a system that counts CPU time in hundredths of a second."""
_LEAST_REST_SECONDS = 0.001
_MOST_CORES = 2


class Pace(Enum):
    """`gentle` leaves busy cores to others, `full` takes no heed of them."""

    GENTLE = "gentle"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class CpuUse:
    """A look at the machine: when, how long its cores have been idle together, and this process has worked.

    In seconds, each since an instant that does not change.
    """

    at: float
    idle: float
    own: float


def cpu_use() -> CpuUse:
    """Now. A core that waits for a disk is idle."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    return CpuUse(time.monotonic(), idle, time.process_time())


def free_share(before: CpuUse, after: CpuUse, cores: int) -> float:
    """What others left free between two looks, of two cores (of one, where there is but one): 0 to 1.

    More than two cores do not make an export faster: one for itself, one for what it asks of others.
    """
    free_cores = (after.idle - before.idle + after.own - before.own) / (after.at - before.at)
    return min(1.0, free_cores / min(cores, _MOST_CORES))


def rest_seconds(worked_seconds: float, records: int, free: float) -> float:
    """How long to rest after work on so many records, where others leave a share of the machine free.

    Not at all from ROOM_ENOUGH_SHARE on. Below, so long that work fills a part of the time that falls with
    what is free, down to none at ROOM_FROM_SHARE; but never longer than MINIMUM_RECORDS_PER_SECOND allows.
    """
    longest = records / MINIMUM_RECORDS_PER_SECOND
    part = (free - ROOM_FROM_SHARE) / (ROOM_ENOUGH_SHARE - ROOM_FROM_SHARE)
    if part >= 1:
        return 0.0
    return min(longest, worked_seconds * (1 / part - 1)) if part > 0 else longest


class Pacer:
    """Rests between the pieces of an export, and looks what the machine does meanwhile."""

    def __init__(
        self,
        pace: Pace,
        look: Callable[[], CpuUse] = cpu_use,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        cores: int | None = None,
    ) -> None:
        self._gentle = pace is Pace.GENTLE
        self._look = look
        self._sleep = sleep
        self._cores = cores or os.cpu_count() or 1
        self._looked = self._rested = look()
        # Nothing is known before the first look. It comes soon, and a short export should not wait for it.
        self._free = 1.0

    async def rest(self, records: int) -> None:
        """Call it after each piece, with the number of its records. Returns as soon as there is room."""
        # Signals and the bus have their turn, however fast the records come.
        await self._sleep(0)
        if not self._gentle or not records:
            return
        begun = self._noticed()
        worked, rested = begun.own - self._rested.own, 0.0
        self._rested = begun
        while (left := rest_seconds(worked, records, self._free) - rested) > _LEAST_REST_SECONDS:
            await self._sleep(min(left, _LOOK_SECONDS))
            self._rested = self._noticed()
            rested = self._rested.at - begun.at

    def _noticed(self) -> CpuUse:
        now = self._look()
        if now.at - self._looked.at >= _LOOK_SECONDS:
            self._free = free_share(self._looked, now, self._cores)
            self._looked = now
        return now
