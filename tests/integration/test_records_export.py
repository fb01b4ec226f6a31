"""Story: charged-usage records are exported while charging works, and while either side is killed."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import grpc
import pytest
from tidemark.charging.v1 import charging_api_pb2, charging_api_pb2_grpc, journal_pb2

from benchmarks.charging import account_sums, journal_status, provision_when_priced, publish_catalog
from benchmarks.element import MeasuredAccount, open_session, release_session, update_request
from services.cli.suite import CHARGING, OFFERS, PARTNER_SETTLEMENT, Suite
from services.common.runtime.bus import Bus
from services.common.runtime.journal_messages import JOURNAL_STREAM
from tests.support.exporter import Exporter
from tests.support.live_charging import journal
from tests.support.suite import without
from tests.support.waiting import eventually

ACCOUNTS = [MeasuredAccount(number) for number in range(4)]
DEADLINE_SECONDS = 60
ROLLING = ("--roll-seconds", "0.2")


@pytest.fixture
async def suite(tmp_path: Path) -> AsyncIterator[Suite]:
    commands = without(PARTNER_SETTLEMENT, OFFERS)
    running = await asyncio.to_thread(Suite.start, tmp_path / "suite", port_base=0, commands=commands)
    try:
        await publish_catalog(running.addresses.catalog)
        yield running
    finally:
        await asyncio.to_thread(running.stop)


@contextlib.asynccontextmanager
async def load(channel: grpc.aio.Channel) -> AsyncIterator[None]:
    """One session for each account, which reports as fast as it is answered, whatever happens to charging."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(_report(channel, account, stop)) for account in ACCOUNTS]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def _report(channel: grpc.aio.Channel, account: MeasuredAccount, stop: asyncio.Event) -> None:
    call = await open_session(channel, account, "export")
    while not stop.is_set():
        call.sequence_number += 1
        await _answered(channel, update_request(account, call.charging_data_ref, call.sequence_number))
    await release_session(call)


async def _answered(
    channel: grpc.aio.Channel, request: charging_api_pb2.UpdateChargingSessionRequest
) -> None:
    """Sends the same request until it is answered; charging may die over it."""
    stub = charging_api_pb2_grpc.ChargingServiceStub(channel)
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            try:
                await stub.UpdateChargingSession(request, timeout=DEADLINE_SECONDS, wait_for_ready=True)
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise
            else:
                return


async def _grows(exporter: Exporter, by: int) -> None:
    """Waits until so many further journal records are exported."""
    wanted = exporter.last_sequence() + by
    await eventually(lambda: exporter.last_sequence() >= wanted, DEADLINE_SECONDS, "the export goes on")


async def _crash(suite: Suite) -> None:
    await asyncio.to_thread(suite.kill, CHARGING)
    await asyncio.to_thread(suite.launch, CHARGING)
    await asyncio.to_thread(suite.wait_healthy, CHARGING)


def _charges(payloads: Sequence[bytes]) -> list[str]:
    """Ids of all usage that the journal charged."""
    return [
        event.usage_charged.charge_id
        for payload in payloads
        for entry in journal_pb2.JournalRecord.FromString(payload).entries
        for event in entry.events
        if event.HasField("usage_charged")
    ]


async def test_nothing_is_missing_or_twice_though_charging_and_the_export_are_killed(
    suite: Suite, tmp_path: Path
) -> None:
    exporter = Exporter(suite.data_dir, tmp_path / "records", *ROLLING)
    try:
        async with grpc.aio.insecure_channel(suite.addresses.charging) as channel:
            await provision_when_priced(channel, ACCOUNTS)
            async with load(channel):
                exporter.start()
                await _grows(exporter, 50)
                await _crash(suite)
                await _grows(exporter, 50)
                await exporter.kill()
                exporter.start()
                await _grows(exporter, 50)
                await exporter.kill()
                await _crash(suite)
                exporter.start()
                await _grows(exporter, 50)
            assert await exporter.terminate() == 0
            await exporter.to_the_head()
            await _assert_complete(exporter, channel)
        await _assert_other_ways_come_to_the_same(suite, exporter, tmp_path)
    finally:
        await exporter.close()


async def _assert_complete(exporter: Exporter, channel: grpc.aio.Channel) -> None:
    """Every charge of the journal once, and for each account what it spent."""
    verified = await exporter.verify()
    head = (await journal_status(channel)).head_sequence
    assert [item["last_sequence"] for item in verified["partitions"]] == [str(head)]
    # What grew is what was listed: a file at least for each time that it was waited for. How many more
    # depends on how often the machine let the export look at its clock.
    assert verified["partitions"][0]["files"] >= 4
    rows = exporter.rows()
    assert [row["charge_id"] for row in rows] == _charges([row.payload for row in await journal(channel)])
    spent: Counter[str] = Counter()
    for row in rows:
        spent[row["account_id"]] += row["amount_minor_micros"]
    for account in ACCOUNTS:
        sums = await account_sums(channel, account)
        assert sums.reserved == 0
        assert 0 < spent[account.account_id] == sums.opening - sums.remaining


async def _assert_other_ways_come_to_the_same(suite: Suite, exporter: Exporter, tmp_path: Path) -> None:
    """From charging alone; and from a bus that has lost all but the last messages, into the other format."""
    alone = Exporter(suite.data_dir, tmp_path / "alone", "--nats", "none")
    await alone.to_the_head()
    rows = exporter.rows()
    assert alone.rows() == rows
    bus = await Bus.open(suite.addresses.nats_url, "test")
    async with asyncio.timeout(10):
        await bus.wait_connected()
    await bus.jetstream.purge_stream(JOURNAL_STREAM, keep=3)
    await bus.close()
    parquet = Exporter(suite.data_dir, tmp_path / "parquet", "--format", "parquet")
    await parquet.to_the_head()
    assert parquet.rows() == rows
