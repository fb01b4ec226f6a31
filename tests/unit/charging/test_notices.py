"""What elements and policy functions are told: at once, again when they were away, and never twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from services.charging.application.notify_elements import Notice, NotifyElements
from services.charging.application.partition_writer import Submission
from services.charging.application.read_counters import ReadCounters
from services.charging.application.watch_counters import WatchCounters
from services.charging.domain import commands
from services.charging.domain.answers import Answer, ChargingAnswer
from services.charging.domain.commands import Invocation
from services.charging.domain.sessions.spending import SetSpendCap
from services.charging.domain.subscriptions.commands import BarSubscriber
from services.charging.domain.tariffs import Tariffs
from tests.support.charging_catalog import DATA
from tests.support.charging_world import NOON, eur, later, report
from tests.support.memory_identities import MemoryIdentities
from tests.support.outcome_catalog import counter, spending_tariff
from tests.support.writer_world import WriterWorld, provision

CAPPED = counter("bill-shock", cap="1.00", liftable=True, thresholds=[("0.50", "warned")])


def _ref(answer: Answer) -> bytes:
    return answer.ref.encode() if isinstance(answer, ChargingAnswer) else b""


async def _do(world: WriterWorld, command: commands.Command) -> str:
    return (await world.writer.execute(Submission(command, b"", b"", _ref))).decode()


async def _create(world: WriterWorld, charging_id: str = "c-1") -> str:
    invocation = Invocation(0, NOON, (report(DATA),))
    return await _do(world, commands.CreateSession("acme-1", "smf-1", charging_id, invocation))


async def _update(world: WriterWorld, ref: str, sequence: int, *used: int) -> None:
    invocation = Invocation(sequence, later(NOON, sequence), (report(DATA, *used),))
    await _do(world, commands.UpdateSession(ref, invocation))


async def _bar(world: WriterWorld, barred: bool = True) -> None:
    await _do(world, BarSubscriber("acme-1", barred, "stolen", "care desk"))


@asynccontextmanager
async def _running(money: str = "10.00") -> AsyncIterator[tuple[WriterWorld, NotifyElements]]:
    world = WriterWorld()
    world.writer.tariffs = Tariffs([spending_tariff(CAPPED)])
    notify = NotifyElements(world.writer, world.clock)
    async with world.running():
        await world.writer.execute(provision(money=money))
        yield world, notify


async def _listening(stream: AsyncGenerator[Notice, None]) -> asyncio.Task[Notice]:
    """The stream's next notice, once it is open."""
    task = asyncio.create_task(anext(stream))
    await asyncio.sleep(0)
    return task


def _said(notice: Notice) -> tuple[str, tuple[int, ...], bool]:
    return notice.ref, notice.rating_groups, notice.ended


async def test_an_element_is_told_to_end_the_sessions_of_a_barred_subscriber() -> None:
    async with _running() as (world, notify):
        ref = await _create(world)
        stream = notify("smf-1")
        told = await _listening(stream)
        await _bar(world)
        notice = await told
        await stream.aclose()
    assert _said(notice) == (ref, (), True)
    assert notice.detail == "the subscriber is barred"


async def test_an_element_that_was_away_is_told_to_end_what_still_runs() -> None:
    async with _running() as (world, notify):
        first, second = await _create(world, "c-1"), await _create(world, "c-2")
        await _bar(world)
        released = commands.UpdateSession(first, Invocation(1, later(NOON, 1), ()), release=True)
        await _do(world, released)
        for _ in range(2):
            stream = notify("smf-1")
            assert _said(await anext(stream)) == (second, (), True)
            await stream.aclose()
        await _bar(world, barred=False)
        stream = notify("smf-1")
        told = await _listening(stream)
        third = await _create(world, "c-3")
        await _bar(world)
        # Lifted, the bar asks for nothing; the next notice is that of the new bar.
        assert _said(await told) == (second, (), True)
        assert _said(await anext(stream)) == (third, (), True)
        await stream.aclose()


async def test_a_session_that_runs_dry_twice_is_called_back_twice() -> None:
    async with _running(money="0.00") as (world, notify):
        ref = await _create(world)
        await world.top_up("0.10")
        stream = notify("smf-1")
        seen = [_said(await anext(stream))]
        await _update(world, ref, 1, 10)
        await _update(world, ref, 2)
        await world.top_up("0.10")
        seen.append(_said(await anext(stream)))
        await stream.aclose()
    assert seen == [(ref, (DATA,), False)] * 2


async def test_a_watcher_of_counters_sees_the_present_then_each_change_of_status() -> None:
    async with _running() as (world, _notify):
        identities = MemoryIdentities({"device-a": "acme-1"})
        reader = ReadCounters(world.writer, identities, world.clock)
        stream = WatchCounters(world.writer, reader, world.clock)("acme-1", ())
        seen = [await anext(stream)]
        ref = await _create(world)
        # A cent an octet: 0.30 EUR says nothing, 0.60 EUR passes the mark, 0.90 EUR is no news either.
        for number in (1, 2, 3):
            await _update(world, ref, number, 30)
        seen.append(await anext(stream))
        await _do(world, SetSpendCap("acme-1", "bill-shock", None, False, "the customer"))
        seen.append(await anext(stream))
        await stream.aclose()
    told = [[(view.value, view.status, view.cap) for view in change.views] for change in seen]
    assert told[0] == [(0, "", eur("1.00"))]
    # A watcher that was slow sees the latest, 0.90 EUR, instead of what it was at the mark.
    assert told[1][0][1:] == ("warned", eur("1.00"))
    assert told[2] == [(eur("0.90"), "warned", None)]


async def test_a_watcher_of_counters_is_told_when_a_period_is_over() -> None:
    async with _running() as (world, _notify):
        reader = ReadCounters(world.writer, MemoryIdentities({"device-a": "acme-1"}), world.clock)
        stream = WatchCounters(world.writer, reader, world.clock)("acme-1", ["bill-shock"])
        before = await anext(stream)
        ref = await _create(world)
        await _update(world, ref, 1, 60)
        assert (await anext(stream)).views[0].status == "warned"
        world.clock.time = before.views[0].period_end
        await world.top_up("1.00")
        await _do(world, SetSpendCap("acme-1", "bill-shock", None, True, "the clock has moved"))
        after = await anext(stream)
        await stream.aclose()
    assert (before.views[0].period, after.views[0].period) == ("2026-03", "2026-04")
    assert (after.views[0].value, after.views[0].status) == (0, "")
