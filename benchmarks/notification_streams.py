"""What streams take: a balance that moves until its watcher has it, and the memory of ten thousand."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import uvloop
from tidemark.notification.v1 import notification_api_pb2 as api

from benchmarks.figures import Figure, percentile

_CHANNELS = 12
_AT_ONCE = 200
_METHOD = "/tidemark.notification.v1.NotificationService/WatchNotifications"
_OPTIONS = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0)]
_MILLISECONDS = 1_000
_MICROS = 1_000_000
_SETTLE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class StreamsPace:
    """How many watch, how long and how often balances move, and of how many streams memory is."""

    watchers: int = 1_000
    streams: int = 10_000
    seconds: float = 10.0
    rate: float = 500.0


class StreamsFailedError(RuntimeError):
    """The server has ended early, or balances did not arrive."""


def measure_notification_streams(folder: Path, pace: StreamsPace) -> list[Figure]:
    """Watches a fresh server in `folder`. Raises StreamsFailedError, AioRpcError."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "benchmarks.streaming", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        server = Server(process)
        figures = uvloop.run(_measured(server, pace))
        assert process.stdin is not None
        process.stdin.close()
    shutil.rmtree(folder)
    return figures


class Server:
    """The serving process: one line there, one line back."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._input, self._output = process.stdin, process.stdout
        self.address = str(self._said()["address"])

    async def tell(self, line: str) -> dict[str, Any]:
        """What it answers."""
        print(line, file=self._input, flush=True)
        return await asyncio.to_thread(self._said)

    def _said(self) -> dict[str, Any]:
        line = self._output.readline()
        if not line:
            raise StreamsFailedError("the server has ended without its figures")
        said: dict[str, Any] = json.loads(line)
        return said


class Watchers:
    """Open streams, and when which octets arrived. They are read once the clock stands."""

    def __init__(self, address: str) -> None:
        self._channels = [grpc.aio.insecure_channel(address, options=_OPTIONS) for _ in range(_CHANNELS)]
        self._methods = [
            channel.unary_stream(_METHOD, request_serializer=None, response_deserializer=None)
            for channel in self._channels
        ]
        self._tasks: list[asyncio.Task[None]] = []
        self.arrived: list[tuple[int, bytes]] = []

    async def open(self, first: int, count: int) -> None:
        """So many more, each of another subscriber, all of them served when it returns."""
        for begin in range(first, first + count, _AT_ONCE):
            numbers = range(begin, min(begin + _AT_ONCE, first + count))
            await asyncio.gather(*(self._open(number) for number in numbers))

    async def close(self) -> None:
        """Closes all connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for channel in self._channels:
            await channel.close(None)

    async def _open(self, number: int) -> None:
        request = api.WatchNotificationsRequest(
            subscriber_id=f"subscriber-{number:06}", with_balance=True, with_conversations=True
        )
        call = self._methods[number % len(self._methods)](request.SerializeToString())
        await call.initial_metadata()
        self._tasks.append(asyncio.ensure_future(self._follow(call)))

    async def _follow(self, call: Any) -> None:
        async for octets in call:
            self.arrived.append((time.time_ns() // 1_000, octets))


async def _measured(server: Server, pace: StreamsPace) -> list[Figure]:
    empty = (await server.tell("memory"))["rss_bytes"]
    open_streams = Watchers(server.address)
    try:
        await open_streams.open(0, pace.watchers)
        said = await server.tell(f"move {pace.watchers} {pace.seconds} {pace.rate}")
        await _arrived(open_streams, said["moves"])
        latencies = [_seconds(at, octets) for at, octets in open_streams.arrived]
        await open_streams.open(pace.watchers, pace.streams - pace.watchers)
        full = await server.tell("memory")
    finally:
        await open_streams.close()
    if full["streams"] != pace.streams:
        raise StreamsFailedError(f"{full['streams']} streams are open of {pace.streams}")
    return _figures(latencies, said, full, empty)


async def _arrived(watching: Watchers, moves: int) -> None:
    """Waits until every account's last move is there. A move that a newer one overtook never arrives."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        before = len(watching.arrived)
        await asyncio.sleep(0.5)
        if len(watching.arrived) in (moves, before):
            break
        if time.monotonic() > deadline:
            raise StreamsFailedError(f"{len(watching.arrived)} balances arrived of {moves}")
    if not watching.arrived:
        raise StreamsFailedError("no balance has arrived")


def _seconds(arrived_micros: int, octets: bytes) -> float:
    at = api.WatchNotificationsResponse.FromString(octets).balance.at
    return (arrived_micros - at.seconds * _MICROS - at.nanos // 1_000) / _MICROS


def _figures(
    latencies: Sequence[float], said: dict[str, Any], full: dict[str, Any], empty: int
) -> list[Figure]:
    count, streams = len(latencies), full["streams"]
    each = (full["rss_bytes"] - empty) / streams
    return [
        Figure("streams.balance.p50_ms", percentile(latencies, 50) * _MILLISECONDS, "ms", count),
        Figure("streams.balance.p99_ms", percentile(latencies, 99) * _MILLISECONDS, "ms", count),
        Figure("streams.balance.arrived_ratio", count / said["moves"], "ratio", said["moves"]),
        Figure("streams.balance.cpu_ms", said["cpu_seconds"] / count * _MILLISECONDS, "ms", count),
        Figure("streams.rss_bytes", full["rss_bytes"], "bytes", streams),
        Figure("streams.rss_each_bytes", each, "bytes", streams),
    ]


def main() -> int:
    """Measures that alone and prints it."""
    for figure in measure_notification_streams(Path(sys.argv[1]), StreamsPace()):
        print(f"{figure.name:32} {figure.value:16.3f} {figure.unit:6} n={figure.n}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
