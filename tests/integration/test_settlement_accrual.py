"""Story: charging's journal becomes settlement records and sums, on SQLite and PostgreSQL, exactly once."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import Session

from services.common.kernel.clock import Instant
from services.common.runtime.bus import Bus, StreamSpec
from services.common.runtime.database import Database
from services.common.runtime.follower import JournalFollower
from services.common.runtime.following_batches import InBatches
from services.common.runtime.journal_messages import JOURNAL_STREAM, JOURNAL_SUBJECT
from services.common.runtime.journal_source import GrpcJournalSource
from services.partner_settlement.adapters.accrual.epochs import freeze_input, watermarks
from services.partner_settlement.adapters.accrual.following import accrual_follower, fault_of
from services.partner_settlement.adapters.accrual.input import input_rows, record_count
from services.partner_settlement.adapters.accrual.journal import JournalAccrual
from services.partner_settlement.adapters.accrual.records import records_of
from services.partner_settlement.domain.accrual import FrozenInput, Watermark
from services.partner_settlement.domain.records import SettlementRecord
from tests.support.accruing_process import journal_of
from tests.support.live_accounts import Care
from tests.support.live_charging import Node, journal_status, priced_charging
from tests.support.live_element import DEBIT, REFUND, Container, Element, euros, usage
from tests.support.live_policies import PLAIN, TAXED, TAXED_OCTETS
from tests.support.live_prices import CENT, EURO, TEXT
from tests.support.nats import NatsServer, nats_server
from tests.support.postgres import new_postgres_database
from tests.support.settlement_accrual import (
    EARLIEST,
    LATEST,
    all_records,
    open_settlement,
    stored_sums,
    sums_of,
    sums_of_stored_records,
)
from tests.support.settlement_journal import ZONE, JournalBook
from tests.support.waiting import ended, eventually

OFTEN = 0.05


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/s.sqlite" if request.param == "sqlite" else new_postgres_database()


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = await asyncio.to_thread(open_settlement, url)
    yield database
    await database.close()


@pytest.fixture
async def nats(tmp_path: Path) -> AsyncIterator[NatsServer]:
    async with nats_server(tmp_path) as server:
        yield server


@pytest.fixture
async def bus(nats: NatsServer) -> AsyncIterator[Bus]:
    bus = await Bus.open(nats.url, "test", [StreamSpec(JOURNAL_STREAM, (f"{JOURNAL_SUBJECT}.*",))])
    async with asyncio.timeout(10):
        await bus.wait_connected()
    yield bus
    await bus.close()


@asynccontextmanager
async def following(follower: JournalFollower) -> AsyncIterator[None]:
    task = asyncio.create_task(follower.run(acknowledge_seconds=1))
    try:
        yield
    finally:
        await ended(task)


def assert_whole(database: Database, book: JournalBook) -> None:
    """Every record once, and the sums are theirs."""
    assert database.run_sync(all_records) == book.expected
    assert database.run_sync(stored_sums) == sums_of(book.expected)
    last = book.rows[-1]
    assert database.run_sync(watermarks) == (Watermark(0, last.sequence, last.hash),)


async def test_records_that_come_doubled_and_with_gaps_are_accrued_once(database: Database) -> None:
    book = journal_of(seed=1, records=80)
    chance = random.Random(1)
    arriving = [row for row in book.rows if chance.random() > 0.3] + chance.choices(book.rows, k=10)
    # The last comes last, or there would be nothing that shows the end is missing.
    arriving.append(book.rows[-1])
    follower = accrual_follower(database, None, book, JournalAccrual(ZONE))
    for row in arriving:
        await follower.receive(row)
    await asyncio.to_thread(assert_whole, database, book)
    assert fault_of(follower) == ""


async def test_a_consumer_killed_again_and_again_loses_nothing_and_counts_nothing_twice(url: str) -> None:
    book, chance = journal_of(seed=2, records=150), random.Random(2)
    command = (sys.executable, "-m", "tests.support.accruing_process", url, "2", "150")
    kills = 0
    while True:
        process = await asyncio.to_thread(_start, command)
        outlived = await asyncio.to_thread(_killed_after, process, chance.randrange(1, 7))
        if outlived:
            break
        kills += 1
    assert kills >= 3
    database = await asyncio.to_thread(open_settlement, url)
    try:
        await asyncio.to_thread(assert_whole, database, book)
    finally:
        await database.close()


def _start(command: tuple[str, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def _killed_after(process: subprocess.Popen[bytes], batches: int) -> bool:
    """Kills a consumer right when so many batches are in its transactions; True where it was done before."""
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            batches -= 1
            if line == b"done\n":
                return process.wait() == 0
            if batches == 0:
                process.kill()
                return False
    raise AssertionError(f"the consumer ended with exit code {process.returncode}")


async def test_every_epoch_holds_what_its_watermarks_say_while_partitions_are_followed(
    database: Database,
) -> None:
    """On PostgreSQL partitions and freezing really run at once; the epoch's lock keeps them apart."""
    books = [journal_of(partition, 60, partition) for partition in (0, 1)]
    accrual = JournalAccrual(ZONE)
    frozen: list[FrozenInput] = []

    async def accrue(book: JournalBook) -> None:
        follower = JournalFollower(
            "settlement", database, None, book, InBatches(accrual.apply, 2), (book.partition,)
        )
        await follower.catch_up(book.partition)

    async def freeze() -> None:
        while not (frozen and _sequences(frozen[-1]) == {0: 60, 1: 60}):
            frozen.append(await database.run(partial(freeze_input, now=Instant(len(frozen)))))

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for book in books:
            group.create_task(accrue(book))
        group.create_task(freeze())
    expected = sorted((r for book in books for r in book.expected), key=lambda record: record.place)
    assert len(frozen) > 2
    for of in frozen:
        seen = _sequences(of)
        closed = [r for r in expected if r.place[1] <= seen.get(r.place[0], 0)]
        assert await database.run(partial(_records, epoch=of.epoch)) == closed
    assert await database.run(stored_sums) == await database.run(sums_of_stored_records)
    assert await database.run(record_count) == len(expected)


