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
from services.common.runtime.journal_messages import (
    HASH_HEADER,
    JOURNAL_STREAM,
    JOURNAL_SUBJECT,
    PARTITION_HEADER,
    SEQUENCE_HEADER,
)
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
            feed = JournalFeed(0, stream, GrpcJournalSource(charging.channel), 0)
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


async def publish(bus: Bus, partition: int, sequence: int) -> None:
    """As a relay of another partition would."""
    headers = {PARTITION_HEADER: str(partition), SEQUENCE_HEADER: str(sequence), HASH_HEADER: "00"}
    await bus.jetstream.publish(f"{JOURNAL_SUBJECT}.{partition}", b"record", headers=headers)


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


async def test_an_export_that_goes_on_reads_no_message_twice(charging: Node, bus: Bus) -> None:
    await write_records(charging, 20)
    await relayed(charging)
    head = (await journal_status(charging.channel)).head_sequence
    for after in (0, 7, head - 1):
        async with JournalStream(bus, 0) as stream:
            records = await stream.next_records(after, 1.0, head)
        assert [record.sequence for record in records] == list(range(after + 1, head + 1))


async def test_records_are_found_between_those_of_other_partitions(charging: Node, bus: Bus) -> None:
    await write_records(charging, 10)
    await relayed(charging)
    head = (await journal_status(charging.channel)).head_sequence
    for number in range(1, 40):
        await publish(bus, 1, number)
        await publish(bus, 2, number)
    async with JournalStream(bus, 0) as stream:
        assert (await stream.next_records(head - 3, 1.0, 3))[0].sequence == head - 2
    async with JournalStream(bus, 1) as stream:
        first = (await stream.next_records(30, 1.0, 9))[0].sequence
    assert 2 <= first <= 31, "at or before the record that is wanted, and not from the beginning"


async def test_what_is_not_published_yet_is_waited_for_at_the_end(charging: Node, bus: Bus) -> None:
    await write_records(charging)
    await relayed(charging)
    head = (await journal_status(charging.channel)).head_sequence
    async with JournalStream(bus, 0) as stream:
        assert await stream.next_records(head, 0.1) == []
        await write_records(charging, 1)
        await relayed(charging)
        assert (await stream.next_records(head, 5.0, 1))[0].sequence == head + 1
