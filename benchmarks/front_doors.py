"""Both front doors side by side: a call that does nothing, durable Updates one by one, and in batches.

Two suites of charging, catalog and NATS alone, one behind each door: followers would work on while the other
door is measured. Everything is loaded by the same caller ([`h2_load`](h2_load.py)), in turns of one run.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

import grpc
import uvloop
from tidemark.charging.v1 import charging_api_pb2

from benchmarks import h2_load
from benchmarks.audit import differences
from benchmarks.charging import account_sums, chain_fault, provision_when_priced, publish_catalog
from benchmarks.element import (
    UPDATE_METHOD,
    MeasuredAccount,
    UpdateCall,
    WrongAnswerError,
    open_session,
    release_session,
    update_request,
)
from benchmarks.figures import Figure, Load, load_figures, pooled
from benchmarks.noop import EchoServer, echo_server, measure_noop
from benchmarks.outcome import Outcome
from benchmarks.processor import cpu_share, other_work, serving_pid
from services.cli.suite import CHARGING, Suite
from services.cli.supervision.plan import NOTIFICATION, OFFERS, PARTNER_SETTLEMENT
from tests.support.suite import without

DOORS = ("grpcio", "envoy")
LEVELS = (1, 16, 128, 512)
MAIN_LEVEL = 128
"""Where both doors have all they can do, and nobody waits for seconds."""
BATCH_METHOD = "/tidemark.charging.v1.ChargingService/ChargeBatch"
BATCH_SIZE = 100
BATCHES_IN_FLIGHT = 4


@dataclass(frozen=True, slots=True)
class DoorsPace:
    """How long each load runs, before the clock starts and on the clock, and how often they take turns."""

    levels: Sequence[int] = LEVELS
    warm_up_seconds: float = 0.3
    seconds: float = 2.0
    turns: int = 3
    batches_in_flight: int = BATCHES_IN_FLIGHT


@dataclass(slots=True)
class _Door:
    """One front door: a yardstick and charging behind it, and what was measured so far."""

    name: str
    echo: EchoServer
    suite: Suite
    accounts: list[MeasuredAccount] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Of charging."""
        return self.suite.addresses.charging

    @property
    def pid(self) -> int:
        """Of charging."""
        return serving_pid(self.suite.pid(CHARGING))


@dataclass(frozen=True, slots=True)
class _Measured:
    """A load, and the cores that charging and its caller used meanwhile."""

    load: Load
    server_cores: float
    client_cores: float


def measure_front_doors(folder: Path, pace: DoorsPace, on_progress: Callable[[str], None]) -> Outcome:
    """Everything, and the audit of both suites.

    Raises SuiteError, WrongAnswerError, CallFailedError, AioRpcError, TimeoutError.
    """
    shutil.rmtree(folder, ignore_errors=True)
    with ExitStack() as stack:
        echoes = [stack.enter_context(echo_server(name)) for name in DOORS]
        suites = [stack.enter_context(_suite(folder, name)) for name in DOORS]
        doors = [_Door(*parts) for parts in zip(DOORS, echoes, suites, strict=True)]
        pids = [door.echo.pid for door in doors] + [door.pid for door in doors] + [os.getpid()]
        with other_work(pids) as others:
            outcome = uvloop.run(_measure(doors, pace, on_progress))
        outcome.figures.append(Figure("front_doors.other_cores", others.cores, "cores", 1))
    shutil.rmtree(folder, ignore_errors=True)
    return outcome


@contextmanager
def _suite(folder: Path, front_door: str) -> Iterator[Suite]:
    environment = {**os.environ, "TIDEMARK_CHARGING_FRONT_DOOR": front_door}
    alone = without(PARTNER_SETTLEMENT, OFFERS, NOTIFICATION)
    with Suite.start(folder / front_door, port_base=0, environment=environment, commands=alone) as suite:
        yield suite


async def _measure(doors: Sequence[_Door], pace: DoorsPace, on_progress: Callable[[str], None]) -> Outcome:
    outcome = Outcome()
    in_a_batch = pace.batches_in_flight * BATCH_SIZE
    for door in doors:
        await _provision(door, max(*pace.levels, in_a_batch))
    for level in pace.levels:
        on_progress(f"{level} in flight behind {' and '.join(DOORS)}: no-op, then durable Updates")
        outcome.figures += await _measure_level(doors, level, pace)
    on_progress(f"{pace.batches_in_flight} batches of {BATCH_SIZE} in flight behind {DOORS[-1]}")
    outcome.figures += await _measure_batches(doors[-1], pace)
    for door in doors:
        outcome.faults += await _faults(door)
    figures = Figure("front_doors.differences", len(outcome.faults), "count", len(doors[0].accounts))
    outcome.figures.append(figures)
    return outcome


async def _provision(door: _Door, count: int) -> None:
    door.accounts = [MeasuredAccount(number) for number in range(count)]
    await publish_catalog(door.suite.addresses.catalog)
    async with grpc.aio.insecure_channel(door.address) as channel:
        await provision_when_priced(channel, door.accounts)


