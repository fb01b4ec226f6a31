"""One run of every measurement, in the order that makes them comparable."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from benchmarks.audit import differences
from benchmarks.charging import (
    account_sums,
    chain_fault,
    journal_status,
    measure_updates,
    provision_when_priced,
    publish_catalog,
)
from benchmarks.disk import fsync_latencies
from benchmarks.element import MeasuredAccount
from benchmarks.export import ExportBench
from benchmarks.figures import Figure, percentile
from benchmarks.freshness import FreshnessPace, measure_freshness
from benchmarks.outcome import Outcome
from benchmarks.processor import other_work, resident_bytes
from services.cli.suite import CHARGING, MEMBER_NAMES, Suite

IN_FLIGHT = 128
EXPORT_LEVEL = 16
_FSYNCS = 400
# How often the suite asks whether a service is up: a replay shorter than this cannot be told from none.
_RESOLUTION_SECONDS = 0.03


@dataclass(frozen=True, slots=True)
class Pace:
    """How long each load runs, before the clock starts and on the clock, and how often the two take turns.

    Short turns: what disturbs the machine for a while then falls on both.
    """

    warm_up_seconds: float = 0.3
    seconds: float = 2.0
    turns: int = 3
    freshness: FreshnessPace = field(default_factory=FreshnessPace)


async def measure(suite: Suite, in_flight: int, pace: Pace, on_progress: Callable[[str], None]) -> Outcome:
    """What is measured of the whole suite, on a fresh one, with so many Updates in flight at most."""
    outcome = Outcome()
    outcome.figures.append(_fsync_figure(suite.data_dir))
    accounts = await _priced_accounts(suite, in_flight)
    empty_seconds = await asyncio.to_thread(_crash_and_restart, suite)
    on_progress(f"{len(accounts)} in flight: durable Updates, for the journal to be of some length")
    with other_work(_own_pids(suite)) as others:
        for _ in range(pace.turns):
            await measure_updates(
                suite.addresses.charging, suite.pid(CHARGING), accounts, pace.warm_up_seconds, pace.seconds
            )
    outcome.figures.append(Figure("machine.other_cores", others.cores, "cores", 1))
    outcome.figures.append(Figure("charging.rss_bytes", resident_bytes(suite.pid(CHARGING)), "bytes", 1))
    outcome.figures += await _measure_export(suite, accounts[:EXPORT_LEVEL], pace, on_progress)
    on_progress("from usage to a recommendation that has seen it, alone and beside Updates")
    outcome.figures += await measure_freshness(suite, accounts[:EXPORT_LEVEL], pace.freshness)
    on_progress("kill -9, restart, replay")
    outcome.figures += await _measure_replay(suite, empty_seconds)
    on_progress("audit")
    await _audit(suite, accounts, outcome)
    return outcome


async def measure_freshness_only(suite: Suite, on_progress: Callable[[str], None]) -> Outcome:
    """From usage to recommendations, and the audit, without the rest."""
    outcome = Outcome()
    accounts = await _priced_accounts(suite, EXPORT_LEVEL)
    on_progress("from usage to a recommendation that has seen it, alone and beside Updates")
    outcome.figures += await measure_freshness(suite, accounts, Pace().freshness)
    on_progress("audit")
    await _audit(suite, accounts, outcome)
    return outcome


async def measure_export_only(suite: Suite, pace: Pace, on_progress: Callable[[str], None]) -> Outcome:
    """The figures of the export, and the audit, without the rest."""
    outcome = Outcome()
    accounts = await _priced_accounts(suite, EXPORT_LEVEL)
    outcome.figures += await _measure_export(suite, accounts, pace, on_progress)
    on_progress("audit")
    await _audit(suite, accounts, outcome)
    return outcome


async def _priced_accounts(suite: Suite, count: int) -> list[MeasuredAccount]:
    accounts = [MeasuredAccount(number) for number in range(count)]
    await publish_catalog(suite.addresses.catalog)
    async with grpc.aio.insecure_channel(suite.addresses.charging) as channel:
        await provision_when_priced(channel, accounts)
    return accounts


async def _measure_export(
    suite: Suite, accounts: Sequence[MeasuredAccount], pace: Pace, on_progress: Callable[[str], None]
) -> list[Figure]:
    on_progress(f"{len(accounts)} in flight and at a fixed rate: alone, and beside exports of records")
    bench = ExportBench(suite, _own_pids(suite), accounts, pace.warm_up_seconds, pace.seconds, pace.turns)
    return await bench.measure()


async def _measure_replay(suite: Suite, empty_seconds: float) -> list[Figure]:
    async with grpc.aio.insecure_channel(suite.addresses.charging) as channel:
        status = await journal_status(channel)
    records = status.head_sequence - status.snapshot_sequence
    seconds = await asyncio.to_thread(_crash_and_restart, suite)
    replaying = max(seconds - empty_seconds, _RESOLUTION_SECONDS)
    return [
        Figure("restart.seconds", seconds, "s", 1),
        Figure("replay.records_per_second", records / replaying, "1/s", records),
    ]


def _own_pids(suite: Suite) -> list[int]:
    return [os.getpid(), *(suite.pid(member) for member in MEMBER_NAMES)]


def _crash_and_restart(suite: Suite) -> float:
    """Seconds from the start of the process after a kill -9 until it serves."""
    suite.kill(CHARGING)
    begun = time.perf_counter()
    suite.launch(CHARGING)
    suite.wait_healthy(CHARGING)
    return time.perf_counter() - begun


async def _audit(suite: Suite, accounts: Sequence[MeasuredAccount], outcome: Outcome) -> None:
    async with grpc.aio.insecure_channel(suite.addresses.charging) as channel:
        sums = [await account_sums(channel, account) for account in accounts]
        fault = await chain_fault(channel)
    outcome.faults = differences(sums) + ([fault] if fault else [])
    outcome.figures.append(Figure("audit.differences", len(outcome.faults), "count", len(accounts)))


def _fsync_figure(folder: Path) -> Figure:
    latencies = fsync_latencies(folder, _FSYNCS)
    return Figure("fsync.p50_ms", percentile(latencies, 50) * 1000, "ms", len(latencies))
