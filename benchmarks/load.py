"""A closed loop: so many callers, each making its next call when the last one is answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import grpc

from benchmarks.figures import Load

Call = Callable[[], Awaitable[None]]
CONNECTIONS = 8
# Every call carries one, no-op and Update alike: a deadline costs both sides a timer.
DEADLINE_SECONDS = 10

_OPTIONS = [
    # Without this, channels to one address share one connection.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_retries", 0),
]


def open_channels(address: str, in_flight: int) -> list[grpc.aio.Channel]:
    """As many connections as callers, eight at most: what a handful of network elements would hold."""
    count = min(in_flight, CONNECTIONS)
    return [grpc.aio.insecure_channel(address, options=_OPTIONS) for _ in range(count)]


async def close_channels(channels: Sequence[grpc.aio.Channel]) -> None:
    """Closes every connection."""
    await asyncio.gather(*(channel.close(None) for channel in channels))


def octets_call(channel: grpc.aio.Channel, method: str) -> Callable[..., Awaitable[bytes]]:
    """A unary call that takes and gives octets: no decoding while the clock runs."""
    call: Callable[..., Awaitable[bytes]] = channel.unary_unary(
        method, request_serializer=None, response_deserializer=None
    )
    return call


async def closed_loop(calls: Sequence[Call], seconds: float) -> Load:
    """Keeps `len(calls)` calls in flight for so long, then lets the last ones end.

    The first failing call ends the loop with its own error: a load with
    failures in it measures nothing.
    """
    latencies: list[float] = []
    begun = time.perf_counter()
    deadline = begun + seconds

    async def caller(call: Call) -> None:
        while (sent := time.perf_counter()) < deadline:
            await call()
            latencies.append(time.perf_counter() - sent)

    try:
        async with asyncio.TaskGroup() as callers:
            for call in calls:
                callers.create_task(caller(call))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return Load(len(calls), latencies, time.perf_counter() - begun)
