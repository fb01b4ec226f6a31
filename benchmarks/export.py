"""What an export of records costs charging: Updates beside it and alone, in turns."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import mean, median

from benchmarks.charging import measure_updates
from benchmarks.element import MeasuredAccount
from benchmarks.exporter import AGAIN, FOLLOW
from benchmarks.exporting import Exported, exporting
from benchmarks.figures import Figure, Load, percentile
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
    """Loads and exports of the same kind, one of each turn.

    Of turns the median counts, not all calls together: where charging itself stands still for a moment,
    as for a snapshot, that would decide the tail of all turns.
    """

    loads: list[Load] = field(default_factory=list)
    exports: list[Exported] = field(default_factory=list)
    other_cores: list[float] = field(default_factory=list)
    """Cores that work of others used, in each turn."""

    @property
    def calls(self) -> int:
        """Updates, of all turns."""
        return sum(len(load.latencies_seconds) for load in self.loads)

    @property
    def rate(self) -> float:
        """Updates per second."""
        return median(load.rate for load in self.loads)

    @property
    def p99_seconds(self) -> float:
        """Of the Updates."""
        return median(percentile(load.latencies_seconds, 99) for load in self.loads)

    @property
    def cores(self) -> float:
        """Of the exports."""
        return mean(export.cores for export in self.exports)

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
        rate = saturated[None].rate * FIXED_RATE_PART
        fixed = await self._in_turns((None, FULL_SPEED, WITHOUT_HEED), rate)
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
    alone = seen[None].rate
    again, follow, full = seen[FULL_SPEED], seen[FOLLOWING], seen[WITHOUT_HEED]
    return [
        Figure("export.rate_ratio", again.rate / alone, "ratio", again.calls),
        Figure("export.follow_rate_ratio", follow.rate / alone, "ratio", follow.calls),
        Figure("export.full_pace_rate_ratio", full.rate / alone, "ratio", full.calls),
        Figure("export.records_per_second", again.records_per_second, "1/s", again.records),
        Figure("export.follow_records_per_second", follow.records_per_second, "1/s", follow.records),
        Figure("export.full_pace_records_per_second", full.records_per_second, "1/s", full.records),
        Figure("export.cores", again.cores, "cores", len(again.exports)),
        Figure("export.follow_cores", follow.cores, "cores", len(follow.exports)),
        Figure("export.full_pace_cores", full.cores, "cores", len(full.exports)),
    ]


def _fixed_figures(seen: dict[Export | None, Seen]) -> list[Figure]:
    alone, again, full = seen[None], seen[FULL_SPEED], seen[WITHOUT_HEED]
    slower = [beside.p99_seconds / alone.p99_seconds for beside in (again, full)]
    records = again.records
    return [
        Figure("export.fixed_rate_ratio", again.rate / alone.rate, "ratio", again.calls),
        Figure("export.fixed_rate_p99_ratio", slower[0], "ratio", again.calls),
        Figure("export.full_pace_fixed_rate_p99_ratio", slower[1], "ratio", full.calls),
        Figure("export.fixed_rate_p99_ms", again.p99_seconds * 1_000, "ms", again.calls),
        Figure("export.fixed_rate_records_per_second", again.records_per_second, "1/s", records),
    ]


def _idle_figures(idle: dict[Export, Exported]) -> list[Figure]:
    gentle, full = idle[FULL_SPEED], idle[WITHOUT_HEED]
    speeds = [exported.records / exported.seconds for exported in (gentle, full)]
    return [
        Figure("export.idle_records_per_second", speeds[0], "1/s", gentle.records),
        Figure("export.idle_pace_ratio", speeds[0] / speeds[1], "ratio", gentle.records),
    ]
