"""Story: whatever happens to the journal's rows behind charging's back is found, and the record is named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.charging.adapters.sql_journal import SqlJournal
from services.charging.application.ports import Snapshot
from services.charging.application.verify_journal import verify_journal
from services.charging.domain.hash_chain import GENESIS_HASH, JournalRow, chained
from services.common.runtime.database import Database
from tests.support.journal import (
    PARTITION,
    append_many,
    execute,
    open_charging_database,
    opening,
    sqlite_url,
)

RECORDS = 9


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = open_charging_database(sqlite_url(tmp_path / "charging.db"))
    yield opened
    await opened.close()


@pytest.fixture
async def rows(database: Database) -> list[JournalRow]:
    """A sound journal of nine records."""
    journal = SqlJournal(database)
    first = await journal.take_over(PARTITION, "a", opening())
    return [first, *await append_many(journal, first, RECORDS - 1)]


@pytest.mark.parametrize(
    ("damage", "sequence", "detail"),
    [
        (
            "UPDATE journal SET payload = X'00' WHERE sequence = 5",
            5,
            "its content does not match its hash",
        ),
        (
            "UPDATE journal SET hash = zeroblob(32) WHERE sequence = 5",
            5,
            "its content does not match its hash",
        ),
        (
            "UPDATE journal SET previous_hash = zeroblob(32) WHERE sequence = 5",
            5,
            "it does not follow the record before it",
        ),
        ("UPDATE journal SET epoch = 2 WHERE sequence = 5", 5, "its content does not match its hash"),
        ("UPDATE journal SET batch_id = X'01' WHERE sequence = 9", 9, "its content does not match its hash"),
        ("DELETE FROM journal WHERE sequence = 5", 5, "record 5 is missing: the next one found is 6"),
        ("DELETE FROM journal WHERE sequence = 1", 1, "record 1 is missing: the next one found is 2"),
        (
            "DELETE FROM journal WHERE sequence >= 8",
            8,
            "it is missing: the journal ends before it, and record 9 was acknowledged",
        ),
    ],
)
async def test_damage_is_found_and_the_first_record_at_fault_is_named(
    database: Database, rows: list[JournalRow], damage: str, sequence: int, detail: str
) -> None:
    await execute(database, damage)

    found = await verify_journal(
        SqlJournal(database), PARTITION, acknowledged=(RECORDS, rows[-1].hash), page_rows=4
    )

    assert not found.intact
    assert found.records == sequence - 1
    assert str(found.fault) == f"journal of partition {PARTITION}, record {sequence}: {detail}"


async def test_damage_is_found_by_the_process_that_still_has_the_rows_in_memory(
    database: Database,
) -> None:
    journal = SqlJournal(database)
    first = await journal.take_over(PARTITION, "a", opening())
    await append_many(journal, first, 3)
    await execute(database, "UPDATE journal SET payload = X'00' WHERE sequence = 2")
    assert (await verify_journal(journal, PARTITION)).records == 1


async def test_a_last_record_replaced_with_hashes_that_fit_is_not_the_one_acknowledged(
    database: Database, rows: list[JournalRow]
) -> None:
    last = rows[-1]
    forged = chained(PARTITION, RECORDS, last.epoch, last.batch_id, last.previous_hash, b"forged")
    await execute(
        database,
        "UPDATE journal SET payload = :payload, hash = :hash WHERE sequence = :sequence",
        payload=forged.payload,
        hash=forged.hash,
        sequence=RECORDS,
    )
    journal = SqlJournal(database)
    assert (await verify_journal(journal, PARTITION)).intact
    found = await verify_journal(journal, PARTITION, acknowledged=(RECORDS, last.hash))
    assert found.fault is not None
    assert (found.fault.sequence, found.fault.detail) == (
        RECORDS,
        "it is not the record that was acknowledged",
    )


async def test_the_tail_can_be_checked_from_a_known_record(
    database: Database, rows: list[JournalRow]
) -> None:
    journal = SqlJournal(database)
    found = await verify_journal(journal, PARTITION, after_sequence=6, after_hash=rows[5].hash)
    assert (found.records, found.sequence, found.hash, found.fault) == (3, RECORDS, rows[-1].hash, None)
    wrong = await verify_journal(journal, PARTITION, after_sequence=6, after_hash=rows[4].hash)
    assert wrong.fault is not None
    assert wrong.fault.sequence == 7


async def test_an_empty_journal_is_intact(database: Database) -> None:
    found = await verify_journal(SqlJournal(database), PARTITION)
    assert (found.intact, found.records, found.hash) == (True, 0, GENESIS_HASH)


async def test_the_last_two_snapshots_are_kept_newest_first(database: Database) -> None:
    journal = SqlJournal(database)
    for sequence in (10, 20, 30):
        await journal.save_snapshot(Snapshot(PARTITION, sequence, b"h" * 32, b"state %d" % sequence))
    await journal.save_snapshot(Snapshot(PARTITION + 1, 5, b"h" * 32, b"another partition"))

    assert [kept.sequence for kept in await journal.snapshots(PARTITION)] == [30, 20]
    assert [kept.state for kept in await journal.snapshots(PARTITION + 1)] == [b"another partition"]


async def test_saving_a_snapshot_of_the_same_record_again_replaces_it(database: Database) -> None:
    journal = SqlJournal(database)
    await journal.save_snapshot(Snapshot(PARTITION, 10, b"h" * 32, b"first"))
    await journal.save_snapshot(Snapshot(PARTITION, 10, b"h" * 32, b"second"))
    assert [kept.state for kept in await journal.snapshots(PARTITION)] == [b"second"]


@pytest.mark.parametrize("column", ["state", "hash", "checksum"])
async def test_a_damaged_snapshot_is_left_out_and_the_one_before_it_is_used(
    database: Database, column: str
) -> None:
    journal = SqlJournal(database)
    for sequence in (10, 20):
        await journal.save_snapshot(Snapshot(PARTITION, sequence, b"h" * 32, b"state"))
    await execute(database, f"UPDATE snapshot SET {column} = X'00' WHERE sequence = 20")
    assert [kept.sequence for kept in await journal.snapshots(PARTITION)] == [10]


async def test_named_readers_keep_their_places_apart(database: Database) -> None:
    journal = SqlJournal(database)
    assert await journal.cursor("relay", PARTITION) == 0
    await journal.move_cursor("relay", PARTITION, 7)
    await journal.move_cursor("relay", PARTITION, 5)
    await journal.move_cursor("auditor", PARTITION, 9)
    await journal.move_cursor("relay", PARTITION + 1, 1)
    assert await SqlJournal(database).cursor("relay", PARTITION) == 5
    assert await journal.cursor("auditor", PARTITION) == 9