def _sequences(frozen: FrozenInput) -> dict[int, int]:
    return {mark.partition: mark.sequence for mark in frozen.watermarks}


def _records(session: Session, epoch: int) -> list[SettlementRecord]:
    return list(records_of(session, EARLIEST, LATEST, epoch))


async def test_what_charging_answers_is_what_is_accrued(
    database: Database, tmp_path: Path, nats: NatsServer, bus: Bus
) -> None:
    async with priced_charging(tmp_path, PLAIN, nats_url=nats.url) as node:
        await Care(node.channel).open("anna", money=20 * EURO)
        follower = accrual_follower(
            database, bus, GrpcJournalSource(node.channel), JournalAccrual(ZONE), look_seconds=OFTEN
        )
        async with following(follower):
            await _charge_and_refund(node)
            head = (await journal_status(node.channel)).head_sequence
            await eventually(lambda: follower.status()[0].sequence == head, deadline_seconds=30)
    records = await database.run(all_records)
    usage_records = [record for record in records if record.product.kind == "usage"]
    refunds = [record for record in records if record.product.kind == "refund"]
    assert [record.product.sponsor for record in usage_records] == ["shoes-ag", ""]
    assert [record.gross_minor_micros for record in usage_records] == [7 * CENT, 10 * TAXED_OCTETS]
    assert [record.quantity for record in refunds] == [-1, 0]
    assert refunds[0].product.sponsor == "shoes-ag"
    assert [record.refers_to for record in refunds] == [record.record_id for record in usage_records]
    assert [record.gross_minor_micros for record in refunds] == [-7 * CENT, -5_000]
    assert {record.home for record in refunds} <= {record.home for record in usage_records}
    rows = await database.run(lambda session: input_rows(session, EARLIEST, LATEST, 1))
    assert sum(row.gross_minor_micros for row in rows) == 10 * TAXED_OCTETS - 5_000


async def _charge_and_refund(node: Node) -> None:
    element, who = Element(node.channel), "device-anna"
    sponsored = Container(service_specific_units=1, sponsor_identity="shoes-ag")
    answers = [
        await element.event(DEBIT, who, "e-1", usage(TEXT, sponsored)),
        await element.event(DEBIT, who, "e-2", usage(TAXED, Container(total_volume_octets=TAXED_OCTETS))),
    ]
    first, second = (answer.charge_information.charge_ids[0] for answer in answers)
    await element.event(REFUND, who, "r-1", refund=first)
    await element.event(REFUND, who, "r-2", refund=second, amount=euros(5_000))
