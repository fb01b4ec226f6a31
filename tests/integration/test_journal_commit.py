"""Story: a commit is proved, never guessed. What was acknowledged is there; what was refused is not."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.charging.adapters.sql_journal import SqlJournal
from services.charging.application.ports import CommitFailedError, FencedError, JournalError
from services.charging.application.verify_journal import verify_journal
from services.common.runtime.database import Database
from tests.support.journal import (
    PARTITION,
    Faults,
    MeetingDatabase,
    append_many,
    following,
    open_charging_database,
    opening,
    record,
    sqlite_url,
)
from tests.support.waiting import eventually


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "charging.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    opened = open_charging_database(sqlite_url(path))
    yield opened
    await opened.close()


@pytest.fixture
async def other(path: Path, database: Database) -> AsyncIterator[Database]:
    """A second process's connection to the same file."""
    opened = open_charging_database(sqlite_url(path))
    yield opened
    await opened.close()


@pytest.fixture
async def faults(database: Database) -> Faults:
    installed = Faults()
    await installed.install(database)
    return installed


@pytest.fixture
def journal(database: Database) -> SqlJournal:
    return SqlJournal(database)


async def sequences(journal: SqlJournal) -> list[int]:
    return [row.sequence for row in await journal.read(PARTITION, 0, 1000)]


async def test_what_was_appended_is_read_back_in_order_and_in_pages(journal: SqlJournal) -> None:
    first = await journal.take_over(PARTITION, "a", opening())
    rows = [first, *await append_many(journal, first, 6)]

    assert await journal.read(PARTITION, 0, 3) == rows[:3]
    assert await journal.read(PARTITION, 3, 10) == rows[3:]
    assert await journal.head(PARTITION) == rows[-1]
    assert await journal.head(PARTITION + 1) is None
    assert (await verify_journal(journal, PARTITION, page_rows=2)).intact


async def test_an_answer_lost_after_the_row_reached_the_disk_is_found_to_be_a_commit(
    journal: SqlJournal, faults: Faults
) -> None:
    first = await journal.take_over(PARTITION, "a", opening())
    faults.after_commit = sqlite3.OperationalError("disk I/O error")

    row = following(first)
    await journal.append(row)

    assert await journal.head(PARTITION) == row
    await append_many(journal, row, 2)
    assert await sequences(journal) == [1, 2, 3, 4]


async def test_a_commit_that_failed_before_the_disk_is_reported_as_not_written(
    journal: SqlJournal, faults: Faults
) -> None:
    first = await journal.take_over(PARTITION, "a", opening())
    faults.before_commit = sqlite3.OperationalError("disk I/O error")

    with pytest.raises(CommitFailedError, match="record 2 was not written: disk I/O error"):
        await journal.append(following(first))

    assert await sequences(journal) == [1]
    await append_many(journal, first, 1)
    assert (await verify_journal(journal, PARTITION)).records == 2


async def test_the_outcome_is_read_back_on_a_new_connection(journal: SqlJournal, faults: Faults) -> None:
    first = await journal.take_over(PARTITION, "a", opening())
    before = faults.connections
    faults.after_commit = sqlite3.OperationalError("disk I/O error")
    await journal.append(following(first))
    assert faults.connections == before + 1


async def test_a_take_over_whose_answer_was_lost_is_found_to_be_one(
    journal: SqlJournal, faults: Faults
) -> None:
    await journal.take_over(PARTITION, "a", opening())
    faults.after_commit = None
    reading_then_claiming = _AfterReads(faults, sqlite3.OperationalError("disk I/O error"), after=True)
    row = await journal.take_over(PARTITION, "b", reading_then_claiming.opening)
    assert (row.epoch, row.sequence) == (2, 2)
    assert await journal.head(PARTITION) == row


async def test_a_take_over_that_failed_before_the_disk_leaves_the_old_writer_in_place(
    journal: SqlJournal, faults: Faults
) -> None:
    first = await journal.take_over(PARTITION, "a", opening())
    failing = _AfterReads(faults, sqlite3.OperationalError("disk I/O error"), after=False)
    with pytest.raises(CommitFailedError):
        await journal.take_over(PARTITION, "b", failing.opening)
    await append_many(journal, first, 1)
    assert await sequences(journal) == [1, 2]


class _AfterReads:
    """Arms a fault only when the opening record is built, so that it meets the commit of the take-over."""

    def __init__(self, faults: Faults, error: Exception, *, after: bool) -> None:
        self._faults, self._error, self._after = faults, error, after
        self._build = opening("b")

    def opening(self, epoch: int, sequence: int, previous_hash: bytes):  # type: ignore[no-untyped-def]
        if self._after:
            self._faults.after_commit = self._error
        else:
            self._faults.before_commit = self._error
        return self._build(epoch, sequence, previous_hash)


