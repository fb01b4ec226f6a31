"""Story: an export's feed on a real bus, which is killed, rewound, and loses what it had."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tidemark.charging.v1 import journal_api_pb2, journal_api_pb2_grpc

from services.cli.records.journal_feed import JournalFeed
from services.cli.records.journal_stream import JournalStream
from services.common.runtime.bus import Bus
from services.common.runtime.follower import JOURNAL_STREAM
from services.common.runtime.journal_source import GrpcJournalSource
from tests.support.live_accounts import Care
from tests.support.live_charging import Node, journal_status, priced_charging
from tests.support.live_prices import EURO
from tests.support.nats import NatsServer, nats_server
from tests.support.waiting import ended, eventually

DEADLINE_SECONDS = 20


@pytest.fixture
async def nats(tmp_path: Path) -> AsyncIterator[NatsServer]:
    async with nats_server(tmp_path) as server:
        yield server


@pytest.fixture
async def charging(tmp_path: Path, nats: NatsServer) -> AsyncIterator[Node]:
    async with priced_charging(tmp_path, nats_url=nats.url) as node:
        yield node


@pytest.fixture
async def bus(nats: NatsServer) -> AsyncIterator[Bus]:
    bus = await Bus.open(nats.url, "test")
    async with asyncio.timeout(10):
        await bus.wait_connected()
    yield bus
    await bus.close()


@dataclass
class Followed:
    """What a feed has handed out so far, and what kept it."""

    sequences: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@asynccontextmanager
async def following(charging: Node, bus: Bus) -> AsyncIterator[Followed]:
    """Follows beside the block."""
    followed = Followed()

    async def follow() -> None:
        async with JournalStream(bus, 0) as stream:
            feed = JournalFeed(0, stream, GrpcJournalSource(charging.channel), 0, None)
            async for records in feed.for_ever(0.1, followed.faults.append):
                followed.sequences += [record.sequence for record in records]

    task = asyncio.create_task(follow())
    try:
        yield followed
    finally:
        await ended(task)


async def write_records(charging: Node, count: int = 5) -> None:
    """Each top-up is a record of its own."""
    care = Care(charging.channel)
    status = await journal_status(charging.channel)
    account_id = f"account-{status.head_sequence}"
    await care.open(account_id)
    for _ in range(count):
        await care.top_up(account_id, EURO)


async def has_all(charging: Node, followed: Followed) -> None:
    """Waits until the feed has the head, and checks that each record came once and in order."""
    head = (await journal_status(charging.channel)).head_sequence
    await eventually(
        lambda: followed.sequences[-1:] == [head], DEADLINE_SECONDS, "the feed comes to the head"
    )
    assert followed.sequences == list(range(1, head + 1))


async def relayed(charging: Node) -> None:
    """Waits until the bus has everything."""

    async def is_relayed() -> bool:
        status = await journal_status(charging.channel)
        return status.relayed_sequence == status.head_sequence

    await eventually(is_relayed, DEADLINE_SECONDS, "the relay has caught up")


@pytest.mark.parametrize("how", ["stopped", "killed"])
async def test_a_bus_that_goes_and_comes_back_costs_no_record(
    charging: Node, bus: Bus, nats: NatsServer, how: str
) -> None:
    async with following(charging, bus) as followed:
        await write_records(charging)
        await has_all(charging, followed)
        await (nats.stop() if how == "stopped" else nats.kill())
        await write_records(charging)
        await has_all(charging, followed)
        await nats.start()
        await write_records(charging)
        await has_all(charging, followed)
        await relayed(charging)
        await write_records(charging)
        await has_all(charging, followed)


async def test_a_consumer_that_the_server_has_lost_is_made_anew(charging: Node, bus: Bus) -> None:
    async with following(charging, bus) as followed:
        await write_records(charging)
        await has_all(charging, followed)
        for consumer in await bus.jetstream.consumers_info(JOURNAL_STREAM):
            await bus.jetstream.delete_consumer(JOURNAL_STREAM, consumer.name)
        await write_records(charging)
        await has_all(charging, followed)


async def test_a_rewound_relay_and_a_purged_stream_change_nothing(charging: Node, bus: Bus) -> None:
    await write_records(charging)
    await relayed(charging)
    async with following(charging, bus) as followed:
        stub = journal_api_pb2_grpc.JournalServiceStub(charging.channel)
        await stub.RewindRelay(journal_api_pb2.RewindRelayRequest(after_sequence=2), timeout=10)
        await write_records(charging)
        await has_all(charging, followed)
    await relayed(charging)
    await bus.jetstream.purge_stream(JOURNAL_STREAM, keep=2)
    async with following(charging, bus) as followed:
        await has_all(charging, followed)
