"""A follower of the charging journal, on real nats-server and databases: each effect once, in order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from pydantic_settings import SettingsConfigDict
from sqlmodel import Session
from tidemark.charging.v1 import journal_api_pb2, journal_api_pb2_grpc

from services.charging.adapters.relay_stream import JournalStream
from services.charging.domain.hash_chain import GENESIS_HASH, chained
from services.common.runtime.bus import Bus, BusMessage, StreamSpec
from services.common.runtime.database import Database
from services.common.runtime.follower import JournalFollower
from services.common.runtime.following import FollowedRecord
from services.common.runtime.following_batches import InBatches
from services.common.runtime.grpc_client import connect
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.journal_messages import (
    HASH_HEADER,
    JOURNAL_STREAM,
    JOURNAL_SUBJECT,
    PARTITION_HEADER,
    SEQUENCE_HEADER,
)
from services.common.runtime.journal_source import GrpcJournalSource, SourceUnavailableError
from services.common.runtime.settings import ServiceSettings
from tests.support.journal_source import JournalInMemory, record
from tests.support.nats import NatsServer, nats_server
from tests.support.postgres import new_postgres_database
from tests.support.runtime_store import Effect, effects, open_store
from tests.support.waiting import ended, eventually

JOURNAL = StreamSpec(JOURNAL_STREAM, (f"{JOURNAL_SUBJECT}.*",))
NEVER = 3600.0
OFTEN = 0.05


@pytest.fixture
async def nats(tmp_path: Path) -> AsyncIterator[NatsServer]:
    async with nats_server(tmp_path) as server:
        yield server


@pytest.fixture
async def bus(nats: NatsServer) -> AsyncIterator[Bus]:
    bus = await Bus.open(nats.url, "test", [JOURNAL])
    async with asyncio.timeout(10):
        await bus.wait_connected()
    yield bus
    await bus.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    sqlite = f"sqlite:///{tmp_path}/store.sqlite"
    database = open_store(sqlite if request.param == "sqlite" else new_postgres_database())
    yield database
    await database.close()


def apply(session: Session, followed: FollowedRecord) -> None:
    assert followed.payload == f"{followed.partition}/{followed.sequence}".encode()
    session.add(Effect(partition=followed.partition, sequence=followed.sequence))


def message(sequence: int, partition: int = 0, copy: str = "") -> BusMessage:
    """A record as charging's relay puts it on the bus. With `copy` the bus takes it for another one."""
    of = record(sequence, partition)
    headers = {
        PARTITION_HEADER: str(partition),
        SEQUENCE_HEADER: str(sequence),
        HASH_HEADER: of.hash.hex(),
    }
    return BusMessage(f"{JOURNAL_SUBJECT}.{partition}", of.payload, f"{partition}/{sequence}{copy}", headers)


@asynccontextmanager
async def following(follower: JournalFollower) -> AsyncIterator[None]:
    task = asyncio.create_task(follower.run(acknowledge_seconds=1))
    try:
        yield
    finally:
        await ended(task)


async def stores(store: Database, head: int, partition: int = 0) -> bool:
    found = [sequence for of, sequence in await store.run(effects) if of == partition]
    return len(found) >= head


async def assert_each_once_in_order(store: Database, head: int, partition: int = 0) -> None:
    found = [sequence for of, sequence in await store.run(effects) if of == partition]
    assert found == list(range(1, head + 1))


async def test_records_come_by_the_bus_without_asking_the_journal(store: Database, bus: Bus) -> None:
    journal = JournalInMemory(head=0)
    async with following(JournalFollower("f", store, bus, journal, apply, look_seconds=NEVER)):
        await eventually(lambda: journal.reads == [0])
        await bus.publish_batch([message(sequence) for sequence in range(1, 101)])
        await eventually(lambda: stores(store, 100), deadline_seconds=30)
    await assert_each_once_in_order(store, 100)
    assert journal.reads == [0]


async def test_records_that_wait_on_the_bus_are_stored_in_few_transactions_and_all_acknowledged(
    store: Database, bus: Bus
) -> None:
    sizes: list[int] = []
    told: list[int] = []

    def apply_batch(session: Session, records: Sequence[FollowedRecord]) -> None:
        sizes.append(len(records))
        for followed in records:
            apply(session, followed)

    def after(records: Sequence[FollowedRecord]) -> None:
        asyncio.get_running_loop()  # raises in a worker thread
        told.extend(followed.sequence for followed in records)

    await bus.publish_batch([message(sequence) for sequence in range(1, 1001)])
    journal = JournalInMemory(head=0)
    batches = InBatches(apply_batch, records=100)
    follower = JournalFollower("f", store, bus, journal, batches, look_seconds=NEVER, after=after)
    async with following(follower):
        await eventually(lambda: stores(store, 1000), deadline_seconds=30)
        await eventually(lambda: all_acknowledged(bus), deadline_seconds=30)
    await assert_each_once_in_order(store, 1000)
    assert max(sizes) <= 100
    assert len(sizes) <= 100, "ten are enough; more where records were on their way"
    assert told == list(range(1, 1001))
    assert journal.reads == [0]


