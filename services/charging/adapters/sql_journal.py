"""The charging journal on SQL: fulfils the `Journal` port on SQLite and PostgreSQL.

How a commit is told apart from a guess: an exception while appending says
nothing about what lies on disk. It is settled by reading the key again on a
new connection. The row is there with our batch id: committed. It is not
there, and nobody can still be writing it: not committed. It is another's:
fenced. A caller that is cancelled meanwhile changes nothing about any of it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from services.charging.adapters import journal_statements as statements
from services.charging.adapters.recent_rows import RecentRows
from services.charging.adapters.uncancelled import Uncancelled
from services.charging.application.ports import CommitFailedError, FencedError, JournalError, Snapshot
from services.charging.domain.hash_chain import GENESIS_HASH, JournalRow
from services.common.kernel.clock import instant
from services.common.runtime.database import Database
from services.common.runtime.logs import get_logger

SETTLE_SECONDS = 30.0
_RETRY_SECONDS = 0.1

_log = get_logger(__name__)


class SqlJournal:
    """The journal in one database. Rows once committed never change, so the newest are kept in memory."""

    def __init__(self, database: Database, settle_seconds: float = SETTLE_SECONDS) -> None:
        self._database = database
        self._append_statement = statements.AppendStatement(database.engine.dialect)
        self._settle_seconds = settle_seconds
        self._recent: defaultdict[int, RecentRows] = defaultdict(RecentRows)
        self._uncancelled = Uncancelled()

    async def take_over(
        self, partition: int, owner: str, opening: Callable[[int, int, bytes], JournalRow]
    ) -> JournalRow:
        """Bumps the epoch by compare-and-set and inserts the opening record in one transaction.

        `opening(epoch, sequence, previous_hash)` is called in the database's
        worker thread, after the old writer has been shut out; again where a
        serialization failure undid the first attempt. Raises FencedError, or
        CommitFailedError where nothing was written.
        """
        return await self._uncancelled.run(self._take_over(partition, owner, opening))

    async def append(self, row: JournalRow) -> None:
        """Commits one row; see the port. Raises JournalError if the outcome can't be learned in time."""
        await self._uncancelled.run(self._append(row))

    async def read(self, partition: int, after_sequence: int, limit: int) -> Sequence[JournalRow]:
        """Up to `limit` rows after a sequence, ascending, as the database has them."""
        return await self._database.run(
            lambda session: statements.page(session, partition, after_sequence, limit)
        )

    async def read_recent(self, partition: int, after_sequence: int, limit: int) -> Sequence[JournalRow]:
        """As `read`, but from memory where this process commits the rows itself. Not for audit.

        What a later owner of the partition has written may stay out of sight.
        """
        recent = self._recent[partition].after(after_sequence, limit)
        return await self.read(partition, after_sequence, limit) if recent is None else recent

    async def head(self, partition: int) -> JournalRow | None:
        """The last row as the database has it; None for an empty partition."""
        return await self._database.run(lambda session: statements.head(session, partition))

    async def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keeps a snapshot and drops all but the last two of its partition."""
        await self._database.run(lambda session: statements.put_snapshot(session, snapshot))

    async def snapshots(self, partition: int) -> Sequence[Snapshot]:
        """Kept snapshots, newest first; one that does not fit its checksum is logged and left out."""
        found = await self._database.run(lambda session: statements.stored_snapshots(session, partition))
        for snapshot, sound in found:
            if not sound:
                _log.error(
                    "snapshot does not fit its checksum", partition=partition, sequence=snapshot.sequence
                )
        return [snapshot for snapshot, sound in found if sound]

    async def cursor(self, name: str, partition: int) -> int:
        """Sequence up to which a named reader has come; 0 at first."""
        return await self._database.run(lambda session: statements.cursor(session, name, partition))

    async def move_cursor(self, name: str, partition: int, sequence: int) -> None:
        """Stores how far a named reader has come."""
        await self._database.run(lambda session: statements.move_cursor(session, name, partition, sequence))

    async def close(self) -> None:
        """Waits until no commit is under way. The database is closed by whoever opened it."""
        await self._uncancelled.drained()

    async def _append(self, row: JournalRow) -> None:
        try:
            inserted = await self._database.run_driver(partial(self._append_statement.execute, row=row))
        except Exception as error:
            await self._settle(row, error)
        else:
            if not inserted:
                await self._settle(row, None)
        self._recent[row.partition].add(row)

    async def _take_over(
        self, partition: int, owner: str, opening: Callable[[int, int, bytes], JournalRow]
    ) -> JournalRow:
        built: list[JournalRow] = []
        seen_epoch: int | None = None

        def work(session: Session) -> JournalRow:
            epoch = statements.claim(session, partition, owner, seen_epoch, instant(datetime.now(UTC)))
            last = statements.head(session, partition)
            sequence, previous_hash = (1, GENESIS_HASH) if last is None else (last.sequence + 1, last.hash)
            built.append(opening(epoch, sequence, previous_hash))
            statements.insert_row(session, built[-1])
            return built[-1]

        self._recent[partition].clear()
        try:
            seen_epoch = await self._database.run(lambda session: statements.epoch(session, partition))
            row = await self._database.run(work)
        except FencedError:
            raise
        except Exception as error:
            if not built:
                raise _not_claimed(partition, error) from error
            row = built[-1]
            await self._settle(row, error)
        self._recent[partition].add(row)
        return row

    async def _settle(self, row: JournalRow, error: Exception | None) -> None:
        """Returns if the row is committed; raises what is the case otherwise."""
        self._recent[row.partition].clear()
        found, epoch = await self._look_again(row, error)
        name = f"partition {row.partition}, record {row.sequence}"
        if found is not None and (found.batch_id, found.hash) == (row.batch_id, row.hash):
            _log.warning(
                "a commit whose answer was lost is in the journal",
                partition=row.partition,
                sequence=row.sequence,
                error=_cause(error),
            )
            return
        if found is not None:
            raise FencedError(f"{name}: another writer's record is in its place") from error
        if epoch is not None and epoch > row.epoch:
            raise FencedError(f"{name}: epoch {row.epoch} is over, {epoch} is in force") from error
        if error is None:
            raise CommitFailedError(f"{name} was not written: it does not follow the journal's last record")
        raise CommitFailedError(f"{name} was not written: {_cause(error)}") from error

    async def _look_again(
        self, row: JournalRow, error: Exception | None
    ) -> tuple[JournalRow | None, int | None]:
        """The row of that key and the epoch in force, on a new connection; tries until the deadline."""

        def work(session: Session) -> tuple[JournalRow | None, int | None]:
            # The lock first: it waits until a lost transaction has ended one way or the other.
            epoch = statements.epoch(session, row.partition, locked=True)
            return statements.row_at(session, row.partition, row.sequence), epoch

        try:
            async with asyncio.timeout(self._settle_seconds):
                while True:
                    try:
                        await self._database.reconnect()
                        return await self._database.run(work)
                    except Exception as again:
                        _log.warning(
                            "commit outcome not known yet", sequence=row.sequence, error=_cause(again)
                        )
                        await asyncio.sleep(_RETRY_SECONDS)
        except TimeoutError:
            name = f"partition {row.partition}, record {row.sequence}"
            raise JournalError(f"{name}: the database does not say whether it was written") from error


def _not_claimed(partition: int, error: Exception) -> JournalError:
    if isinstance(error, IntegrityError):
        return FencedError(f"partition {partition}: another process took it over at the same moment")
    return CommitFailedError(f"partition {partition} was not taken over: {_cause(error)}")


def _cause(error: Exception | None) -> str:
    """The driver's own words: SQLAlchemy would add the statement with its values."""
    return " ".join(str(getattr(error, "orig", None) or error).split())
