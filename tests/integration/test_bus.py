"""The bus on a real nats-server: gone, back, full of duplicates, with a message nobody can handle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nats.js import api

from services.common.runtime.bus import Bus, BusMessage, BusUnavailableError, MessageTooLargeError, StreamSpec
from services.common.runtime.bus_consumer import (
    BatchHandler,
    ConsumerSpec,
    Delivery,
    Handler,
    consume,
    consume_batches,
)
from services.common.runtime.nats_server import MAX_PAYLOAD_BYTES
from tests.support.nats import NatsServer, nats_server
from tests.support.waiting import ended, eventually

EVENTS = StreamSpec("EVENTS", ("harbour.events.>",))
ARRIVED = "harbour.events.Arrived"
READER = ConsumerSpec("EVENTS", "reader", "harbour.events.>", acknowledge_seconds=1)


@pytest.fixture
async def nats(tmp_path: Path) -> AsyncIterator[NatsServer]:
    async with nats_server(tmp_path) as server:
        yield server


@asynccontextmanager
async def opened(nats: NatsServer) -> AsyncIterator[Bus]:
    bus = await Bus.open(nats.url, "test", [EVENTS])
    try:
        async with asyncio.timeout(10):
            await bus.wait_connected()
        yield bus
    finally:
        await bus.close()


@asynccontextmanager
async def consuming(bus: Bus, handler: Handler, spec: ConsumerSpec = READER) -> AsyncIterator[None]:
    task = asyncio.create_task(consume(bus, spec, handler))
    try:
        yield
    finally:
        await ended(task)


@asynccontextmanager
async def consuming_batches(
    bus: Bus, handler: BatchHandler, spec: ConsumerSpec = READER
) -> AsyncIterator[None]:
    task = asyncio.create_task(consume_batches(bus, spec, handler))
    try:
        yield
    finally:
        await ended(task)


async def stored(bus: Bus, stream: str = "EVENTS") -> list[str]:
    """Payloads in a stream, in order."""
    info = await bus.jetstream.stream_info(stream)
    found = []
    for sequence in range(1, info.state.last_seq + 1):
        message = await bus.jetstream.get_msg(stream, sequence)
        found.append((message.data or b"").decode())
    return found


def batch(*names: str) -> list[BusMessage]:
    return [BusMessage(ARRIVED, name.encode(), name) for name in names]


async def test_a_message_is_acknowledged_with_its_place_in_the_stream(nats: NatsServer) -> None:
    async with opened(nats) as bus:
        ack = await bus.publish(ARRIVED, b"a", "id-a")
        assert (ack.stream, ack.sequence, ack.duplicate) == ("EVENTS", 1, False)


async def test_the_same_message_id_is_stored_once(nats: NatsServer) -> None:
    async with opened(nats) as bus:
        await bus.publish_batch(batch("a", "b"))
        acks = await bus.publish_batch(batch("a", "b", "c"))
        assert [ack.duplicate for ack in acks] == [True, True, False]
        assert await stored(bus) == ["a", "b", "c"]


async def test_a_batch_keeps_its_order(nats: NatsServer) -> None:
    names = [f"{number:04}" for number in range(2000)]
    async with opened(nats) as bus:
        acks = await bus.publish_batch(batch(*names), timeout_seconds=60)
        assert [ack.sequence for ack in acks] == list(range(1, 2001))


async def test_opening_without_nats_returns_and_connects_when_it_comes(nats: NatsServer) -> None:
    await nats.stop()
    bus = await Bus.open(nats.url, "test", [EVENTS])
    assert not bus.connected
    with pytest.raises(BusUnavailableError):
        await bus.publish(ARRIVED, b"a", "id-a")
    await nats.start()
    await eventually(lambda: bus.connected)
    assert (await bus.publish(ARRIVED, b"a", "id-a")).sequence == 1
    await bus.close()


async def test_a_bus_that_never_connected_can_be_closed(nats: NatsServer) -> None:
    await nats.stop()
    bus = await Bus.open(nats.url, "test", [EVENTS])
    async with asyncio.timeout(10):
        await bus.close()


async def test_a_publisher_is_told_at_once_when_nats_dies_and_goes_on_when_it_is_back(
    nats: NatsServer,
) -> None:
    async with opened(nats) as bus:
        await bus.publish(ARRIVED, b"before", "1")
        await nats.kill()
        await eventually(lambda: not bus.connected)
        with pytest.raises(BusUnavailableError):
            await bus.publish(ARRIVED, b"lost", "2")
        await nats.start()
        await eventually(lambda: bus.connected)
        await bus.publish(ARRIVED, b"after", "3")
        assert await stored(bus) == ["before", "after"]


async def test_what_was_acknowledged_is_there_after_a_kill(nats: NatsServer) -> None:
    async with opened(nats) as bus:
        names = [str(number) for number in range(100)]
        await bus.publish_batch(batch(*names))
        await nats.kill()
        await nats.start()
        await eventually(lambda: bus.connected)
        assert await stored(bus) == names


async def test_a_stream_that_is_gone_is_made_again_when_the_link_comes_back(nats: NatsServer) -> None:
    async with opened(nats) as bus:
        await bus.jetstream.delete_stream("EVENTS")
        with pytest.raises(BusUnavailableError):
            await bus.publish(ARRIVED, b"a", "1")
        await nats.kill()
        await eventually(lambda: not bus.connected)
        await nats.start()
        await eventually(lambda: bus.connected)
        assert (await bus.publish(ARRIVED, b"a", "1")).sequence == 1


async def test_a_stream_is_brought_up_to_date(nats: NatsServer) -> None:
    async with opened(nats) as bus:
        await bus.ensure_stream(StreamSpec("EVENTS", ("harbour.>",), max_age_seconds=60))
        info = await bus.jetstream.stream_info("EVENTS")
        assert info.config.subjects == ["harbour.>"]
        assert info.config.max_age == 60


async def test_what_an_operator_has_set_on_a_stream_is_left_alone(nats: NatsServer) -> None:
    async with opened(nats) as bus:
        config = (await bus.jetstream.stream_info("EVENTS")).config
        await bus.jetstream.update_stream(config.evolve(max_bytes=10_000_000, description="night shift"))
        await bus.ensure_stream(EVENTS)
        config = (await bus.jetstream.stream_info("EVENTS")).config
        assert (config.max_bytes, config.description) == (10_000_000, "night shift")


async def test_a_message_beyond_the_servers_limit_is_refused_before_anything_is_sent(
    nats: NatsServer,
) -> None:
    async with opened(nats) as bus:
        messages = [*batch("a"), BusMessage(ARRIVED, bytes(MAX_PAYLOAD_BYTES + 1), "big")]
        with pytest.raises(MessageTooLargeError, match="big"):
            await bus.publish_batch(messages)
        assert await stored(bus) == []


async def test_a_consumer_gets_every_message_with_its_id_headers_and_place(nats: NatsServer) -> None:
    got: list[Delivery] = []

    async def handler(delivery: Delivery) -> None:
        got.append(delivery)

    async with opened(nats) as bus:
        await bus.publish(ARRIVED, b"a", "id-a", {"Harbour": "north"})
        async with consuming(bus, handler):
            await eventually(lambda: len(got) == 1)
            await bus.publish(ARRIVED, b"b", "id-b")
            await eventually(lambda: len(got) == 2)
    first, second = got
    assert (first.payload, first.message_id, first.headers["Harbour"]) == (b"a", "id-a", "north")
    assert [(d.subject, d.stream_sequence, d.attempt) for d in got] == [(ARRIVED, 1, 1), (ARRIVED, 2, 1)]
    assert second.payload == b"b"


async def test_more_messages_than_one_pull_arrive_in_order_and_once(nats: NatsServer) -> None:
    got: list[str] = []

    async def handler(delivery: Delivery) -> None:
        got.append(delivery.payload.decode())

    names = [str(number) for number in range(500)]
    async with opened(nats) as bus:
        await bus.publish_batch(batch(*names), timeout_seconds=60)
        async with consuming(bus, handler):
            await eventually(lambda: len(got) >= 500, deadline_seconds=30)
            await eventually(lambda: _acknowledged(bus))
    assert got == names


async def test_a_failed_message_comes_again_while_others_go_on(nats: NatsServer) -> None:
    handled: list[tuple[str, int]] = []

    async def handler(delivery: Delivery) -> None:
        if delivery.payload == b"a" and delivery.attempt < 3:
            raise RuntimeError("not yet")
        handled.append((delivery.payload.decode(), delivery.attempt))

    async with opened(nats) as bus:
        await bus.publish_batch(batch("a", "b"))
        async with consuming(bus, handler):
            await eventually(lambda: len(handled) == 2)
    assert handled == [("b", 1), ("a", 3)]


async def test_a_message_nobody_can_handle_is_parked_with_its_origin(nats: NatsServer) -> None:
    handled: list[str] = []

    async def handler(delivery: Delivery) -> None:
        if delivery.payload == b"poison":
            raise RuntimeError("never")
        handled.append(delivery.payload.decode())

    spec = ConsumerSpec("EVENTS", "reader", "harbour.events.>", attempts=2)
    async with opened(nats) as bus:
        await bus.publish_batch(batch("poison", "b"))
        async with consuming(bus, handler, spec):
            await eventually(lambda: _has_parked(bus))
            await eventually(lambda: _acknowledged(bus))
            await bus.publish_batch(batch("c"))
            await eventually(lambda: handled == ["b", "c"])
        parked = await bus.jetstream.get_msg("PARKED", 1)
    assert (parked.subject, parked.data) == ("tidemark.parked.reader", b"poison")
    headers = parked.headers or {}
    assert headers["Tidemark-Parked-Subject"] == ARRIVED
    assert (headers["Tidemark-Parked-Stream"], headers["Tidemark-Parked-Stream-Sequence"]) == ("EVENTS", "1")


async def test_messages_that_wait_are_handed_over_together_in_order_and_all_acknowledged(
    nats: NatsServer,
) -> None:
    got: list[list[str]] = []

    async def handler(deliveries: Sequence[Delivery]) -> None:
        got.append([delivery.payload.decode() for delivery in deliveries])

    names = [str(number) for number in range(500)]
    async with opened(nats) as bus:
        await bus.publish_batch(batch(*names), timeout_seconds=60)
        async with consuming_batches(bus, handler):
            await eventually(lambda: sum(map(len, got)) >= 500, deadline_seconds=30)
            await eventually(lambda: _acknowledged(bus))
    assert [name for some in got for name in some] == names
    # Eight pulls of 64; a batch may be cut where a message was on its way.
    assert len(got) <= 50
    assert max(map(len, got)) <= READER.batch


async def test_of_a_batch_that_fails_only_the_message_at_fault_comes_again_and_is_parked(
    nats: NatsServer,
) -> None:
    handled: list[str] = []
    attempts: list[int] = []

    async def handler(deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            if delivery.payload == b"poison":
                attempts.append(delivery.attempt)
                raise RuntimeError("never")
        handled.extend(delivery.payload.decode() for delivery in deliveries)

    spec = ConsumerSpec("EVENTS", "reader", "harbour.events.>", attempts=2)
    async with opened(nats) as bus:
        await bus.publish_batch(batch("a", "poison", "b"))
        async with consuming_batches(bus, handler, spec):
            await eventually(lambda: _has_parked(bus))
            await eventually(lambda: _acknowledged(bus))
        parked = await bus.jetstream.get_msg("PARKED", 1)
    assert parked.data == b"poison"
    assert handled == ["a", "b"]
    assert set(attempts) == {1, 2}


async def test_a_batch_killed_before_it_was_acknowledged_comes_again_whole(nats: NatsServer) -> None:
    begun = asyncio.Event()
    again: list[tuple[str, int]] = []

    async def never_done(deliveries: Sequence[Delivery]) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def handler(deliveries: Sequence[Delivery]) -> None:
        again.extend((delivery.payload.decode(), delivery.attempt) for delivery in deliveries)

    async with opened(nats) as bus:
        await bus.publish_batch(batch("a", "b", "c"))
        async with consuming_batches(bus, never_done):
            async with asyncio.timeout(10):
                await begun.wait()
        async with consuming_batches(bus, handler):
            await eventually(lambda: len(again) >= 3, deadline_seconds=20)
    assert [name for name, _ in again] == ["a", "b", "c"]
    assert again[0][1] == 2


async def test_a_consumer_waits_for_a_stream_that_is_made_later(nats: NatsServer) -> None:
    got: list[str] = []

    async def handler(delivery: Delivery) -> None:
        got.append(delivery.payload.decode())

    bus = await Bus.open(nats.url, "reader")
    async with consuming(bus, handler):
        async with opened(nats) as publisher:
            await publisher.publish(ARRIVED, b"a", "1")
        await eventually(lambda: got == ["a"])
    await bus.close()


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_a_consumer_goes_on_after_nats_was_away(nats: NatsServer, end: str) -> None:
    got: list[str] = []

    async def handler(delivery: Delivery) -> None:
        got.append(delivery.payload.decode())

    async with opened(nats) as bus, consuming(bus, handler):
        await bus.publish(ARRIVED, b"a", "1")
        await eventually(lambda: "a" in got)
        await (nats.stop() if end == "stop" else nats.kill())
        await nats.start()
        await eventually(lambda: bus.connected)
        await bus.publish(ARRIVED, b"b", "2")
        await eventually(lambda: "b" in got, deadline_seconds=20)
        # "a" may come again: its acknowledgement can be lost with the server.
        assert got[0] == "a"
        assert got[-1] == "b"


async def test_a_consumer_killed_before_it_acknowledged_gets_the_message_again(nats: NatsServer) -> None:
    begun = asyncio.Event()

    async def never_done(delivery: Delivery) -> None:
        begun.set()
        await asyncio.Event().wait()

    again: list[Delivery] = []

    async def handler(delivery: Delivery) -> None:
        again.append(delivery)

    async with opened(nats) as bus:
        await bus.publish(ARRIVED, b"a", "1")
        async with consuming(bus, never_done):
            async with asyncio.timeout(10):
                await begun.wait()
        async with consuming(bus, handler):
            await eventually(lambda: bool(again), deadline_seconds=20)
    assert (again[0].payload, again[0].attempt) == (b"a", 2)


async def _acknowledged(bus: Bus) -> bool:
    info: api.ConsumerInfo = await bus.jetstream.consumer_info("EVENTS", "reader")
    return info.num_ack_pending == 0 and info.num_pending == 0


async def _has_parked(bus: Bus) -> bool:
    return any(
        info.config.name == "PARKED" and info.state.messages for info in await bus.jetstream.streams_info()
    )
