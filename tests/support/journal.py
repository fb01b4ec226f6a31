"""A charging journal on a real database: opening it, writing to it, and breaking its connection."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from tidemark.charging.v1 import journal_pb2

from services.charging.adapters.sql_journal import SqlJournal
from services.charging.domain.hash_chain import JournalRow, chained
from services.common.runtime.database import Database, open_database

MIGRATIONS = "services.charging.adapters.migrations"
PARTITION = 3


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file."""
    return f"sqlite:///{path}"


def open_charging_database(url: str) -> Database:
    """Opens a database with charging's tables."""
    return open_database(url, MIGRATIONS)


def opening(owner: str = "a") -> Callable[[int, int, bytes], JournalRow]:
    """Builds the record with which `owner` takes the partition over."""

    def build(epoch: int, sequence: int, previous_hash: bytes) -> JournalRow:
        entry = journal_pb2.JournalEntry(operation=journal_pb2.OPERATION_OPEN_PARTITION)
        entry.events.add().partition_opened.owner = owner
        return record(sequence, epoch, previous_hash, [entry])

    return build


def following(row: JournalRow, name: str = "") -> JournalRow:
    """A record that follows `row`; `name` makes its content differ."""
    entry = journal_pb2.JournalEntry(operation=journal_pb2.OPERATION_TOP_UP, answer=name.encode())
    return record(row.sequence + 1, row.epoch, row.hash, [entry])


def record(
    sequence: int, epoch: int, previous_hash: bytes, entries: list[journal_pb2.JournalEntry]
) -> JournalRow:
    """A chained row whose payload is a real JournalRecord."""
    batch_id = uuid.uuid4().bytes
    payload = journal_pb2.JournalRecord(
        partition=PARTITION, sequence=sequence, epoch=epoch, batch_id=batch_id, entries=entries
    ).SerializeToString()
    return chained(PARTITION, sequence, epoch, batch_id, previous_hash, payload)


async def append_many(journal: SqlJournal, after: JournalRow, count: int) -> list[JournalRow]:
    """Appends `count` records one by one and returns them."""
    rows = []
    for _ in range(count):
        after = following(after)
        await journal.append(after)
        rows.append(after)
    return rows


async def execute(database: Database, statement: str, **values: object) -> None:
    """Runs one statement behind the journal's back."""
    await database.run(lambda session: session.connection().execute(text(statement), values).close())


class Faults:
    """What goes wrong on a SQLite connection, each once: set a field, and the next commit meets it.

    `before_commit`: raised with nothing on disk. `after_commit`: raised with
    everything on disk. `hold`: the commit waits until the event is set.
    """

    def __init__(self) -> None:
        self.before_commit: Exception | None = None
        self.after_commit: Exception | None = None
        self.hold: threading.Event | None = None
        self.holding = threading.Event()
        self.connections = 0

    async def install(self, database: Database) -> None:
        """Opens the database's connection anew, as one that can fail."""
        event.listen(database.engine, "do_connect", self._connect)
        await database.reconnect()
        await execute(database, "SELECT 1")

    def _connect(self, _dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> Any:
        self.connections += 1
        connection = sqlite3.connect(*arguments, **options, factory=_FaultyConnection)
        connection.faults = self
        return connection

    def around(self, commit: Callable[[], Any]) -> Any:
        """Runs a commit with whatever is set to go wrong."""
        if self.hold is not None:
            self.holding.set()
            assert self.hold.wait(timeout=10)
            self.hold = None
        error, self.before_commit = self.before_commit, None
        if error is not None:
            raise error
        result = commit()
        error, self.after_commit = self.after_commit, None
        if error is not None:
            raise error
        return result


class _FaultyConnection(sqlite3.Connection):
    faults: Faults

    def cursor(self, *_arguments: Any, **_options: Any) -> _FaultyCursor:  # type: ignore[override]
        return super().cursor(factory=_FaultyCursor)

    def commit(self) -> None:
        self.faults.around(super().commit)


class _FaultyCursor(sqlite3.Cursor):
    def execute(self, statement: str, *arguments: Any) -> Any:
        # In autocommit mode the append itself is the commit.
        connection = self.connection
        if statement.startswith("INSERT INTO journal") and not connection.in_transaction:
            assert isinstance(connection, _FaultyConnection)
            return connection.faults.around(lambda: super(_FaultyCursor, self).execute(statement, *arguments))
        return super().execute(statement, *arguments)


class MeetingDatabase(Database):
    """A database whose first piece of work ends only when that of another has ended too."""

    barrier: asyncio.Barrier | None = None

    @classmethod
    def of(cls, database: Database, barrier: asyncio.Barrier) -> MeetingDatabase:
        """The same engine, meeting at a barrier."""
        meeting = cls(database.engine, threads=1)
        meeting.barrier = barrier
        return meeting

    async def run(self, work: Callable[[Any], Any]) -> Any:
        """As the real one; then waits for the other, once."""
        result = await super().run(work)
        if self.barrier is not None:
            barrier, self.barrier = self.barrier, None
            await barrier.wait()
        return result
