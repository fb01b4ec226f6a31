"""The writer when its journal fails: nobody is told what is not durable, and memory follows the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from services.charging.application import partition_writer, recovery
from services.charging.application.charge_usage import Repeatable
from services.charging.application.partition_writer import Phase
from services.charging.application.ports import FencedError
from services.charging.application.provision_account import (
    Provision,
    ProvisionAccountUseCase,
    ProvisionSubscriber,
)
from services.charging.application.read_account import ReadAccount
from services.charging.application.watch_balance import WatchBalance
from services.common.kernel.outcome import RefusedError
from tests.support.charging_world import NOON, eur
from tests.support.memory_identities import MemoryIdentities
from tests.support.memory_journal import Fault, MemoryJournal
from tests.support.waiting import eventually
from tests.support.writer_world import WriterWorld, described, provision, top_up


@pytest.fixture(autouse=True)
def _no_pause_between_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "_PAUSE_SECONDS", 0.001)


def _reasons(results: Sequence[bytes | BaseException]) -> list[str]:
    return [
        result.refused.reason.name if isinstance(result, RefusedError) else "answered" for result in results
    ]


async def _serving(world: WriterWorld) -> None:
    await eventually(lambda: world.writer.phase is Phase.SERVING, what="the partition serves again")


@pytest.mark.parametrize("fault", [Fault.NOT_WRITTEN, Fault.UNKNOWN_NOT_WRITTEN])
async def test_a_failed_commit_fails_everybody_and_leaves_no_trace(fault: Fault) -> None:
    world = WriterWorld()
    async with world.running():
        await world.writer.execute(provision())
        before = world.live_digest()
        world.journal.hold()
        tasks = [world.begin(top_up("1.00", "t-1"))]
        await world.committing(2)
        tasks += [world.begin(top_up("2.00", "t-2")), world.begin(top_up("9.00", account_id="nobody"))]
        await asyncio.sleep(0)
        world.journal.append_faults.append(fault)
        world.journal.let_go()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert _reasons(results) == ["COMMIT_FAILED"] * 3, "also the refusal was decided on lost ground"
        await _serving(world)
        assert world.live_digest() == before == await world.replayed_digest()
        await world.top_up("1.00", "t-1")
    assert world.money() == eur("11.00")
    assert len(world.told) == 2


async def test_a_commit_whose_answer_was_lost_is_found_again_and_told() -> None:
    world = WriterWorld()
    watcher = WatchBalance(
        world.writer, ReadAccount(world.writer, MemoryIdentities()), world.journal, world.codec
    )
    async with world.running():
        await world.writer.execute(provision())
        stream = watcher("acme", None)
        await anext(stream)
        change = asyncio.create_task(anext(stream))
        await asyncio.sleep(0)
        world.journal.append_faults.append(Fault.ANSWER_LOST)
        with pytest.raises(RefusedError) as refused:
            await world.top_up("1.00", "t-1")
        assert refused.value.refused.reason.name == "COMMIT_FAILED"
        moved = await change
        await _serving(world)
        again = await world.top_up("1.00", "t-1")
        await stream.aclose()
    assert world.money() == eur("11.00"), "once"
    assert moved.sequence == 3
    assert again == world.told[-1].entries[0].answer
    assert [told.row.sequence for told in world.told] == [2, 3]


async def test_the_duplicate_of_a_lost_request_is_not_answered_from_memory_that_is_thrown_away() -> None:
    world = WriterWorld()
    async with world.running():
        await world.writer.execute(provision())
        world.journal.append_faults.append(Fault.NOT_WRITTEN)
        world.journal.read_faults.extend(OSError("the disk is gone") for _ in range(5))
        with pytest.raises(RefusedError):
            await world.top_up("1.00", "t-1")
        assert world.writer.phase is Phase.STARTING
        with pytest.raises(RefusedError) as refused:
            await world.writer.known_answer(b"t-1", b"1.00")
        assert refused.value.refused.reason.name == "PARTITION_UNAVAILABLE"
        await _serving(world)
        assert await world.writer.known_answer(b"t-1", b"1.00") is None


async def test_another_content_is_not_refused_before_the_first_is_durable() -> None:
    world = WriterWorld()
    async with world.running():
        await world.writer.execute(provision())
        world.journal.hold()
        world.journal.append_faults.append(Fault.NOT_WRITTEN)
        tasks = [world.begin(top_up("1.00", "t-1"))]
        await world.committing(2)
        tasks.append(world.begin(top_up("2.00", "t-1")))
        await asyncio.sleep(0)
        world.journal.let_go()
        assert _reasons(await asyncio.gather(*tasks, return_exceptions=True)) == ["COMMIT_FAILED"] * 2
        await _serving(world)
        await world.top_up("2.00", "t-1")
    assert world.money() == eur("12.00")


async def test_memory_that_is_thrown_away_does_not_say_which_accounts_exist() -> None:
    world = WriterWorld()
    reader = ReadAccount(world.writer, MemoryIdentities())
    async with world.running():
        await world.writer.execute(provision())
        assert reader.account_of("acme", "") == "acme"
        world.journal.corrupt(2)
        world.journal.append_faults.append(Fault.NOT_WRITTEN)
        with pytest.raises(RefusedError):
            await world.top_up("1.00")
        await eventually(lambda: world.writer.phase is Phase.STOPPED)
        with pytest.raises(RefusedError) as refused:
            reader.account_of("nobody", "")
    assert refused.value.refused.reason.name == "JOURNAL_CORRUPT"


async def test_a_database_that_comes_and_goes_while_replaying_does_not_end_the_writer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = WriterWorld()
    async with world.running() as committing:
        await world.writer.execute(provision())
        world.journal.append_faults.append(Fault.ANSWER_LOST)
        reads = 0
        plain = world.journal.read

        async def flapping(partition: int, after_sequence: int, limit: int) -> object:
            nonlocal reads
            reads += 1
            if reads % 2 == 0 and reads < 8:
                raise OSError("the connection is lost")
            return await plain(partition, after_sequence, limit)

        monkeypatch.setattr(world.journal, "read", flapping)
        with pytest.raises(RefusedError):
            await world.top_up("1.00", "t-1")
        await _serving(world)
        await world.top_up("2.00", "t-2")
        assert not committing.done()
    assert [told.row.sequence for told in world.told] == [2, 3, 4], "each once, in order"
    assert world.money() == eur("13.00")


async def test_a_fenced_writer_stops_answering_at_once() -> None:
    world = WriterWorld()
    async with world.running() as committing:
        await world.writer.execute(provision())
        world.journal.hold()
        tasks = [world.begin(top_up("1.00", "t-1"))]
        await world.committing(2)
        tasks.append(world.begin(top_up("2.00", "t-2")))
        await asyncio.sleep(0)
        world.journal.epoch += 1
        world.journal.let_go()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert _reasons(results) == ["FENCED", "FENCED"]
        assert world.writer.phase is Phase.FENCED
        for attempt in (world.top_up("1.00", "t-1"), world.writer.read(lambda state: state)):
            with pytest.raises(RefusedError) as refused:
                await attempt
            assert refused.value.refused.reason.name == "FENCED"
        with pytest.raises(FencedError):
            await committing
    assert len(world.journal.rows) == 2


async def test_a_changed_record_stops_the_partition_and_is_named() -> None:
    world = WriterWorld()
    async with world.running():
        await world.writer.execute(provision())
        await world.top_up("1.00")
    world.journal.corrupt(2)
    rows = list(world.journal.rows)
    successor = WriterWorld(world.journal)
    await successor.writer.open()
    assert successor.writer.phase is Phase.STOPPED
    assert "partition 3, record 2" in successor.writer.detail
    with pytest.raises(RefusedError) as refused:
        await successor.top_up("1.00")
    assert refused.value.refused.reason.name == "JOURNAL_CORRUPT"
    assert "record 2" in refused.value.refused.message
    assert (world.journal.rows, world.journal.epoch) == (rows, 1), "nothing is written"


async def test_a_journal_that_lost_an_acknowledged_record_stops_the_partition() -> None:
    world = WriterWorld()
    async with world.running():
        await world.writer.execute(provision())
        await world.top_up("1.00")
        del world.journal.rows[2:]
        world.journal.append_faults.append(Fault.NOT_WRITTEN)
        with pytest.raises(RefusedError):
            await world.top_up("2.00")
        await eventually(lambda: world.writer.phase is not Phase.STARTING)
        assert world.writer.phase is Phase.STOPPED
        assert "record 3" in world.writer.detail


async def test_a_fault_in_memory_is_mended_from_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    world = WriterWorld()
    async with world.running():
        await world.writer.execute(provision())
        before = world.live_digest()

        def broken(_state: object, _entry: object) -> None:
            raise KeyError("no such bucket")

        with monkeypatch.context() as patched:
            patched.setattr(partition_writer, "apply_entry", broken)
            with pytest.raises(KeyError):
                await world.top_up("1.00", "t-1")
        await _serving(world)
        assert world.live_digest() == before
        await world.top_up("1.00", "t-1")
        assert world.live_digest() == await world.replayed_digest()
    assert world.money() == eur("11.00")


async def test_a_commit_that_fails_while_draining_does_not_open_the_doors_again() -> None:
    world = WriterWorld()
    async with world.running():
        await world.writer.execute(provision())
        world.journal.hold()
        last = world.begin(top_up("1.00", "t-1"))
        await world.committing(2)
        draining = asyncio.create_task(world.writer.drain())
        await asyncio.sleep(0)
        world.journal.append_faults.append(Fault.NOT_WRITTEN)
        world.journal.let_go()
        assert _reasons(await asyncio.gather(last, return_exceptions=True)) == ["COMMIT_FAILED"]
        await draining
        await eventually(lambda: world.writer.phase is not Phase.STARTING)
        assert world.writer.phase is Phase.DRAINING
        with pytest.raises(RefusedError):
            await world.top_up("1.00", "t-1")
    assert world.money() == eur("10.00")


async def test_two_subscribers_of_one_request_never_share_an_id() -> None:
    """An attempt that ended between binding and opening had them as one subscriber with two identifiers."""
    world = WriterWorld(MemoryJournal())
    identities = MemoryIdentities({"imsi-26201000000001": "old", "imsi-26201000000002": "old"})
    use_case = ProvisionAccountUseCase(world.writer, identities, lambda: "new")
    subscribers = tuple(ProvisionSubscriber((identifier,), "", ()) for identifier in identities.bound)
    request = Provision("acme", "EUR", 0, 0, subscribers, NOON)
    async with world.running():
        with pytest.raises(RefusedError) as refused:
            await use_case(request, Repeatable(b"p-1", b"x", described))
    assert refused.value.refused.reason.name == "IDENTIFIER_TAKEN"
    assert world.writer.state.accounts == {}


async def test_an_identifier_is_not_refused_before_its_owner_is_durable() -> None:
    world = WriterWorld()
    identities = MemoryIdentities()
    use_case = ProvisionAccountUseCase(world.writer, identities, iter(("one", "two")).__next__)
    subscriber = ProvisionSubscriber(("imsi-26201000000001",), "", ())

    def open_account(account_id: str) -> asyncio.Task[bytes]:
        request = Provision(account_id, "EUR", 0, 0, (subscriber,), NOON)
        return asyncio.create_task(use_case(request, Repeatable(account_id.encode(), b"x", described)))

    async with world.running():
        world.journal.hold()
        world.journal.append_faults.append(Fault.NOT_WRITTEN)
        first = open_account("acme")
        await world.committing(1)
        second = open_account("other")
        await asyncio.sleep(0)
        world.journal.let_go()
        results = await asyncio.gather(first, second, return_exceptions=True)
        assert _reasons(results) == ["COMMIT_FAILED", "COMMIT_FAILED"]
        await _serving(world)
        await open_account("other")
        assert _reasons(await asyncio.gather(open_account("acme"), return_exceptions=True)) == [
            "IDENTIFIER_TAKEN"
        ]
    assert set(world.writer.state.accounts) == {"other"}