async def _measure_level(doors: Sequence[_Door], level: int, pace: DoorsPace) -> list[Figure]:
    body = update_request(doors[0].accounts[0], "0-0-0", 1).SerializeToString()
    noops: dict[str, list[Load]] = {door.name: [] for door in doors}
    updates: dict[str, list[_Measured]] = {door.name: [] for door in doors}
    for _ in range(pace.turns):
        for door in doors:
            noop = await measure_noop(door.echo.address, body, level, pace.warm_up_seconds, pace.seconds)
            noops[door.name].append(noop)
        for door in doors:
            updates[door.name].append(await _updates(door, level, pace))
    figures: list[Figure] = []
    for name, loads in noops.items():
        noop = pooled(loads)
        names = [f"noop.{name}.rate.{level}"] + ([f"noop.{name}.rate"] if level == MAIN_LEVEL else [])
        figures += [Figure(each, noop.rate, "1/s", len(noop.latencies_seconds)) for each in names]
    for name, measured in updates.items():
        load = pooled([one.load for one in measured])
        figures += load_figures(f"update.{name}", load)
        calls = len(load.latencies_seconds)
        for side in ("server_cores", "client_cores"):
            cores = mean(getattr(one, side) for one in measured)
            figures.append(Figure(f"update.{name}.{side}.{level}", cores, "cores", calls))
        for yardstick, loads in noops.items():
            ratio = load.rate / pooled(loads).rate
            figures.append(Figure(f"update.{name}_to_noop.{yardstick}.ratio.{level}", ratio, "ratio", calls))
    return figures


async def _updates(door: _Door, level: int, pace: DoorsPace) -> _Measured:
    async def load(calls: Sequence[UpdateCall], seconds: float) -> Load:
        return await h2_load.closed_loop(door.address, UPDATE_METHOD, calls, seconds)

    return await _in_sessions(door, level, pace, load)


async def _measure_batches(door: _Door, pace: DoorsPace) -> list[Figure]:
    async def load(calls: Sequence[UpdateCall], seconds: float) -> Load:
        batches = [
            _BatchCaller(calls[begin : begin + BATCH_SIZE]) for begin in range(0, len(calls), BATCH_SIZE)
        ]
        return await h2_load.closed_loop(door.address, BATCH_METHOD, batches, seconds)

    measured = [
        await _in_sessions(door, pace.batches_in_flight * BATCH_SIZE, pace, load) for _ in range(pace.turns)
    ]
    batches = pooled([one.load for one in measured])
    count = len(batches.latencies_seconds)
    cores = mean(one.server_cores for one in measured)
    return [
        Figure(f"batch{BATCH_SIZE}.{door.name}.rate", batches.rate * BATCH_SIZE, "1/s", count * BATCH_SIZE),
        Figure(f"batch{BATCH_SIZE}.{door.name}.server_cores", cores, "cores", count),
    ]


async def _in_sessions(
    door: _Door,
    count: int,
    pace: DoorsPace,
    load: Callable[[Sequence[UpdateCall], float], Awaitable[Load]],
) -> _Measured:
    """A load over sessions that are opened for it and released after it. Answers are checked then."""
    async with grpc.aio.insecure_channel(door.address) as channel:
        purpose = f"{count}-{os.urandom(6).hex()}"
        calls = [await open_session(channel, account, purpose) for account in door.accounts[:count]]
        await load(calls, pace.warm_up_seconds)
        with cpu_share(door.pid) as server, cpu_share(os.getpid()) as client:
            measured = await load(calls, pace.seconds)
        for call in calls:
            await release_session(call)
            call.check_answers()
    return _Measured(measured, server.cores, client.cores)


async def _faults(door: _Door) -> list[str]:
    async with grpc.aio.insecure_channel(door.address) as channel:
        sums = [await account_sums(channel, account) for account in door.accounts]
        fault = await chain_fault(channel)
    return [f"behind {door.name}: {words}" for words in (*differences(sums), *filter(None, [fault]))]


class _BatchCaller:
    """Fulfils Caller: the next Updates of many sessions in one message."""

    def __init__(self, calls: Sequence[UpdateCall]) -> None:
        self._calls = calls

    def request(self) -> bytes:
        """One Update of each session."""
        batch = charging_api_pb2.ChargeBatchRequest()
        for call in self._calls:
            batch.requests.add().update.CopyFrom(call.next_request())
        return batch.SerializeToString()

    def answered(self, message: bytes) -> None:
        """Each session gets its own answer. Raises WrongAnswerError where one was refused."""
        answers = charging_api_pb2.ChargeBatchResponse.FromString(message).answers
        for call, answer in zip(self._calls, answers, strict=True):
            if answer.WhichOneof("answer") != "update":
                raise WrongAnswerError(f"{call.account.account_id}: {answer.refused.message}")
            call.answered(answer.update.SerializeToString())
