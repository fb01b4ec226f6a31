"""Story: followers and auditors read the journal over gRPC, in pages, to the head or for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import grpc
import pytest
from tidemark.charging.v1 import journal_api_pb2, journal_api_pb2_grpc

from services.charging.adapters.grpc_journal import PAGE_ROWS, JournalServicer
from services.charging.adapters.sql_journal import SqlJournal
from services.charging.application.partition_view import (
    CommitSignal,
    JournalHead,
    PartitionCounts,
    PartitionState,
)
from services.charging.domain.hash_chain import GENESIS_HASH, JournalRow
from services.common.kernel.clock import Instant
from services.common.runtime.database import Database
from services.common.runtime.grpc_client import connect
from services.common.runtime.grpc_errors import error_info
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.settings import ServiceSettings
from tests.support.journal import (
    PARTITION,
    execute,
    following,
    open_charging_database,
    opening,
    sqlite_url,
)
from tests.support.waiting import eventually

RECORDED_AT = Instant(1_772_438_400_250_000)
Stub: TypeAlias = "journal_api_pb2_grpc.JournalServiceAsyncStub"  # known to type checkers only
NAME = journal_api_pb2.DESCRIPTOR.services_by_name["JournalService"].full_name


@dataclass
class Writer:
    """Stands in for the partition's writer: appends, and tells who waits."""

    journal: SqlJournal
    partition: int = PARTITION
    state: PartitionState = PartitionState.SERVING
    detail: str = ""
    row: JournalRow | None = None
    signal: CommitSignal = field(default_factory=CommitSignal)

    @property
    def head(self) -> JournalHead:
        if self.row is None:
            return JournalHead(0, GENESIS_HASH, 0, Instant(0))
        return JournalHead(self.row.sequence, self.row.hash, self.row.epoch, RECORDED_AT)

    async def counts(self) -> PartitionCounts:
        return PartitionCounts(accounts=4, open_sessions=2, snapshot_sequence=1, state_digest=b"d" * 32)

    async def committed_beyond(self, sequence: int) -> None:
        await self.signal.beyond(sequence)

    async def open(self) -> None:
        self._committed(await self.journal.take_over(PARTITION, "a", opening()))

    async def append(self, count: int) -> None:
        for _ in range(count):
            assert self.row is not None
            row = following(self.row)
            await self.journal.append(row)
            self._committed(row)

    def fence(self) -> None:
        self.state, self.detail = PartitionState.FENCED, "another process has taken over"
        self.signal.end()

    def _committed(self, row: JournalRow) -> None:
        self.row = row
        self.signal.advance(row.sequence)


@dataclass
class Relay:
    """Remembers how far it was set back."""

    relayed_sequence: int = 0

    async def rewind(self, after_sequence: int) -> None:
        self.relayed_sequence = after_sequence


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = open_charging_database(sqlite_url(tmp_path / "charging.db"))
    yield opened
    await opened.close()


@pytest.fixture
async def writer(database: Database) -> Writer:
    opened = Writer(SqlJournal(database))
    await opened.open()
    return opened


@pytest.fixture
def relay() -> Relay:
    return Relay()


@pytest.fixture
async def server(writer: Writer, relay: Relay) -> AsyncIterator[GrpcServer]:
    stopping = asyncio.Event()
    servicer = JournalServicer(writer.journal, [(writer, relay)], stopping)
    add = journal_api_pb2_grpc.add_JournalServiceServicer_to_server
    settings = ServiceSettings(database_url="sqlite://")
    started = GrpcServer(settings, [Servicer(add, servicer, NAME)], stopping)
    await started.start()
    yield started
    await started.drain(0)


@pytest.fixture
async def stub(server: GrpcServer) -> AsyncIterator[Stub]:
    channel = connect(server.address)
    yield journal_api_pb2_grpc.JournalServiceStub(channel)
    await channel.close(None)


