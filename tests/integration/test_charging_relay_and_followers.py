"""Charging and the bus: NATS comes and goes, charging goes on, and what lies on the bus is the journal.

A follower built from the bus and the journal's read API ends with the same
sums as the balances.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlmodel import Session
from tidemark.charging.v1 import journal_api_pb2, journal_api_pb2_grpc, journal_pb2

from services.common.runtime.bus import Bus
from services.common.runtime.database import Database
from services.common.runtime.follower import JournalFollower
from services.common.runtime.following import FollowedRecord
from services.common.runtime.journal_source import GrpcJournalSource
from tests.support.live_accounts import Care, topping_up
from tests.support.live_charging import Node, journal, journal_status, priced_charging
from tests.support.live_element import Element, usage, used, wish
from tests.support.live_prices import DATA, EURO, OCTET
from tests.support.nats import NatsServer, nats_server
from tests.support.relayed import Published, published
from tests.support.runtime_store import Effect, open_store
from tests.support.waiting import ended, eventually

ACCOUNTS = ("anna", "bert", "carla")


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


async def open_accounts(charging: Node) -> None:
    for account_id in ACCOUNTS:
        await Care(charging.channel).open(account_id)


async def spend(charging: Node, purpose: str, kilobytes: int = 5) -> None:
    """A session of so many reports for each account, and a top-up in between."""
    element, care = Element(charging.channel), Care(charging.channel)
    for account_id in ACCOUNTS:
        name = f"{purpose}-{account_id}"
        opened = await element.create(f"device-{account_id}", name, usage(DATA, asks=wish()))
        for number in range(1, kilobytes + 1):
            report = usage(DATA, used(1_000, number), asks=wish())
            await element.update(opened.charging_data_ref, 1 + number, report, second=number)
        await care.stub.TopUpAccount(topping_up(account_id, EURO, f"{purpose}-{account_id}"), timeout=10)
        await element.release(opened.charging_data_ref, kilobytes + 2, second=60)


async def relayed(charging: Node) -> None:
    """Waits until the bus has everything."""
    await eventually(lambda: _is_relayed(charging), 20, "the relay has caught up")


async def _is_relayed(charging: Node) -> bool:
    status = await journal_status(charging.channel)
    return status.relayed_sequence == status.head_sequence


async def assert_bus_is_journal(charging: Node, messages: list[Published]) -> None:
    """Byte for byte, in order, each record once."""
    rows = await journal(charging.channel)
    assert [(m.sequence, m.payload, m.headers["Tidemark-Hash"]) for m in messages] == [
        (row.sequence, row.payload, row.hash.hex()) for row in rows
    ]


async def test_the_bus_holds_the_journal_byte_for_byte(charging: Node, bus: Bus) -> None:
    await open_accounts(charging)
    await spend(charging, "c-1")
    await relayed(charging)
    await assert_bus_is_journal(charging, await published(bus))


async def test_charging_goes_on_without_nats_and_catches_up(
    charging: Node, bus: Bus, nats: NatsServer
) -> None:
    await open_accounts(charging)
    await spend(charging, "c-1")
    await relayed(charging)
    before = (await journal_status(charging.channel)).relayed_sequence
    await nats.kill()
    await spend(charging, "c-2")
    status = await journal_status(charging.channel)
    assert status.head_sequence > status.relayed_sequence >= before
    assert await Care(charging.channel).money("anna") == (7 * EURO - 10_000 * OCTET, 0)
    await nats.start()
    await relayed(charging)
    await assert_bus_is_journal(charging, await published(bus))


async def test_charging_that_restarts_without_nats_publishes_what_it_owes_later(
    charging: Node, bus: Bus, nats: NatsServer
) -> None:
    await open_accounts(charging)
    await relayed(charging)
    await nats.stop()
    await spend(charging, "c-1")
    await charging.restart()
    await spend(charging, "c-2")
    await nats.start()
    await relayed(charging)
    await assert_bus_is_journal(charging, await published(bus))


async def test_a_rewound_relay_repeats_the_journal_from_there(charging: Node, bus: Bus) -> None:
    await open_accounts(charging)
    await relayed(charging)
    before = await published(bus)
    stub = journal_api_pb2_grpc.JournalServiceStub(charging.channel)
    await stub.RewindRelay(journal_api_pb2.RewindRelayRequest(after_sequence=2), timeout=10)
    await eventually(lambda: _published_count(bus, 2 * len(before) - 2), 20, "the repetition is complete")
    again = (await published(bus))[len(before) :]
    assert [(m.sequence, m.payload) for m in again] == [(m.sequence, m.payload) for m in before[2:]]


async def _published_count(bus: Bus, count: int) -> bool:
    return len(await published(bus)) == count


class Books:
    """A follower's own sums: what was moved on each account's money, record by record."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.money: dict[str, int] = {}
        self.charged: dict[str, int] = {}

    def apply(self, session: Session, followed: FollowedRecord) -> None:
        """Adds one record. The store keeps the position beside it."""
        session.add(Effect(partition=followed.partition, sequence=followed.sequence))
        self.seen.append(followed.sequence)
        for entry in journal_pb2.JournalRecord.FromString(followed.payload).entries:
            for event in entry.events:
                self._add(event)

    def _add(self, event: journal_pb2.Event) -> None:
        if event.HasField("bucket_opened") and event.bucket_opened.is_money:
            self.money[event.bucket_opened.account_id] = event.bucket_opened.balance
        elif event.HasField("bucket_moved"):
            self.money[event.bucket_moved.account_id] += event.bucket_moved.movement.delta
        elif event.HasField("usage_charged"):
            usage_charged = event.usage_charged
            so_far = self.charged.get(usage_charged.account_id, 0)
            self.charged[usage_charged.account_id] = so_far + usage_charged.amount_minor_micros


@asynccontextmanager
async def following(
    charging: Node, bus: Bus, store: Database, books: Books
) -> AsyncIterator[JournalFollower]:
    source = GrpcJournalSource(charging.channel)
    follower = JournalFollower("books", store, bus, source, books.apply, look_seconds=0.2)
    task = asyncio.create_task(follower.run(acknowledge_seconds=2))
    try:
        yield follower
    finally:
        await ended(task)


async def has_come_to(follower: JournalFollower, charging: Node) -> bool:
    (status,) = follower.status()
    return status.sequence == (await journal_status(charging.channel)).head_sequence


@pytest.mark.parametrize("nats_is_away", [False, True])
async def test_a_followers_sums_are_the_balances(
    charging: Node, bus: Bus, nats: NatsServer, tmp_path: Path, nats_is_away: bool
) -> None:
    store, books = open_store(f"sqlite:///{tmp_path / 'books.sqlite'}"), Books()
    async with following(charging, bus, store, books) as follower:
        await open_accounts(charging)
        await spend(charging, "c-1")
        if nats_is_away:
            await nats.kill()
        await spend(charging, "c-2")
        await eventually(lambda: has_come_to(follower, charging), 20, "the follower has the head")
        if nats_is_away:
            await nats.start()
        await spend(charging, "c-3")
        await eventually(lambda: has_come_to(follower, charging), 20, "the follower has the head again")
    await store.close()
    head = (await journal_status(charging.channel)).head_sequence
    assert books.seen == list(range(1, head + 1))
    care = Care(charging.channel)
    assert books.money == {account: (await care.money(account))[0] for account in ACCOUNTS}
    assert books.charged == dict.fromkeys(ACCOUNTS, 15_000 * OCTET)
    assert set(books.money.values()) == {8 * EURO - 15_000 * OCTET}