@contextlib.contextmanager
def locked(path: Path):  # type: ignore[no-untyped-def]
    """Somebody else holds the file's write lock."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    finally:
        connection.close()


async def test_a_database_locked_by_somebody_else_writes_nothing_and_says_so_once_it_can_be_read(
    journal: SqlJournal, database: Database, faults: Faults, path: Path
) -> None:
    first = await journal.take_over(PARTITION, "a", opening())
    before = faults.connections
    await database.run_driver(lambda connection: connection.cursor().execute("PRAGMA busy_timeout=20"))
    with locked(path):
        append = asyncio.create_task(journal.append(following(first)))
        await eventually(lambda: faults.connections > before)
    with pytest.raises(CommitFailedError, match="database is locked"):
        await append
    assert await sequences(journal) == [1]
    await append_many(journal, first, 1)


async def test_an_outcome_that_cannot_be_learned_in_time_is_neither_promised_nor_denied(
    database: Database, faults: Faults, path: Path
) -> None:
    journal = SqlJournal(database, settle_seconds=0.05)
    first = await journal.take_over(PARTITION, "a", opening())
    await database.run_driver(lambda connection: connection.cursor().execute("PRAGMA busy_timeout=20"))
    with locked(path), pytest.raises(JournalError, match="does not say whether") as raised:
        await journal.append(following(first))
    assert type(raised.value) is JournalError
    assert await sequences(journal) == [1]


async def test_a_caller_that_goes_away_does_not_stop_the_commit(journal: SqlJournal, faults: Faults) -> None:
    first = await journal.take_over(PARTITION, "a", opening())
    faults.hold = release = threading.Event()
    row = following(first)
    append = asyncio.create_task(journal.append(row))
    await eventually(faults.holding.is_set)

    append.cancel()
    with pytest.raises(asyncio.CancelledError):
        await append
    release.set()
    await journal.close()

    assert await journal.head(PARTITION) == row


async def test_a_row_that_does_not_follow_the_last_one_is_not_written(journal: SqlJournal) -> None:
    first = await journal.take_over(PARTITION, "a", opening())
    await append_many(journal, first, 1)
    stale = following(first)
    skipping = record(4, first.epoch, bytes(32), [])
    with pytest.raises(FencedError, match="record 2: another writer's record is in its place"):
        await journal.append(stale)
    with pytest.raises(CommitFailedError, match="does not follow"):
        await journal.append(skipping)
    assert await sequences(journal) == [1, 2]


async def test_the_same_row_appended_again_is_one_row(journal: SqlJournal) -> None:
    first = await journal.take_over(PARTITION, "a", opening())
    row = following(first)
    await journal.append(row)
    await journal.append(row)
    assert await sequences(journal) == [1, 2]


async def test_an_old_writer_is_fenced_as_soon_as_a_new_one_has_taken_over(
    journal: SqlJournal, other: Database
) -> None:
    first = await journal.take_over(PARTITION, "old", opening("old"))
    (last,) = await append_many(journal, first, 1)
    successor = SqlJournal(other)

    opened = await successor.take_over(PARTITION, "new", opening("new"))
    assert (opened.epoch, opened.sequence, opened.previous_hash) == (2, 3, last.hash)
    with pytest.raises(FencedError):
        await journal.append(following(last))
    await append_many(successor, opened, 2)
    with pytest.raises(FencedError, match="epoch 1 is over, 2 is in force"):
        await journal.append(record(6, 1, bytes(32), []))

    walk = await verify_journal(successor, PARTITION)
    assert (walk.intact, walk.records) == (True, 5)


async def test_of_two_take_overs_at_the_same_moment_exactly_one_wins(
    database: Database, other: Database
) -> None:
    await SqlJournal(database).take_over(PARTITION, "before", opening())
    barrier = asyncio.Barrier(2)
    rivals = [SqlJournal(MeetingDatabase.of(each, barrier)) for each in (database, other)]

    outcomes = await asyncio.gather(
        *(rival.take_over(PARTITION, f"rival-{n}", opening()) for n, rival in enumerate(rivals)),
        return_exceptions=True,
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["FencedError", "JournalRow"]
    assert await sequences(rivals[0]) == [1, 2]


async def test_of_two_first_take_overs_at_the_same_moment_exactly_one_wins(
    database: Database, other: Database
) -> None:
    barrier = asyncio.Barrier(2)
    rivals = [SqlJournal(MeetingDatabase.of(each, barrier)) for each in (database, other)]
    outcomes = await asyncio.gather(
        *(rival.take_over(PARTITION, "rival", opening()) for rival in rivals), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["FencedError", "JournalRow"]
    assert await sequences(rivals[0]) == [1]


async def test_recent_rows_are_answered_from_memory_and_older_ones_from_the_database(
    journal: SqlJournal, database: Database
) -> None:
    first = await journal.take_over(PARTITION, "a", opening())
    rows = [first, *await append_many(journal, first, 4)]
    fresh = SqlJournal(database)

    assert list(await journal.read_recent(PARTITION, 1, 2)) == rows[1:3]
    assert list(await journal.read_recent(PARTITION, 5, 2)) == []
    assert list(await fresh.read_recent(PARTITION, 1, 2)) == rows[1:3]
