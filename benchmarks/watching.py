"""What watching costs in the whole suite: from a charge to a stream, and the memory of ten thousand.

Charging, NATS and notification are processes of their own, as `tidemark up` starts them; watchers are
others, gRPC and server-sent events. Each account that is watched is charged once, so that the next balance
on its stream is that of this charge.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.figures import Figure, percentile
from benchmarks.load import close_channels, open_channels
from benchmarks.processor import cpu_share, other_work, resident_bytes
from benchmarks.watched import Watched, charge_once, open_watched, release
from benchmarks.watchers import GRPC, SSE, Arrival
from services.cli.suite import MEMBER_NAMES, Suite
from services.cli.supervision.folder import state_of
from services.cli.supervision.plan import NOTIFICATION, NOTIFICATION_HTTP, address_of
from services.cli.tokens import operator_token

_CONNECTIONS = 8
_SETTLE_SECONDS = 20.0
_POLL_SECONDS = 0.3
_MICROS_PER_MILLISECOND = 1_000
_SSE_SHARE = 10
"""One in so many watchers of balances reads server-sent events."""
_PROCESSES = {"grpc": (GRPC, GRPC), "sse": (SSE, SSE), "mixed": (GRPC, SSE)}
"""Of whom ten thousand streams are, by the name of their figures."""


class WatchingFailedError(RuntimeError):
    """Watchers have ended early, or balances did not arrive."""


@dataclass(frozen=True, slots=True)
class WatchingPace:
    """How many watch while charges are made, how many charges a second, and of how many streams memory is."""

    watchers: int = 1_000
    rate: float = 50.0
    streams: int = 10_000
    kinds: Sequence[str] = tuple(_PROCESSES)


def measure_watching(folder: Path, pace: WatchingPace) -> list[Figure]:
    """A fresh suite in `folder`. Raises WatchingFailedError, SuiteError, AioRpcError, TimeoutError."""
    shutil.rmtree(folder, ignore_errors=True)
    with Suite.start(folder, port_base=0) as suite:
        figures = uvloop.run(_measured(suite, pace))
    shutil.rmtree(folder)
    return figures


async def _measured(suite: Suite, pace: WatchingPace) -> list[Figure]:
    channels = open_channels(suite.addresses.charging, _CONNECTIONS)
    try:
        watched = await open_watched(suite, channels, pace.watchers)
        figures = await _balance_figures(suite, watched, pace.rate)
        await release(watched)
    finally:
        await close_channels(channels)
    for name in pace.kinds:
        # Memory that streams have had once is not given back, and would be missing in the difference. Started
        # anew, the process has its intent model already, as one that serves customers has.
        await asyncio.to_thread(suite.restart, NOTIFICATION)
        figures += await _memory_figures(suite, name, _PROCESSES[name], watched, pace.streams)
    return figures


async def _balance_figures(suite: Suite, watched: Sequence[Watched], rate: float) -> list[Figure]:
    numbers = range(len(watched))
    shares = {
        GRPC: [number for number in numbers if number % _SSE_SHARE],
        SSE: [number for number in numbers if not number % _SSE_SHARE],
    }
    wanted = [(kind, [watched[number].subscriber_id for number in some]) for kind, some in shares.items()]
    after_charge: dict[str, list[float]] = {}
    after_decision: list[float] = []
    async with _watching(suite, wanted) as groups:
        own = [os.getpid(), *(suite.pid(name) for name in MEMBER_NAMES), *(group.pid for group in groups)]
        with cpu_share(suite.pid(NOTIFICATION)) as used, other_work(own) as others:
            acknowledged = await charge_once(watched, rate)
        for group, (kind, some) in zip(groups, shares.items(), strict=True):
            arrived = await _all_arrived(group, len(some))
            after_charge[kind] = [_milliseconds(at - acknowledged[some[place]]) for place, at, _ in arrived]
            after_decision += [_milliseconds(at - decided) for _, at, decided in arrived]
    return [
        *_percentiles("watch.balance", [one for some in after_charge.values() for one in some]),
        *(
            figure
            for kind, some in after_charge.items()
            for figure in _percentiles(f"watch.balance.{kind}", some)
        ),
        *_percentiles("watch.balance.after_decision", after_decision),
        Figure("watch.balance.cores", used.cores, "cores", len(watched)),
        Figure("watch.balance.other_cores", others.cores, "cores", 1),
    ]


async def _memory_figures(
    suite: Suite, name: str, kinds: Sequence[str], watched: Sequence[Watched], streams: int
) -> list[Figure]:
    pid, each = suite.pid(NOTIFICATION), streams // len(kinds)
    empty = resident_bytes(pid)
    subscribers = [watched[number % len(watched)].subscriber_id for number in range(each)]
    async with _watching(suite, [(kind, subscribers) for kind in kinds]):
        full, count = resident_bytes(pid), each * len(kinds)
    return [
        Figure(f"watch.streams.{name}.rss_bytes", full, "bytes", count),
        Figure(f"watch.streams.{name}.rss_each_bytes", (full - empty) / count, "bytes", count),
    ]


def _milliseconds(micros: int) -> float:
    return micros / _MICROS_PER_MILLISECOND


def _percentiles(name: str, milliseconds: Sequence[float]) -> list[Figure]:
    return [
        Figure(f"{name}.p{percent}_ms", percentile(milliseconds, percent), "ms", len(milliseconds))
        for percent in (50, 99)
    ]


class _Group:
    """A process of watchers: one line there, one line back."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._input, self._output = process.stdin, process.stdout
        self.pid = process.pid

    async def open(self, asked: Mapping[str, object]) -> None:
        """Returns once all streams are served. Raises WatchingFailedError."""
        await self._answer(json.dumps(asked))

    async def arrived(self) -> list[Arrival]:
        """Balances that came since. Raises WatchingFailedError."""
        return [tuple(one) for one in (await self._answer("arrived"))["arrived"]]

    async def _answer(self, line: str) -> dict[str, Any]:
        print(line, file=self._input, flush=True)
        said = await asyncio.to_thread(self._output.readline)
        if not said:
            raise WatchingFailedError("watchers have ended before their streams were read")
        answer: dict[str, Any] = json.loads(said)
        return answer


