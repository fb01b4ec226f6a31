"""Snapshots: what they hold is exactly what the journal says, whatever fails meanwhile."""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.charging.adapters.journal_codec import ProtobufCodec
from services.charging.application import recovery
from services.charging.application.partition_writer import Phase
from services.charging.application.ports import Snapshot
from services.charging.application.snapshots import Snapshots, copy_of, digest_of, encoded_state
from services.charging.domain.apply import apply_entry
from services.charging.domain.apply import entry as applying
from services.charging.domain.events import Entry, Operation
from services.charging.domain.snapshot import entries_of
from services.charging.domain.state import PartitionState
from services.common.kernel.clock import HOUR, Instant
from services.common.kernel.outcome import RefusedError
from tests.support.charging_world import eur
from tests.support.happenings import Happenings
from tests.support.memory_journal import Fault, MemoryJournal
from tests.support.waiting import eventually
from tests.support.writer_world import WriterWorld, provision, top_up
from tests.unit.charging.lived_partition import assert_equal_states


@pytest.fixture(autouse=True)
def _no_pause_between_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "_PAUSE_SECONDS", 0.001)


def _snapshots(world: WriterWorld, every_records: int) -> Snapshots:
    return Snapshots(world.writer, world.journal, world.codec, every_records)


async def _replay_without_snapshots(journal: MemoryJournal) -> tuple[bytes, int]:
    bare = WriterWorld(MemoryJournal())
    bare.journal.rows = journal.rows
    return await bare.replayed_digest(), len(journal.rows)


async def _assert_snapshots_are_true(journal: MemoryJournal) -> None:
    """Each kept snapshot equals a replay of the rows up to its record."""
    assert journal.kept_snapshots
    for snapshot in journal.kept_snapshots:
        prefix = MemoryJournal()
        prefix.rows = journal.rows[: snapshot.sequence]
        with_snapshot = MemoryJournal()
        with_snapshot.rows = prefix.rows
        with_snapshot.kept_snapshots = [snapshot]
        plain, _ = await _replay_without_snapshots(prefix)
        assert await WriterWorld(with_snapshot).replayed_digest() == plain


async def test_a_snapshot_is_kept_every_so_many_records_and_bounds_the_replay() -> None:
    world = WriterWorld()
    _snapshots(world, every_records=5)
    async with world.running():
        await world.writer.execute(provision())
        for number in range(13):
            await world.top_up("1.00", f"t-{number}")
        await eventually(lambda: len(world.journal.kept_snapshots) == 2)
    await _assert_snapshots_are_true(world.journal)
    successor = WriterWorld(world.journal)
    await successor.writer.open()
    assert successor.writer.replayed_records < len(world.journal.rows) - 5
    assert successor.live_digest() == world.live_digest()
    assert successor.live_digest() == (await _replay_without_snapshots(world.journal))[0]


@pytest.mark.parametrize("fault", list(Fault))
async def test_batches_that_fail_between_seal_and_commit_never_show_in_a_snapshot(fault: Fault) -> None:
    world = WriterWorld()
    _snapshots(world, every_records=1)
    async with world.running():
        await world.writer.execute(provision())
        for number in range(12):
            if number % 3 == 1:
                world.journal.append_faults.append(fault)
            tasks = [world.begin(top_up("1.00", f"t-{number}-{part}")) for part in range(2)]
            await asyncio.gather(*tasks, return_exceptions=True)
            await eventually(lambda: world.writer.phase is Phase.SERVING)
            if world.journal.kept_snapshots:
                await _assert_snapshots_are_true(world.journal)
        assert world.live_digest() == await world.replayed_digest()
    written = 12 if fault is Fault.ANSWER_LOST else 8
    assert world.money() == eur(f"{10 + 2 * written}.00")


async def test_the_last_snapshot_makes_the_next_start_quick() -> None:
    world = WriterWorld()
    snapshots = _snapshots(world, every_records=1_000)
    async with world.running():
        await world.writer.execute(provision())
        await world.top_up("1.00")
        await world.writer.drain()
        await snapshots.close()
    await _assert_snapshots_are_true(world.journal)
    successor = WriterWorld(world.journal)
    await successor.writer.open()
    assert successor.writer.replayed_records == 1, "its own opening"


async def test_no_last_snapshot_is_made_of_a_commit_that_failed() -> None:
    world = WriterWorld()
    snapshots = _snapshots(world, every_records=1_000)
    async with world.running():
        await world.writer.execute(provision())
        world.journal.hold()
        last = world.begin(top_up("1.00", "t-1"))
        await world.committing(2)
        draining = asyncio.create_task(world.writer.drain())
        await asyncio.sleep(0)
        world.journal.append_faults.append(Fault.NOT_WRITTEN)
        world.journal.read_faults.extend(OSError("the disk is gone") for _ in range(3))
        world.journal.let_go()
        await draining
        await asyncio.gather(last, return_exceptions=True)
        assert world.writer.phase is Phase.STARTING
        await snapshots.close()
    assert world.journal.kept_snapshots == []
    world.journal.read_faults.clear()
    successor = WriterWorld(world.journal)
    await successor.writer.open()
    assert successor.money() == eur("10.00")


