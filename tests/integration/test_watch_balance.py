"""Watching a balance: the present state, then every change; resumed by sequence; the slow ended, alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import grpc
import pytest
from tidemark.charging.v1 import account_api_pb2

from tests.support.live_accounts import Care, money_bucket, topping_up, watching
from tests.support.live_charging import Node, charging_process, open_channel, priced_charging
from tests.support.live_element import Element, Refusal, next_of, refusal, usage, used, wish
from tests.support.live_prices import DATA, EURO, INITIAL_OCTETS, OCTET
from tests.support.waiting import eventually

Update = account_api_pb2.WatchBalanceResponse
RESERVED = account_api_pb2.MOVEMENT_REASON_RESERVED
DEBITED = account_api_pb2.MOVEMENT_REASON_DEBITED
RELEASED = account_api_pb2.MOVEMENT_REASON_RELEASED
TOPPED_UP = account_api_pb2.MOVEMENT_REASON_TOPPED_UP
TOO_SLOW = Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, "WATCHER_TOO_SLOW")
QUEUED_CHANGES = 1_000


@pytest.fixture
async def charging(tmp_path: Path) -> AsyncIterator[Node]:
    async with priced_charging(tmp_path) as node:
        yield node


async def top_up(channel: grpc.aio.Channel, count: int, purpose: str, amount: int = EURO) -> None:
    """So many top-ups, one after the other: as many journal records."""
    care = Care(channel)
    for number in range(count):
        request = topping_up("anna", amount, f"{purpose}-{number}")
        await care.stub.TopUpAccount(request, timeout=10)


async def take(stream: Any, count: int) -> list[Update]:
    """The next messages of a watch."""
    return [await next_of(stream) for _ in range(count)]


def last_balance(changes: Sequence[Update]) -> int:
    return int(changes[-1].change.movements[-1].balance)


def sequences(changes: Sequence[Update]) -> list[int]:
    return [change.sequence for change in changes]


async def test_a_watch_shows_the_account_first_and_then_every_change(charging: Node) -> None:
    care, element = Care(charging.channel), Element(charging.channel)
    await care.open("anna")
    stream = watching(charging.channel, "anna")
    first = await next_of(stream)
    assert money_bucket(first.present).money.minor_micros == 5 * EURO
    assert first.present.sequence == first.sequence

    opened = await element.create("device-anna", "c-1", usage(DATA, asks=wish()))
    await care.top_up("anna", EURO)
    await element.release(opened.charging_data_ref, 2, usage(DATA, used(1_000)), second=9)
    changes = await take(stream, 3)
    moved = [
        [(m.reason, m.delta, m.balance, m.reserved) for m in change.change.movements] for change in changes
    ]
    held, cost = INITIAL_OCTETS * OCTET, 1_000 * OCTET
    assert moved == [
        [(RESERVED, 0, 5 * EURO, held)],
        [(TOPPED_UP, EURO, 6 * EURO, held)],
        [(DEBITED, -cost, 6 * EURO - cost, 0)],
    ]
    assert sequences(changes) == sorted(set(sequences(changes)))
    assert changes[0].sequence > first.sequence
    stream.cancel()


async def test_a_watch_may_name_the_subscriber_and_hears_of_no_other_account(charging: Node) -> None:
    care = Care(charging.channel)
    await care.open("anna")
    await care.open("bert")
    stream = care.stub.WatchBalance(account_api_pb2.WatchBalanceRequest(subscriber_identifier="device-bert"))
    assert (await next_of(stream)).present.account_id == "bert"
    await care.top_up("anna", EURO)
    await care.top_up("bert", 2 * EURO)
    (change,) = await take(stream, 1)
    assert last_balance([change]) == 7 * EURO
    stream.cancel()


async def test_a_watch_goes_on_after_a_cut_where_it_had_come_to(charging: Node) -> None:
    await Care(charging.channel).open("anna")
    line = open_channel(charging.address)
    stream = watching(line, "anna")
    start = await next_of(stream)
    await top_up(charging.channel, 3, "before")
    seen = await take(stream, 2)
    await line.close(None)
    await top_up(charging.channel, 3, "meanwhile")

    again = watching(charging.channel, "anna", after=seen[-1].sequence)
    seen += await take(again, 4)
    await top_up(charging.channel, 2, "after")
    seen += await take(again, 2)
    assert sequences(seen) == list(range(start.sequence + 1, start.sequence + 9))
    assert [last_balance([change]) for change in seen] == [(6 + n) * EURO for n in range(8)]
    again.cancel()


async def test_a_watch_goes_on_after_a_restart_where_it_had_come_to(charging: Node) -> None:
    await Care(charging.channel).open("anna")
    stream = watching(charging.channel, "anna")
    await next_of(stream)
    await top_up(charging.channel, 3, "before")
    seen = await take(stream, 2)
    await charging.restart()
    again = watching(charging.channel, "anna", after=seen[-1].sequence)
    seen += await take(again, 1)
    await top_up(charging.channel, 1, "after")
    seen += await take(again, 1)
    assert [last_balance([change]) for change in seen] == [6 * EURO, 7 * EURO, 8 * EURO, 9 * EURO]
    again.cancel()


async def test_watches_end_in_good_order_when_charging_is_told_to_stop(tmp_path: Path) -> None:
    async with charging_process(tmp_path) as charging:
        await Care(charging.channel).open("anna")
        streams: list[Any] = [watching(charging.channel, "anna"), Element(charging.channel).notices()]
        await next_of(streams[0])
        charging.terminate()
        assert await charging.ended() == 0
        assert [await stream.code() for stream in streams] == [grpc.StatusCode.OK, grpc.StatusCode.OK]


async def test_a_hundred_watchers_all_see_the_same_changes(charging: Node) -> None:
    await Care(charging.channel).open("anna")
    lines = [open_channel(charging.address) for _ in range(4)]
    streams = [watching(lines[number % 4], "anna") for number in range(100)]
    await asyncio.gather(*(next_of(stream) for stream in streams))
    await top_up(charging.channel, 10, "many")
    seen = await asyncio.gather(*(take(stream, 10) for stream in streams))
    assert all(changes == seen[0] for changes in seen)
    assert [last_balance([change]) for change in seen[0]] == [(6 + n) * EURO for n in range(10)]
    for line in lines:
        await line.close(None)


async def test_a_slow_reader_is_ended_without_a_gap_and_holds_nobody_up(charging: Node) -> None:
    """It reads nothing until its line and its queue are full; the other reads along."""
    await Care(charging.channel).open("anna", money=100 * EURO)
    slow_line = open_channel(charging.address, narrow=True)
    slow, quick = watching(slow_line, "anna"), watching(charging.channel, "anna")
    await next_of(slow)
    await next_of(quick)
    seen: list[Update] = []
    reading = asyncio.ensure_future(_read_into(quick, seen))
    changes = await _fill_a_line(charging) + QUEUED_CHANGES + 50
    await top_up(charging.channel, QUEUED_CHANGES + 50, "thin", amount=1)
    await eventually(lambda: len(seen) == changes, 30, "the quick reader has every change")
    reading.cancel()

    slowly: list[Update] = []
    async with asyncio.timeout(20):
        assert await refusal(_read_into(slow, slowly)) == TOO_SLOW
    assert 0 < len(slowly) < changes
    assert slowly == seen[: len(slowly)]
    resumed = watching(slow_line, "anna", after=slowly[-1].sequence)
    slowly += await take(resumed, changes - len(slowly))
    assert slowly == seen
    await slow_line.close(None)


async def _read_into(stream: Any, seen: list[Update]) -> None:
    async for update in stream:
        seen.append(update)


async def _fill_a_line(charging: Node) -> int:
    """Changes so large that a connection nobody reads from takes only some of them. How many."""
    element = Element(charging.channel)
    opened = await element.create("device-anna", "c-1")
    count = 30
    for number in range(count):
        containers = [used(1, 100 * number + n) for n in range(100)]
        await element.update(opened.charging_data_ref, 2 + number, usage(DATA, *containers), second=number)
    return count
