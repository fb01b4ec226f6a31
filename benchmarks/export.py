"""What an export of records costs charging: Updates beside it and alone, in turns."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import mean

from benchmarks.charging import measure_updates
from benchmarks.element import MeasuredAccount
from benchmarks.exporter import AGAIN, FOLLOW
from benchmarks.exporting import Exported, exporting
from benchmarks.figures import Figure, Load, percentile, pooled
from benchmarks.processor import cpu_share, other_work
from services.cli.records.pace import Pace
from services.cli.suite import CHARGING, Suite

FIXED_RATE_PART = 0.5
"""Of the rate that charging reaches alone: a load that leaves room, as one plans for."""
_AT_REST_CORES = 0.1
_LOOK_SECONDS = 0.5
_LOOKS_FOR_REST = 20


@dataclass(frozen=True, slots=True)
class Export:
    """The export that runs beside a load."""

    mode: str
    pace: Pace = Pace.GENTLE


FULL_SPEED = Export(AGAIN)
FOLLOWING = Export(FOLLOW)
WITHOUT_HEED = Export(AGAIN, Pace.FULL)


@dataclass(slots=True)
class Seen:
    """Loads and exports of the same kind, one of each turn."""

    loads: list[Load] = field(default_factory=list)
    exports: list[Exported] = field(default_factory=list)
    other_cores: list[float] = field(default_factory=list)
    """Cores that work of others used, in each turn."""

    @property
    def load(self) -> Load:
        """All of them as one."""
        return pooled(self.loads)

    @property
    def records(self) -> int:
        """Journal records that were exported."""
        return sum(export.records for export in self.exports)

    @property
    def records_per_second(self) -> float:
        """Of the exports."""
        return self.records / sum(export.seconds for export in self.exports)


@dataclass(frozen=True, slots=True)
class ExportBench:
    """Against what the turns are made, how long each lasts, and how often. `own_pids`: what takes part."""

    suite: Suite
    own_pids: Sequence[int]
    accounts: Sequence[MeasuredAccount]
    warm_up_seconds: float
    seconds: float
    turns: int

    async def measure(self) -> list[Figure]:
        """Saturated and at a fixed rate, alone and beside exports; then exports with nothing beside."""
        saturated = await self._in_turns((None, FULL_SPEED, FOLLOWING, WITHOUT_HEED), None)
        rate = saturated[None].load.rate * FIXED_RATE_PART
        fixed = await self._in_turns((None, FULL_SPEED), rate)
        idle = {export: await self._idle(export) for export in (FULL_SPEED, WITHOUT_HEED)}
        others = [cores for seen in (*saturated.values(), *fixed.values()) for cores in seen.other_cores]
        return [
            *_saturated_figures(saturated),
            *_fixed_figures(fixed),
            *_idle_figures(idle),
            Figure("export.other_cores", mean(others), "cores", len(others)),
        ]

    async def _in_turns(
        self, exports: Sequence[Export | None], rate: float | None
    ) -> dict[Export | None, Seen]:
        seen = {export: Seen() for export in exports}
        for _ in range(self.turns):
            for export in exports:
                await self._at_rest()
                if export is None:
                    await self._updates(rate, seen[export], self.own_pids)
                    continue
                async with exporting(self.suite, export.mode, export.pace) as exported:
                    await self._updates(rate, seen[export], [*self.own_pids, exported.pid])
                seen[export].exports.append(exported)
        return seen

    async def _updates(self, rate: float | None, seen: Seen, own_pids: Sequence[int]) -> None:
        address, pid = self.suite.addresses.charging, self.suite.pid(CHARGING)
        with other_work(own_pids) as others:
            measured = await measure_updates(
                address, pid, self.accounts, self.warm_up_seconds, self.seconds, rate
            )
        seen.loads.append(measured.load)
        seen.other_cores.append(others.cores)

    async def _at_rest(self) -> None:
        """Waits, not for ever, for what follows a load and is behind: the next turn would pay for it."""
        for _ in range(_LOOKS_FOR_REST):
            with ExitStack() as stack:
                shares = [stack.enter_context(cpu_share(pid)) for pid in self.own_pids]
                await asyncio.sleep(_LOOK_SECONDS)
            if sum(share.cores for share in shares) < _AT_REST_CORES:
                return

    async def _idle(self, export: Export) -> Exported:
        await self._at_rest()
        async with exporting(self.suite, export.mode, export.pace) as exported:
            await asyncio.sleep(self.warm_up_seconds + self.seconds)
        return exported


def _saturated_figures(seen: dict[Export | None, Seen]) -> list[Figure]:
    alone = seen[None].load.rate
    again, follow, full = seen[FULL_SPEED], seen[FOLLOWING], seen[WITHOUT_HEED]
    return [
        Figure("export.rate_ratio", again.load.rate / alone, "ratio", _calls(again)),
        Figure("export.follow_rate_ratio", follow.load.rate / alone, "ratio", _calls(follow)),
        Figure("export.full_pace_rate_ratio", full.load.rate / alone, "ratio", _calls(full)),
        Figure("export.records_per_second", again.records_per_second, "1/s", again.records),
        Figure("export.follow_records_per_second", follow.records_per_second, "1/s", follow.records),
        Figure("export.full_pace_records_per_second", full.records_per_second, "1/s", full.records),
        Figure("export.cores", _mean_cores(again), "cores", len(again.exports)),
        Figure("export.follow_cores", _mean_cores(follow), "cores", len(follow.exports)),
    ]


def _fixed_figures(seen: dict[Export | None, Seen]) -> list[Figure]:
    alone, beside = seen[None].load, seen[FULL_SPEED].load
    calls = len(beside.latencies_seconds)
    slower = _p99(beside) / _p99(alone)
    records = seen[FULL_SPEED].records
    return [
        Figure("export.fixed_rate_p99_ratio", slower, "ratio", calls),
        Figure("export.fixed_rate_ratio", beside.rate / alone.rate, "ratio", calls),
        Figure("export.fixed_rate_p99_ms", _p99(beside) * 1_000, "ms", calls),
        Figure("export.fixed_rate_records_per_second", seen[FULL_SPEED].records_per_second, "1/s", records),
    ]


def _idle_figures(idle: dict[Export, Exported]) -> list[Figure]:
    gentle, full = idle[FULL_SPEED], idle[WITHOUT_HEED]
    speeds = [exported.records / exported.seconds for exported in (gentle, full)]
    return [
        Figure("export.idle_records_per_second", speeds[0], "1/s", gentle.records),
        Figure("export.idle_pace_ratio", speeds[0] / speeds[1], "ratio", gentle.records),
    ]


def _calls(seen: Seen) -> int:
    return len(seen.load.latencies_seconds)


def _p99(load: Load) -> float:
    return percentile(load.latencies_seconds, 99)


def _mean_cores(seen: Seen) -> float:
    return mean(export.cores for export in seen.exports)