async def test_a_record_that_cannot_be_applied_holds_what_came_together_with_it(
    store: Database, bus: Bus
) -> None:
    poisoned = True

    def refuses_seven(session: Session, records: Sequence[FollowedRecord]) -> None:
        for followed in records:
            if poisoned and followed.sequence == 7:
                raise RuntimeError("this record cannot be booked")
            apply(session, followed)

    await bus.publish_batch([message(sequence) for sequence in range(1, 21)])
    journal = JournalInMemory(head=0)
    follower = JournalFollower("f", store, bus, journal, InBatches(refuses_seven), look_seconds=OFTEN)
    async with following(follower):
        await eventually(lambda: "cannot be booked" in follower.status()[0].fault)
        await assert_each_once_in_order(store, 6)
        assert not await all_acknowledged(bus)
        journal.head = 20
        poisoned = False
        await eventually(lambda: stores(store, 20), deadline_seconds=20)
        await eventually(lambda: follower.status()[0].fault == "")
        await eventually(lambda: all_acknowledged(bus), deadline_seconds=20)
    await assert_each_once_in_order(store, 20)


@pytest.mark.parametrize("seed", range(3))
async def test_lost_doubled_and_reordered_messages_are_made_good(
    store: Database, bus: Bus, seed: int
) -> None:
    chance = random.Random(seed)
    head = 60
    arriving = [message(s) for s in range(1, head + 1) if chance.random() > 0.2]
    arriving += [message(chance.randrange(1, head + 1), copy=f"{n:02}") for n in range(20)]
    chance.shuffle(arriving)
    # The last comes last, or there would be nothing that shows the end is missing.
    arriving.append(message(head, copy="ff"))
    journal = JournalInMemory(head=head)
    await bus.publish_batch(arriving)
    follower = JournalFollower("f", store, bus, journal, apply, look_seconds=NEVER)
    async with following(follower):
        await eventually(lambda: stores(store, head), deadline_seconds=30)
        await eventually(lambda: all_acknowledged(bus), deadline_seconds=30)
    await assert_each_once_in_order(store, head)


async def test_with_the_bus_quiet_the_journal_is_looked_at(store: Database, bus: Bus) -> None:
    journal = JournalInMemory(head=3)
    async with following(JournalFollower("f", store, bus, journal, apply, look_seconds=OFTEN)):
        await eventually(lambda: stores(store, 3))
        journal.head = 7
        await eventually(lambda: stores(store, 7))
    await assert_each_once_in_order(store, 7)


async def test_with_nats_down_the_follower_lives_on_the_journal_and_then_on_the_bus_again(
    store: Database, bus: Bus, nats: NatsServer
) -> None:
    journal = JournalInMemory(head=2)
    async with following(JournalFollower("f", store, bus, journal, apply, look_seconds=OFTEN)):
        await eventually(lambda: stores(store, 2))
        await nats.kill()
        journal.head = 5
        await eventually(lambda: stores(store, 5))
        await nats.start()
        await eventually(lambda: bus.connected)
        await bus.publish_batch([message(sequence) for sequence in range(1, 9)])
        await eventually(lambda: stores(store, 8), deadline_seconds=20)
    await assert_each_once_in_order(store, 8)


async def test_a_follower_killed_between_effect_and_acknowledgement_does_nothing_twice(
    store: Database, bus: Bus
) -> None:
    killed = asyncio.Event()

    class DiesAfterTheEffect(JournalFollower):
        async def receive_all(self, records: Sequence[FollowedRecord]) -> None:
            await super().receive_all(records)
            killed.set()
            await asyncio.Event().wait()

    journal = JournalInMemory(head=0)
    await bus.publish_batch([message(sequence) for sequence in range(1, 11)])
    async with following(DiesAfterTheEffect("f", store, bus, journal, apply, look_seconds=NEVER)):
        async with asyncio.timeout(10):
            await killed.wait()
    before = await store.run(effects)
    assert before == [(0, sequence) for sequence in range(1, len(before) + 1)]
    assert before
    journal.head = 10
    async with following(JournalFollower("f", store, bus, journal, apply, look_seconds=NEVER)):
        await eventually(lambda: stores(store, 10))
        await eventually(lambda: all_acknowledged(bus), deadline_seconds=20)
    await assert_each_once_in_order(store, 10)


async def test_a_follower_restarted_again_and_again_stores_every_effect_once(
    store: Database, bus: Bus
) -> None:
    journal = JournalInMemory(head=200)
    await bus.publish_batch([message(sequence) for sequence in range(1, 201)])
    chance = random.Random(7)
    for _ in range(8):
        wanted = min(200, len(await store.run(effects)) + chance.randrange(1, 30))
        async with following(JournalFollower("f", store, bus, journal, apply, look_seconds=NEVER)):
            await eventually(partial(stores, store, wanted), deadline_seconds=30)
    async with following(JournalFollower("f", store, bus, journal, apply, look_seconds=NEVER)):
        await eventually(lambda: stores(store, 200), deadline_seconds=30)
    await assert_each_once_in_order(store, 200)


