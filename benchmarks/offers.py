"""What deciding takes: fifty eligible offers, two hundred recommendations a second, each durable."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvloop
from tidemark.offers.v1 import offer_api_pb2 as api

from benchmarks.figures import Figure, Load, percentile
from benchmarks.load import DEADLINE_SECONDS, Call, close_channels, octets_call, open_channels
from benchmarks.offer_policies import CHANNEL, PLACEMENT
from benchmarks.open_loop import open_loop

RATE = 200.0
SECONDS = 25.0
CUSTOMERS = 2_000
"""Each is asked about once before the clock runs: what is measured is a service that knows them."""
_CALLERS = 64
_METHOD = "/tidemark.offers.v1.OfferService/Recommend"
_MILLISECONDS = 1_000
# As the suite starts the service: threads of linear algebra would take the cores from deciding.
_ONE_BLAS_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class OffersFailedError(RuntimeError):
    """The server has ended early, or with decisions missing."""


def measure_offers(folder: Path, seconds: float = SECONDS, rate: float = RATE) -> list[Figure]:
    """Asks a fresh server on SQLite in `folder` at a fixed rate. Raises OffersFailedError, AioRpcError."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "benchmarks.recommending", str(folder), str(CUSTOMERS)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **_ONE_BLAS_THREAD},
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        address = _said(server.stdout.readline())["address"]
        warm, load = uvloop.run(_load(address, seconds, rate))
        server.stdin.close()
        said = _said(server.stdout.readline())
    shutil.rmtree(folder)
    calls = len(load.latencies_seconds)
    if said["decisions"] != warm + calls:
        raise OffersFailedError(f"{said['decisions']} decisions are stored of {warm + calls}")
    return _figures(load, said["seconds"][warm:], said, warm)


async def _load(address: str, seconds: float, rate: float) -> tuple[int, Load]:
    """How many calls warmed the server up, and the load proper."""
    channels = open_channels(address, _CALLERS)
    calls = [_caller(octets_call(channels[n % len(channels)], _METHOD), n) for n in range(_CALLERS)]
    try:
        warm = await open_loop(calls, CUSTOMERS / rate, rate)
        return len(warm.latencies_seconds), await open_loop(calls, seconds, rate)
    finally:
        await close_channels(channels)


def _caller(method: Callable[..., Any], number: int) -> Call:
    turn = number

    async def call() -> None:
        nonlocal turn
        request = api.RecommendRequest(
            subscriber_id=f"subscriber-{turn % CUSTOMERS:06}", placement=PLACEMENT, channel=CHANNEL
        )
        turn += _CALLERS
        answer = await method(request.SerializeToString(), timeout=DEADLINE_SECONDS)
        if len(api.RecommendResponse.FromString(answer).offers) != 1:
            raise OffersFailedError("a customer whom every offer fits was shown none")

    return call


def _figures(load: Load, inside: list[float], said: dict[str, Any], warm: int) -> list[Figure]:
    calls = len(load.latencies_seconds)
    total = calls + warm

    def milliseconds(name: str, values: list[float], percent: int) -> Figure:
        value = percentile(values, percent) * _MILLISECONDS
        return Figure(f"offers.recommend.{name}p{percent}_ms", value, "ms", len(values))

    outside = list(load.latencies_seconds)
    return [
        milliseconds("", inside, 50),
        milliseconds("", inside, 99),
        milliseconds("client_", outside, 50),
        milliseconds("client_", outside, 99),
        Figure("offers.decisions.rate", load.rate, "1/s", calls),
        Figure("offers.decisions.cpu_ms", said["cpu_seconds"] / total * _MILLISECONDS, "ms", total),
        Figure("offers.rss_bytes", said["rss_bytes"], "bytes", CUSTOMERS),
    ]


def _said(line: str) -> dict[str, Any]:
    if not line:
        raise OffersFailedError("the server has ended without its figures")
    said: dict[str, Any] = json.loads(line)
    return said


def main() -> int:
    """Measures that alone and prints it."""
    for figure in measure_offers(Path(sys.argv[1])):
        print(f"{figure.name:32} {figure.value:12.3f} {figure.unit:6} n={figure.n}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