async def read(stub: Stub, after: int = 0, maximum: int = 0) -> list[journal_api_pb2.ReadJournalResponse]:
    request = journal_api_pb2.ReadJournalRequest(
        partition=PARTITION, after_sequence=after, maximum_records=maximum
    )
    return [response async for response in stub.ReadJournal(request)]


async def refusal(call: object) -> tuple[grpc.StatusCode, str, str]:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call  # type: ignore[misc]
    info = error_info(raised.value)
    assert info is not None
    return raised.value.code(), info.reason, info.metadata.get("field", "")


async def test_the_journal_is_read_to_its_head_byte_for_byte(writer: Writer, stub: Stub) -> None:
    await writer.append(2 * PAGE_ROWS)
    responses = await read(stub)
    rows = await writer.journal.read(PARTITION, 0, 1000)
    assert [(r.partition, r.sequence, r.epoch, r.previous_hash, r.hash, r.payload) for r in responses] == [
        (row.partition, row.sequence, row.epoch, row.previous_hash, row.hash, row.payload) for row in rows
    ]
    assert len(responses) == 2 * PAGE_ROWS + 1


@pytest.mark.parametrize(
    ("after", "maximum", "sequences"),
    [
        (0, 2, [1, 2]),
        (3, 2, [4, 5]),
        (PAGE_ROWS + 3, 0, list(range(PAGE_ROWS + 4, 2 * PAGE_ROWS + 2))),
        (1, PAGE_ROWS + 1, list(range(2, PAGE_ROWS + 3))),
        (2 * PAGE_ROWS + 1, 0, []),
    ],
)
async def test_reading_begins_after_the_sequence_asked_for_and_ends_at_the_limit(
    writer: Writer, stub: Stub, after: int, maximum: int, sequences: list[int]
) -> None:
    await writer.append(2 * PAGE_ROWS)
    assert [response.sequence for response in await read(stub, after, maximum)] == sequences


async def test_a_follower_sees_each_record_as_it_is_committed(writer: Writer, stub: Stub) -> None:
    call = stub.ReadJournal(journal_api_pb2.ReadJournalRequest(partition=PARTITION, follow=True))
    seen = [(await _next(call)).sequence]
    for _ in range(5):
        await writer.append(1)
        seen.append((await _next(call)).sequence)
    call.cancel()
    assert seen == [1, 2, 3, 4, 5, 6]


async def test_a_follower_with_a_limit_ends_there(writer: Writer, stub: Stub) -> None:
    request = journal_api_pb2.ReadJournalRequest(partition=PARTITION, follow=True, maximum_records=3)
    call = stub.ReadJournal(request)
    assert (await _next(call)).sequence == 1
    await writer.append(5)
    assert [(await _next(call)).sequence for _ in range(2)] == [2, 3]
    await _at_end(call)


async def test_a_draining_server_ends_its_followers_in_good_order(
    server: GrpcServer, writer: Writer, stub: Stub
) -> None:
    call = stub.ReadJournal(journal_api_pb2.ReadJournalRequest(partition=PARTITION, follow=True))
    await _next(call)
    draining = asyncio.create_task(server.drain(10))
    await _at_end(call)
    assert await call.code() is grpc.StatusCode.OK
    await draining


async def test_a_follower_learns_that_another_process_has_taken_over(writer: Writer, stub: Stub) -> None:
    call = stub.ReadJournal(journal_api_pb2.ReadJournalRequest(partition=PARTITION, follow=True))
    await _next(call)
    writer.fence()
    assert await refusal(_next(call)) == (grpc.StatusCode.UNAVAILABLE, "FENCED", "")


async def test_many_followers_wait_for_the_same_commit_and_one_that_leaves_disturbs_nobody(
    writer: Writer, stub: Stub
) -> None:
    request = journal_api_pb2.ReadJournalRequest(partition=PARTITION, follow=True)
    calls = [stub.ReadJournal(request) for _ in range(5)]
    assert [(await _next(call)).sequence for call in calls] == [1] * 5
    calls[0].cancel()
    await eventually(calls[0].done)
    await writer.append(1)
    assert [(await _next(call)).sequence for call in calls[1:]] == [2] * 4
    for call in calls:
        call.cancel()


