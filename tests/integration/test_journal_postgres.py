"""Story: the same journal on PostgreSQL, where the old writer and the new one really run side by side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlalchemy import PoolProxiedConnection, text

from services.charging.adapters.sql_journal import SqlJournal
from services.charging.application.ports import CommitFailedError, FencedError, Snapshot
from services.charging.application.verify_journal import verify_journal
from services.common.runtime.database import Database
from tests.support.journal import (
    PARTITION,
    MeetingDatabase,
    append_many,
    following,
    open_charging_database,
    opening,
)
from tests.support.postgres import new_postgres_database
from tests.support.waiting import eventually


@pytest.fixture
def url() -> str:
    return new_postgres_database()


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = open_charging_database(url)
    yield opened
    await opened.close()


@pytest.fixture
async def other(url: str, database: Database) -> AsyncIterator[Database]:
    opened = open_charging_database(url)
    yield opened
    await opened.close()


async def test_records_snapshots_and_cursors_are_kept(database: Database) -> None:
    journal = SqlJournal(database)
    first = await journal.take_over(PARTITION, "a", opening())
    rows = [first, *await append_many(journal, first, 20)]
    for sequence in (5, 10, 15):
        await journal.save_snapshot(Snapshot(PARTITION, sequence, b"h" * 32, b"state"))
    await journal.move_cursor("relay", PARTITION, 4)
    await journal.move_cursor("relay", PARTITION, 8)

    assert list(await journal.read(PARTITION, 0, 100)) == rows
    assert [kept.sequence for kept in await journal.snapshots(PARTITION)] == [15, 10]
    assert await journal.cursor("relay", PARTITION) == 8
    assert (await verify_journal(journal, PARTITION, acknowledged=(21, rows[-1].hash))).intact


async def test_an_old_writer_is_fenced_and_a_row_out_of_line_is_refused(
    database: Database, other: Database
) -> None:
    old, new = SqlJournal(database), SqlJournal(other)
    first = await old.take_over(PARTITION, "old", opening("old"))
    (last,) = await append_many(old, first, 1)
    opened = await new.take_over(PARTITION, "new", opening("new"))
    assert (opened.epoch, opened.sequence) == (2, 3)
    with pytest.raises(FencedError):
        await old.append(following(last))
    with pytest.raises(FencedError, match="epoch 1 is over"):
        await old.append(following(following(last)))
    with pytest.raises(CommitFailedError, match="does not follow"):
        await new.append(following(following(opened)))
    await append_many(new, opened, 1)
    assert (await verify_journal(new, PARTITION)).records == 4


@pytest.mark.parametrize("taken_before", [False, True])
async def test_of_two_take_overs_at_the_same_moment_exactly_one_wins(
    database: Database, other: Database, taken_before: bool
) -> None:
    if taken_before:
        await SqlJournal(database).take_over(PARTITION, "before", opening())
    barrier = asyncio.Barrier(2)
    rivals = [SqlJournal(MeetingDatabase.of(each, barrier)) for each in (database, other)]
    outcomes = await asyncio.gather(
        *(rival.take_over(PARTITION, "rival", opening()) for rival in rivals), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["FencedError", "JournalRow"]
    assert len(await SqlJournal(database).read(PARTITION, 0, 10)) == 1 + taken_before


async def test_an_append_in_the_middle_of_a_take_over_waits_for_it_and_is_fenced(
    database: Database, other: Database
) -> None:
    journal = SqlJournal(database)
    first = await journal.take_over(PARTITION, "old", opening("old"))
    with other.engine.connect() as connection:  # a take-over that has bumped the epoch but not committed
        connection.execute(text("UPDATE partition_owner SET epoch = 2"))
        append = asyncio.create_task(journal.append(following(first)))
        await eventually(lambda: _is_waited_for(other), what="the append waits for the take-over")
        connection.commit()
    with pytest.raises(FencedError, match="epoch 1 is over, 2 is in force"):
        await append


async def test_an_append_whose_connection_is_cut_is_settled_and_the_next_one_goes_through(
    database: Database, other: Database
) -> None:
    """The server process is ended while the append waits for a lock: certainly not written."""
    journal = SqlJournal(database)
    first = await journal.take_over(PARTITION, "a", opening())
    with other.engine.connect() as connection:
        connection.execute(text("SELECT epoch FROM partition_owner FOR UPDATE"))
        append = asyncio.create_task(journal.append(following(first)))
        await eventually(lambda: _is_waited_for(other), what="the append waits for the lock")
        with other.engine.connect() as killer:
            killer.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            )
        connection.rollback()
    with pytest.raises(CommitFailedError):
        await append
    await append_many(journal, first, 1)
    assert [row.sequence for row in await journal.read(PARTITION, 0, 10)] == [1, 2]


class LosingDatabase(Database):
    """Loses the link when an append has reached the server but is not committed yet; the server goes on."""

    lost: PoolProxiedConnection | None = None

    async def run_driver(self, work: Callable[[Any], Any]) -> Any:
        """Executes, and then hears nothing more."""
        self.lost = self.engine.raw_connection()
        await asyncio.to_thread(work, self.lost)
        raise OSError("the link broke")


async def test_a_lost_append_that_may_still_commit_is_waited_for_and_not_guessed_at(
    url: str, database: Database, other: Database
) -> None:
    first = await SqlJournal(other).take_over(PARTITION, "a", opening())
    losing = LosingDatabase(database.engine, threads=2)
    journal, row = SqlJournal(losing), following(first)

    append = asyncio.create_task(journal.append(row))
    await eventually(lambda: _is_waited_for(other), what="the reader waits for the lost transaction")
    assert losing.lost is not None
    losing.lost.commit()
    losing.lost.close()

    await append
    assert await journal.head(PARTITION) == row


def _is_waited_for(database: Database) -> bool:
    """True once some session of this database waits for a lock."""
    with database.engine.connect() as connection:
        waiting = connection.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
        )
        return bool(waiting.scalar_one())