@asynccontextmanager
async def _watching(suite: Suite, shares: Sequence[tuple[str, Sequence[str]]]) -> AsyncIterator[list[_Group]]:
    """A process of watchers for each share (kind, subscribers); all have seen what streams begin with."""
    state = state_of(suite.data_dir)
    if state is None:
        raise WatchingFailedError(f"the suite in {suite.data_dir} has gone")
    addresses = {GRPC: address_of(state.ports, NOTIFICATION), SSE: address_of(state.ports, NOTIFICATION_HTTP)}
    token = await asyncio.to_thread(operator_token, suite.data_dir)
    with contextlib.ExitStack() as stack:
        groups = [_Group(stack.enter_context(_process())) for _ in shares]
        async with asyncio.TaskGroup() as opening:
            for group, (kind, subscribers) in zip(groups, shares, strict=True):
                asked = {"kind": kind, "address": addresses[kind], "token": token, "subscribers": subscribers}
                opening.create_task(group.open(asked))
        for group, (_, subscribers) in zip(groups, shares, strict=True):
            await _all_arrived(group, len(subscribers))
        yield groups


@contextmanager
def _process() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "benchmarks.watchers"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()


async def _all_arrived(group: _Group, count: int) -> list[Arrival]:
    """The first balance of each stream, once all streams have one. Raises WatchingFailedError."""
    found: dict[int, Arrival] = {}
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        for arrival in await group.arrived():
            found.setdefault(arrival[0], arrival)
        if len(found) == count:
            return list(found.values())
        if time.monotonic() > deadline:
            raise WatchingFailedError(f"balances of {len(found)} watchers arrived, of {count}")
        await asyncio.sleep(_POLL_SECONDS)


def main() -> int:
    """Measures that alone and prints it."""
    for figure in measure_watching(Path(sys.argv[1]), WatchingPace()):
        print(f"{figure.name:36} {figure.value:16.3f} {figure.unit:6} n={figure.n}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