async def test_the_status_says_where_the_partition_stands(writer: Writer, relay: Relay, stub: Stub) -> None:
    await writer.append(2)
    relay.relayed_sequence = 2
    status = await stub.GetJournalStatus(journal_api_pb2.GetJournalStatusRequest(partition=PARTITION))
    assert writer.row is not None
    expected = journal_api_pb2.GetJournalStatusResponse(
        partition=PARTITION,
        state=journal_api_pb2.PARTITION_STATE_SERVING,
        epoch=1,
        head_sequence=3,
        head_hash=writer.row.hash,
        relayed_sequence=2,
        snapshot_sequence=1,
        accounts=4,
        open_sessions=2,
        state_digest=b"d" * 32,
    )
    expected.head_recorded_at.FromJsonString("2026-03-02T08:00:00.250Z")
    assert status == expected


async def test_an_intact_journal_is_verified_and_a_fault_is_a_normal_answer(
    writer: Writer, database: Database, stub: Stub
) -> None:
    await writer.append(9)
    request = journal_api_pb2.VerifyJournalRequest(partition=PARTITION)
    assert await stub.VerifyJournal(request) == journal_api_pb2.VerifyJournalResponse(intact=True, records=10)

    await execute(database, "DELETE FROM journal WHERE sequence > 8")
    assert await stub.VerifyJournal(request) == journal_api_pb2.VerifyJournalResponse(
        records=8,
        fault_sequence=9,
        detail=f"journal of partition {PARTITION}, record 9: it is missing: "
        "the journal ends before it, and record 10 was acknowledged",
    )


async def test_the_relay_is_set_back_but_not_forward(relay: Relay, stub: Stub) -> None:
    relay.relayed_sequence = 7
    request = journal_api_pb2.RewindRelayRequest(partition=PARTITION, after_sequence=3)
    assert (await stub.RewindRelay(request)).relayed_sequence == 3
    request.after_sequence = 4
    assert await refusal(stub.RewindRelay(request)) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "FIELD_INVALID",
        "after_sequence",
    )
    assert relay.relayed_sequence == 3


async def test_another_partition_and_a_place_beyond_the_head_are_refused(stub: Stub) -> None:
    elsewhere = journal_api_pb2.ReadJournalRequest(partition=PARTITION + 1)
    beyond = journal_api_pb2.ReadJournalRequest(partition=PARTITION, after_sequence=2**64 - 1)
    assert await refusal(_next(stub.ReadJournal(elsewhere))) == (
        grpc.StatusCode.NOT_FOUND,
        "PARTITION_UNKNOWN",
        "partition",
    )
    assert await refusal(_next(stub.ReadJournal(beyond))) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "FIELD_INVALID",
        "after_sequence",
    )


async def test_while_the_partition_starts_a_follower_waits_instead_of_failing(
    writer: Writer, stub: Stub
) -> None:
    writer.state = PartitionState.STARTING
    request = journal_api_pb2.ReadJournalRequest(partition=PARTITION, after_sequence=2**64 - 1, follow=False)
    assert [response async for response in stub.ReadJournal(request)] == []


Call: TypeAlias = (
    "grpc.aio.UnaryStreamCall[journal_api_pb2.ReadJournalRequest, journal_api_pb2.ReadJournalResponse]"
)


async def _next(call: Call) -> journal_api_pb2.ReadJournalResponse:
    async with asyncio.timeout(10):
        response = await call.read()
    assert isinstance(response, journal_api_pb2.ReadJournalResponse)
    return response


async def _at_end(call: Call) -> None:
    async with asyncio.timeout(10):
        assert await call.read() is grpc.aio.EOF  # type: ignore[attr-defined]
