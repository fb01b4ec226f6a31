"""Events leave the database if, and only if, their effect was committed, and reach the stream once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from services.common.runtime.bus import Bus, BusUnavailableError, StreamSpec
from services.common.runtime.database import Database
from services.common.runtime.outbox import OutboxRelay, add_event
from services.common.runtime.tables import OutboxEvent
from tests.support.nats import NatsServer, nats_server
from tests.support.postgres import new_postgres_database
from tests.support.runtime_store import Effect, effects, open_store
from tests.support.waiting import ended, eventually

EVENTS = StreamSpec("EVENTS", ("harbour.events.>",))
ARRIVED = "harbour.events.Arrived"


@pytest.fixture
async def nats(tmp_path: Path) -> AsyncIterator[NatsServer]:
    async with nats_server(tmp_path) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    sqlite = f"sqlite:///{tmp_path}/store.sqlite"
    database = open_store(sqlite if request.param == "sqlite" else new_postgres_database())
    yield database
    await database.close()


@pytest.fixture
async def bus(nats: NatsServer) -> AsyncIterator[Bus]:
    bus = await Bus.open(nats.url, "test", [EVENTS])
    async with asyncio.timeout(10):
        await bus.wait_connected()
    yield bus
    await bus.close()


@asynccontextmanager
async def relaying(relay: OutboxRelay) -> AsyncIterator[None]:
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        await ended(task)


async def commit(store: Database, *sequences: int) -> None:
    """Stores effects and their events, each pair in a transaction of its own."""
    for sequence in sequences:
        await store.run(partial(arrive, sequence=sequence))


def arrive(session: Session, sequence: int) -> None:
    session.add(Effect(partition=0, sequence=sequence))
    add_event(session, ARRIVED, str(sequence).encode(), f"arrived-{sequence}")


async def waiting(store: Database) -> int:
    return await store.run(lambda session: session.exec(select(func.count(col(OutboxEvent.id)))).one())


async def in_stream(bus: Bus) -> list[int]:
    info = await bus.jetstream.stream_info("EVENTS")
    found = []
    for sequence in range(1, info.state.last_seq + 1):
        found.append(int((await bus.jetstream.get_msg("EVENTS", sequence)).data or b""))
    return found


async def test_events_are_published_in_order_and_forgotten(store: Database, bus: Bus) -> None:
    await commit(store, *range(1, 251))
    async with relaying(OutboxRelay(store, bus)):
        await eventually(lambda: nothing_waits(store), deadline_seconds=30)
    assert await in_stream(bus) == list(range(1, 251))


async def test_an_effect_that_is_rolled_back_has_no_event(store: Database, bus: Bus) -> None:
    def work(session: Session) -> None:
        arrive(session, 1)
        session.flush()
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await store.run(work)
    assert await OutboxRelay(store, bus).relay_once() == 0
    assert await store.run(effects) == []


async def test_the_same_event_cannot_be_added_twice(store: Database) -> None:
    await commit(store, 1)
    with pytest.raises(IntegrityError):
        await commit(store, 1)
    assert await store.run(effects) == [(0, 1)]


async def test_a_relay_that_is_woken_does_not_wait_for_its_poll(store: Database, bus: Bus) -> None:
    relay = OutboxRelay(store, bus, poll_seconds=3600)
    async with relaying(relay):
        await commit(store, 1)
        relay.wake()
        await eventually(lambda: nothing_waits(store))
        await commit(store, 2)
        relay.wake()
        await eventually(lambda: nothing_waits(store))
    assert await in_stream(bus) == [1, 2]


async def test_with_nats_away_effects_go_on_and_events_follow_when_it_is_back(
    store: Database, bus: Bus, nats: NatsServer
) -> None:
    async with relaying(OutboxRelay(store, bus, poll_seconds=0.05)):
        await commit(store, 1)
        await eventually(lambda: nothing_waits(store))
        await nats.kill()
        await eventually(lambda: not bus.connected)
        await commit(store, 2, 3)
        assert await waiting(store) == 2
        await nats.start()
        await eventually(lambda: nothing_waits(store), deadline_seconds=20)
    assert await in_stream(bus) == [1, 2, 3]


async def test_a_crash_between_publishing_and_forgetting_publishes_nothing_twice(
    store: Database, bus: Bus
) -> None:
    class DyingBus:
        """Publishes, then the process is gone before it hears so."""

        async def publish_batch(self, messages: object) -> None:
            await bus.publish_batch(messages)  # type: ignore[arg-type]
            raise BusUnavailableError("gone")

    await commit(store, 1, 2)
    with pytest.raises(BusUnavailableError):
        await OutboxRelay(store, DyingBus()).relay_once()  # type: ignore[arg-type]
    assert await waiting(store) == 2
    await commit(store, 3)
    assert await OutboxRelay(store, bus).relay_once() == 3
    assert await in_stream(bus) == [1, 2, 3]


async def nothing_waits(store: Database) -> bool:
    return await waiting(store) == 0
