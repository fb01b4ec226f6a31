"""Streams to apps and elements: what a slow one is told, and that it never sees a gap."""

from __future__ import annotations

import pytest

from services.charging.application import notify_elements, watch_balance
from services.charging.application.notify_elements import NotifyElements
from services.charging.application.partition_writer import Submission
from services.charging.application.read_account import ReadAccount
from services.charging.application.watch_balance import Change, Present, WatchBalance
from services.charging.domain import commands
from services.charging.domain.commands import Invocation
from services.charging.domain.events import BucketMoved
from services.common.kernel.outcome import RefusedError
from tests.support.charging_catalog import DATA
from tests.support.charging_world import NOON, eur, report
from tests.support.memory_identities import MemoryIdentities
from tests.support.writer_world import WriterWorld, described, provision


def _watch(world: WriterWorld) -> WatchBalance:
    return WatchBalance(
        world.writer, ReadAccount(world.writer, MemoryIdentities()), world.journal, world.codec
    )


async def test_a_watcher_sees_the_present_then_every_change_in_order() -> None:
    world = WriterWorld()
    watch = _watch(world)
    async with world.running():
        await world.writer.execute(provision())
        await world.writer.execute(provision("other"))
        stream = watch("acme", None)
        first = await anext(stream)
        for number in range(3):
            await world.top_up("1.00")
            await world.top_up("5.00", account_id="other")
            change = await anext(stream)
            assert isinstance(change, Change)
            moved = [move.balance for move in change.moves if isinstance(move, BucketMoved)]
            assert moved == [eur(f"{11 + number}.00")]
        await stream.aclose()
    assert isinstance(first, Present)
    assert first.view.buckets[0].balance == eur("10.00")


async def test_a_watcher_who_comes_back_gets_what_was_missed_and_nothing_twice() -> None:
    world = WriterWorld()
    watch = _watch(world)
    async with world.running():
        await world.writer.execute(provision())
        for _ in range(3):
            await world.top_up("1.00")
        stream = watch("acme", 3)
        seen = [(await anext(stream)).sequence for _ in range(2)]
        await world.top_up("1.00")
        seen.append((await anext(stream)).sequence)
        await stream.aclose()
        with pytest.raises(RefusedError) as refused:
            await anext(watch("acme", 99))
    assert seen == [4, 5, 6]
    assert refused.value.refused.field == "after_sequence"


async def test_a_slow_watcher_sees_no_change_after_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_balance, "QUEUE_CHANGES", 3)
    world = WriterWorld()
    watch = _watch(world)
    async with world.running():
        await world.writer.execute(provision())
        stream = watch("acme", None)
        first = await anext(stream)
        for _ in range(6):
            await world.top_up("1.00")
        seen = [first.sequence]
        with pytest.raises(RefusedError) as refused:
            while True:
                seen.append((await anext(stream)).sequence)
        again = watch("acme", seen[-1])
        missed = [(await anext(again)).sequence for _ in range(3)]
        await again.aclose()
    assert refused.value.refused.reason.name == "WATCHER_TOO_SLOW"
    assert seen + missed == [2, 3, 4, 5, 6, 7, 8]


def _create(number: int) -> Submission:
    """A session of an account without money: it runs dry at once."""
    command = commands.CreateSession("poor-1", "smf-1", f"c-{number}", Invocation(0, NOON, (report(DATA),)))
    return Submission(command, f"s-{number}".encode(), b"x", described)


async def test_an_element_hears_of_a_top_up_also_when_it_was_away() -> None:
    world = WriterWorld()
    notify = NotifyElements(world.writer, world.clock)
    async with world.running():
        await world.writer.execute(provision("poor", money="0.00"))
        await world.writer.execute(_create(1))
        await world.top_up("1.00", account_id="poor")
        stream = notify("smf-1")
        pending = await anext(stream)
        await world.writer.execute(_create(2))
        await stream.aclose()
    assert (pending.rating_groups, pending.ended) == ((DATA,), False)


async def test_a_slow_element_sees_no_notice_after_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify_elements, "QUEUE_NOTICES", 2)
    world = WriterWorld()
    notify = NotifyElements(world.writer, world.clock)
    async with world.running():
        await world.writer.execute(provision("poor", money="0.00"))
        await world.writer.execute(_create(0))
        await world.top_up("1.00", account_id="poor")
        stream = notify("smf-1")
        seen = [(await anext(stream)).ref]
        for _ in range(4):
            await world.top_up("1.00", account_id="poor")
        with pytest.raises(RefusedError) as refused:
            while True:
                seen.append((await anext(stream)).ref)
    assert refused.value.refused.reason.name == "WATCHER_TOO_SLOW"
    assert len(seen) <= 3