async def test_two_processes_of_the_same_follower_share_its_position(store: Database, bus: Bus) -> None:
    journal = JournalInMemory(head=100)
    first = JournalFollower("f", store, bus, journal, apply, look_seconds=OFTEN)
    second = JournalFollower("f", store, bus, journal, apply, look_seconds=OFTEN)
    async with following(first), following(second):
        await bus.publish_batch([message(sequence) for sequence in range(1, 101)])
        await eventually(lambda: stores(store, 100), deadline_seconds=30)
        journal.head = 120
        await eventually(lambda: stores(store, 120), deadline_seconds=30)
    await assert_each_once_in_order(store, 120)


async def test_a_record_that_cannot_be_applied_holds_its_partition_and_no_other(
    store: Database, bus: Bus
) -> None:
    poisoned = True

    def refuses_three(session: Session, followed: FollowedRecord) -> None:
        if poisoned and (followed.partition, followed.sequence) == (0, 3):
            raise RuntimeError("this record cannot be booked")
        apply(session, followed)

    journal = JournalInMemory(head=0)
    follower = JournalFollower("f", store, bus, journal, refuses_three, partitions=(0, 1), look_seconds=OFTEN)
    async with following(follower):
        await bus.publish_batch([message(s, partition=p) for s in range(1, 6) for p in (0, 1)])
        journal.head = 5
        await eventually(lambda: stores(store, 5, partition=1))
        await eventually(lambda: "cannot be booked" in follower.status()[0].fault)
        assert follower.status()[1].fault == ""
        assert not await stores(store, 3, partition=0)
        poisoned = False
        await eventually(lambda: stores(store, 5, partition=0), deadline_seconds=20)
        await eventually(lambda: follower.status()[0].fault == "")
    await assert_each_once_in_order(store, 5, partition=0)
    await assert_each_once_in_order(store, 5, partition=1)


async def test_records_published_by_chargings_own_relay_are_understood(store: Database, bus: Bus) -> None:
    rows, previous = [], GENESIS_HASH
    for sequence in range(1, 21):
        row = chained(0, sequence, 1, b"batch", previous, f"0/{sequence}".encode())
        rows.append(row)
        previous = row.hash
    stream = JournalStream(bus)
    await stream.ready()
    journal = JournalInMemory(head=0)
    hashes: list[bytes] = []

    def remember(session: Session, followed: FollowedRecord) -> None:
        hashes.append(followed.hash)
        apply(session, followed)

    async with following(JournalFollower("f", store, bus, journal, remember, look_seconds=NEVER)):
        end = await stream.publish(rows[:1], 0)
        end = await stream.publish(rows[1:], end)
        # The relay was rewound: all of it once more.
        end = await stream.publish(rows, end, once_more=True)
        await eventually(lambda: stores(store, 20))
        await eventually(lambda: all_acknowledged(bus))
    await assert_each_once_in_order(store, 20)
    assert hashes == [row.hash for row in rows]


class HarbourSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TIDEMARK_HARBOUR_", frozen=True)
    database_url: str = "sqlite://"


class JournalServicer(journal_api_pb2_grpc.JournalServiceServicer):
    """The read API over a journal in memory."""

    def __init__(self, journal: JournalInMemory) -> None:
        self._journal = journal

    async def GetJournalStatus(self, request: Any, context: Any) -> Any:  # noqa: N802
        return journal_api_pb2.GetJournalStatusResponse(head_sequence=self._journal.head)

    async def VerifyJournal(self, request: Any, context: Any) -> Any:  # noqa: N802
        return journal_api_pb2.VerifyJournalResponse(intact=True)

    async def RewindRelay(self, request: Any, context: Any) -> Any:  # noqa: N802
        return journal_api_pb2.RewindRelayResponse()

    async def ReadJournal(self, request: Any, context: Any) -> AsyncIterator[Any]:  # noqa: N802
        async for row in self._journal.read(request.partition, request.after_sequence):
            yield journal_api_pb2.ReadJournalResponse(
                partition=row.partition, sequence=row.sequence, payload=row.payload, hash=row.hash
            )


async def test_the_journal_is_read_over_grpc_and_its_absence_is_told(tmp_path: Path) -> None:
    servicer = Servicer(
        journal_api_pb2_grpc.add_JournalServiceServicer_to_server,
        JournalServicer(JournalInMemory(head=5)),
        journal_api_pb2.DESCRIPTOR.services_by_name["JournalService"].full_name,
    )
    server = GrpcServer(HarbourSettings(), [servicer])
    channel: grpc.aio.Channel = connect(await server.start())
    source = GrpcJournalSource(channel)
    assert [row async for row in source.read(0, 2)] == [record(3), record(4), record(5)]
    await server.drain(0)
    with pytest.raises(SourceUnavailableError, match="UNAVAILABLE"):
        await anext(source.read(0, 0))
    await channel.close(None)


async def all_acknowledged(bus: Bus) -> bool:
    info = await bus.jetstream.consumer_info(JOURNAL_STREAM, "f-0")
    return bool(info.num_ack_pending == 0 and info.num_pending == 0)