async def test_no_last_snapshot_is_made_by_a_writer_that_was_fenced() -> None:
    world = WriterWorld()
    snapshots = _snapshots(world, every_records=1_000)
    async with world.running():
        await world.writer.execute(provision())
        world.journal.epoch += 1
        with pytest.raises(RefusedError):
            await world.top_up("1.00")
        await snapshots.close()
    assert world.journal.kept_snapshots == []


async def test_a_snapshot_of_another_journal_or_of_no_sense_is_passed_over() -> None:
    world = WriterWorld()
    snapshots = _snapshots(world, every_records=1_000)
    async with world.running():
        await world.writer.execute(provision())
        await world.writer.drain()
        await snapshots.close()
    good = world.journal.kept_snapshots[0]
    foreign = Snapshot(good.partition, good.sequence, bytes(32), b"")
    broken = Snapshot(good.partition, good.sequence, good.hash, b"\xff\xff")
    world.journal.kept_snapshots = [foreign, broken, good]
    successor = WriterWorld(world.journal)
    await successor.writer.open()
    assert (successor.writer.replayed_records, successor.money()) == (1, eur("10.00"))


def _answered(state: PartitionState, number: int, hours: int) -> None:
    apply_entry(state, Entry(Instant(hours * HOUR), Operation.TOP_UP, (), f"k-{number}".encode(), b"d", b"a"))


def _restored(state: PartitionState) -> PartitionState:
    fresh = PartitionState()
    for entry in entries_of(state):
        apply_entry(fresh, entry, restoring=True)
    return fresh


def test_a_snapshot_keeps_every_answer_that_was_not_yet_forgotten() -> None:
    """An entry forgets the few oldest at most: after 20 old ones and a new one, 13 are left."""
    state = PartitionState()
    for number in range(20):
        _answered(state, number, hours=0)
    _answered(state, 20, hours=25)
    assert len(state.answers) == 13
    assert_equal_states(_restored(state), state)


def test_answers_are_kept_for_a_day_and_no_more_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    state = PartitionState()
    for number, hours in enumerate((0, 1, 24)):
        _answered(state, number, hours)
    assert list(state.answers) == [b"k-0", b"k-1", b"k-2"]
    _answered(state, 3, hours=25)
    assert list(state.answers) == [b"k-1", b"k-2", b"k-3"]
    monkeypatch.setattr(applying, "DUPLICATE_LIMIT", 3)
    _answered(state, 4, hours=25)
    assert list(state.answers) == [b"k-2", b"k-3", b"k-4"]


async def test_equal_states_are_written_alike_whatever_way_they_came_about() -> None:
    world = WriterWorld()
    async with world.running():
        for name in ("b", "a"):
            await world.writer.execute(provision(name))
        await world.top_up("1.00", account_id="b")
    other = WriterWorld()
    async with other.running():
        await other.writer.execute(provision("a"))
        await other.writer.execute(provision("b"))
        await other.top_up("0.50", account_id="b")
        await other.top_up("0.50", account_id="b")
    assert list(entries_of(world.writer.state)) == list(entries_of(other.writer.state))


@given(st.integers(0, 2**32), st.integers(1, 120))
def test_whatever_has_happened_a_snapshot_reads_back_as_the_same_state(seed: int, count: int) -> None:
    codec, history = ProtobufCodec(), Happenings(Random(seed))
    for _ in range(count):
        history.happen()
    _, entries = codec.decode_record(encoded_state(codec, 0, 1, history.state))
    restored = PartitionState()
    for entry in entries:
        apply_entry(restored, entry, restoring=True)
    assert_equal_states(restored, history.state)
    assert list(restored.expired) == list(history.state.expired)
    assert digest_of(codec, restored) == digest_of(codec, history.state)
    for _ in range(20):
        apply_entry(restored, history.happen())
    assert_equal_states(restored, history.state)


@given(st.integers(0, 2**32))
def test_a_copy_to_encode_stays_as_it_was_while_the_state_goes_on(seed: int) -> None:
    codec, history = ProtobufCodec(), Happenings(Random(seed))
    for _ in range(60):
        history.happen()
    before, copied = digest_of(codec, history.state), copy_of(history.state)
    for _ in range(60):
        history.happen()
    assert digest_of(codec, copied) == before
