"""Measures the no-op server: what grpcio itself allows on this machine, in this run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import grpc

from benchmarks.echo_server import METHOD
from benchmarks.figures import Load
from benchmarks.load import DEADLINE_SECONDS, Call, close_channels, closed_loop, octets_call, open_channels

_END_SECONDS = 10


@dataclass(frozen=True, slots=True)
class EchoServer:
    """The running no-op server."""

    address: str
    pid: int


@contextmanager
def echo_server() -> Iterator[EchoServer]:
    """Starts the no-op server in a process of its own, and ends it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.echo_server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        if not address:
            raise RuntimeError(f"the no-op server ended at its start (exit code {process.wait()})")
        yield EchoServer(address, process.pid)
    finally:
        process.stdin.close()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


async def measure_noop(
    address: str, body: bytes, in_flight: int, warm_up_seconds: float, seconds: float
) -> Load:
    """Echoes `body`, which should be as long as the request it is compared with."""
    channels = open_channels(address, in_flight)
    try:
        calls = [_echo_call(channels[i % len(channels)], body) for i in range(in_flight)]
        await closed_loop(calls, warm_up_seconds)
        return await closed_loop(calls, seconds)
    finally:
        await close_channels(channels)


def _echo_call(channel: grpc.aio.Channel, body: bytes) -> Call:
    echo = octets_call(channel, METHOD)

    async def call() -> None:
        answer = await echo(body, timeout=DEADLINE_SECONDS)
        if answer != body:
            raise RuntimeError("the no-op server gave back something else")

    return call
