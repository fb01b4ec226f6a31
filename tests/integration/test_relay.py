"""Story: every journal record is on the bus once and in order, whatever happens to NATS or to the relay."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.charging.adapters.relay import BATCH_ROWS, CURSOR, REWIND_CURSOR, JournalRelay
from services.charging.adapters.relay_stream import STREAM, JournalStream, subject
from services.charging.adapters.sql_journal import SqlJournal
from services.charging.domain.hash_chain import JournalRow
from services.common.runtime.bus import Bus
from services.common.runtime.database import Database
from tests.support.journal import (
    PARTITION,
    append_many,
    following,
    open_charging_database,
    opening,
    sqlite_url,
)
from tests.support.nats import NatsServer, nats_server
from tests.support.relayed import EndingAfter, LosingAnswers, published, running
from tests.support.waiting import eventually


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = open_charging_database(sqlite_url(tmp_path / "charging.db"))
    yield opened
    await opened.close()


@pytest.fixture
def journal(database: Database) -> SqlJournal:
    return SqlJournal(database)


@pytest.fixture
async def first(journal: SqlJournal) -> JournalRow:
    """The record that opens the partition."""
    return await journal.take_over(PARTITION, "a", opening())


@pytest.fixture
async def nats(tmp_path: Path) -> AsyncIterator[NatsServer]:
    async with nats_server(tmp_path) as server:
        yield server


@pytest.fixture
async def bus(nats: NatsServer) -> AsyncIterator[Bus]:
    opened = await Bus.open(nats.url, "test")
    yield opened
    await opened.close()


@pytest.fixture
def relay(journal: SqlJournal, bus: Bus) -> JournalRelay:
    return JournalRelay(journal, JournalStream(bus), PARTITION)


async def caught_up(relay: JournalRelay, sequence: int) -> None:
    await eventually(lambda: relay.relayed_sequence == sequence, 20, f"record {sequence} is on the bus")


async def sequences(bus: Bus) -> list[int]:
    return [message.sequence for message in await published(bus)]


def upto(last: int) -> list[int]:
    return list(range(1, last + 1))


async def test_each_record_is_one_message_byte_for_byte_and_in_order(
    journal: SqlJournal, first: JournalRow, relay: JournalRelay, bus: Bus
) -> None:
    rows = [first, *await append_many(journal, first, 3 * BATCH_ROWS)]
    async with running(relay):
        await caught_up(relay, len(rows))
        rows += await append_many(journal, rows[-1], 1)
        relay.notify()
        await caught_up(relay, len(rows))

    messages = await published(bus)
    assert [message.payload for message in messages] == [row.payload for row in rows]
    assert {message.subject for message in messages} == {f"tidemark.charging.v1.JournalRecord.{PARTITION}"}
    assert [
        [message.headers[name] for name in ("Nats-Msg-Id", "Tidemark-Sequence", "Tidemark-Epoch")]
        for message in messages
    ] == [[row.hash.hex(), str(row.sequence), "1"] for row in rows]
    assert {message.headers["Tidemark-Partition"] for message in messages} == {str(PARTITION)}


async def test_with_nats_down_at_the_start_charging_goes_on_and_the_relay_catches_up(
    journal: SqlJournal, first: JournalRow, relay: JournalRelay, bus: Bus, nats: NatsServer
) -> None:
    await nats.stop()
    async with running(relay):
        await append_many(journal, first, 20)
        relay.notify()
        assert relay.relayed_sequence == 0
        await nats.start()
        await caught_up(relay, 21)
    assert await sequences(bus) == upto(21)


async def test_nats_killed_and_restarted_again_and_again_loses_and_repeats_nothing(
    journal: SqlJournal, first: JournalRow, relay: JournalRelay, bus: Bus, nats: NatsServer
) -> None:
    last = first
    async with running(relay):
        for _ in range(3):
            for _ in range(40):
                (last,) = await append_many(journal, last, 1)
                relay.notify()
            await nats.kill()
            (*_, last) = await append_many(journal, last, 40)
            relay.notify()
            await nats.start()
        await caught_up(relay, last.sequence)
    assert await sequences(bus) == upto(241)


async def test_a_batch_whose_answer_was_lost_is_not_published_again(
    journal: SqlJournal, first: JournalRow, bus: Bus
) -> None:
    await append_many(journal, first, 2 * BATCH_ROWS)
    stream = LosingAnswers(bus)
    relay = JournalRelay(journal, stream, PARTITION)
    async with running(relay):
        await caught_up(relay, 2 * BATCH_ROWS + 1)
    assert stream.lost_answers == 1
    assert await sequences(bus) == upto(2 * BATCH_ROWS + 1)


async def test_a_relay_that_died_before_it_stored_its_cursor_goes_on_where_the_stream_ends(
    journal: SqlJournal, first: JournalRow, relay: JournalRelay, bus: Bus
) -> None:
    rows = await append_many(journal, first, 9)
    async with running(relay):
        await caught_up(relay, 10)
    await append_many(journal, rows[-1], 5)
    await journal.move_cursor(CURSOR, PARTITION, 0)  # whatever it had stored is lost

    again = JournalRelay(journal, JournalStream(bus), PARTITION)
    async with running(again):
        await caught_up(again, 15)
    assert await sequences(bus) == upto(15)


async def test_the_cursor_is_stored_when_the_relay_ends_in_good_order(
    journal: SqlJournal, first: JournalRow, relay: JournalRelay, database: Database
) -> None:
    await append_many(journal, first, 9)
    async with running(relay):
        await caught_up(relay, 10)
    await relay.close()
    assert await SqlJournal(database).cursor(CURSOR, PARTITION) == 10


async def test_records_the_bus_has_lost_at_its_end_are_published_again(
    journal: SqlJournal, first: JournalRow, relay: JournalRelay, bus: Bus
) -> None:
    await append_many(journal, first, 9)
    async with running(relay):
        await caught_up(relay, 10)
    await relay.close()
    for lost in (8, 9, 10):
        await bus.jetstream.delete_msg(STREAM, lost)

    again = JournalRelay(journal, JournalStream(bus), PARTITION)
    async with running(again):
        await caught_up(again, 10)
    state = (await bus.jetstream.stream_info(STREAM)).state
    assert (state.messages, state.last_seq) == (10, 13)


async def test_a_rewound_relay_publishes_every_later_record_again_in_order(
    journal: SqlJournal, first: JournalRow, relay: JournalRelay, bus: Bus
) -> None:
    rows = [first, *await append_many(journal, first, 2 * BATCH_ROWS)]
    count = len(rows)
    async with running(relay):
        await caught_up(relay, count)
        await relay.rewind(4)
        assert relay.relayed_sequence == 4
        await caught_up(relay, count)
        await append_many(journal, rows[-1], 1)
        relay.notify()
        await caught_up(relay, count + 1)

    messages = await published(bus)
    assert [message.sequence for message in messages] == upto(count) + upto(count + 1)[4:]
    assert [message.payload for message in messages[count:-1]] == [row.payload for row in rows[4:]]


async def test_a_rewind_ordered_while_nats_is_away_survives_a_restart(
    journal: SqlJournal, first: JournalRow, relay: JournalRelay, bus: Bus, nats: NatsServer
) -> None:
    await append_many(journal, first, 4)
    async with running(relay):
        await caught_up(relay, 5)
        await nats.stop()
        await relay.rewind(0)
    await nats.start()

    again = JournalRelay(journal, JournalStream(bus), PARTITION)
    async with running(again):
        await eventually(lambda: _holds(bus, 10), 20, "all records are there again")
        await eventually(lambda: _begun(journal), 20, "the relay knows that it has begun")
    third = JournalRelay(journal, JournalStream(bus), PARTITION)
    async with running(third):
        await caught_up(third, 5)
    assert await sequences(bus) == upto(5) + upto(5)


async def test_a_relay_that_dies_in_the_middle_of_a_repetition_finishes_it(
    journal: SqlJournal, first: JournalRow, relay: JournalRelay, bus: Bus
) -> None:
    await append_many(journal, first, 2 * BATCH_ROWS)
    count = 2 * BATCH_ROWS + 1
    async with running(relay):
        await caught_up(relay, count)
    await relay.rewind(0)
    dying = JournalRelay(journal, EndingAfter(bus), PARTITION)
    async with running(dying):
        await eventually(lambda: _holds(bus, count + BATCH_ROWS), 20, "a first batch is repeated")
        await eventually(lambda: _begun(journal), 20, "the relay knows that it has begun")

    again = JournalRelay(journal, JournalStream(bus), PARTITION)
    async with running(again):
        await eventually(lambda: _holds(bus, 2 * count), 20, "the repetition is complete")
    assert await sequences(bus) == upto(count) + upto(count)


async def test_a_wiped_bus_is_filled_again_by_a_rewind(
    journal: SqlJournal, first: JournalRow, relay: JournalRelay, bus: Bus, nats: NatsServer, tmp_path: Path
) -> None:
    rows = [first, *await append_many(journal, first, 9)]
    async with running(relay):
        await caught_up(relay, 10)
        await nats.stop()
        shutil.rmtree(tmp_path / "nats" / "store")
        await nats.start()
        rows += await append_many(journal, rows[-1], 1)
        relay.notify()
        await caught_up(relay, 11)
        await relay.rewind(0)
        await eventually(lambda: _holds(bus, 12), 20, "the record after the loss, and all of them again")
    assert await sequences(bus) == [11, *upto(11)]


async def test_the_relay_of_a_fenced_writer_and_that_of_its_successor_publish_each_record_once(
    journal: SqlJournal, first: JournalRow, relay: JournalRelay, bus: Bus, tmp_path: Path
) -> None:
    old_rows = await append_many(journal, first, 50)
    other = open_charging_database(sqlite_url(tmp_path / "charging.db"))
    successor = SqlJournal(other)
    new = JournalRelay(successor, JournalStream(bus), PARTITION)
    async with running(relay), running(new):
        opened = await successor.take_over(PARTITION, "b", opening("b"))
        last = opened
        for _ in range(50):
            last = following(last)
            await successor.append(last)
            relay.notify()
            new.notify()
        await caught_up(new, last.sequence)
    await other.close()
    assert opened.sequence == old_rows[-1].sequence + 1
    assert await sequences(bus) == upto(last.sequence)


async def test_a_stream_that_ends_with_another_journal_is_added_to_and_nothing_is_left_out(
    journal: SqlJournal, first: JournalRow, relay: JournalRelay, bus: Bus, tmp_path: Path
) -> None:
    """A database made anew beside a NATS store that was kept."""
    elsewhere = open_charging_database(sqlite_url(tmp_path / "elsewhere.db"))
    foreign = SqlJournal(elsewhere)
    await append_many(foreign, await foreign.take_over(PARTITION, "x", opening("x")), 6)
    foreign_relay = JournalRelay(foreign, JournalStream(bus), PARTITION)
    async with running(foreign_relay):
        await caught_up(foreign_relay, 7)
    await elsewhere.close()

    await append_many(journal, first, 2)
    async with running(relay):
        await caught_up(relay, 3)
    assert await sequences(bus) == upto(7) + upto(3)


async def test_records_that_are_large_together_go_in_several_batches(
    journal: SqlJournal, first: JournalRow, relay: JournalRelay, bus: Bus
) -> None:
    last = first
    for _ in range(5):
        last = following(last, "x" * 1_500_000)
        await journal.append(last)
    async with running(relay):
        await caught_up(relay, 6)
    assert await sequences(bus) == upto(6)


async def test_partitions_keep_their_own_subjects() -> None:
    assert [subject(n) for n in (0, 12)] == [
        "tidemark.charging.v1.JournalRecord.0",
        "tidemark.charging.v1.JournalRecord.12",
    ]


async def _begun(journal: SqlJournal) -> bool:
    """True once a rewind need not be begun again: from then on the stream itself tells how far it came."""
    return await journal.cursor(REWIND_CURSOR, PARTITION) == 0


async def _holds(bus: Bus, messages: int) -> bool:
    """True once the stream has so many messages; also while NATS is only just coming back."""
    if not bus.connected:
        return False
    return (await bus.jetstream.stream_info(STREAM)).state.messages == messages
