"""One service's database: transactions in worker threads, off the event loop.

names = await database.run(lambda session: session.exec(select(Offering.code)).all())
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from services.common.runtime.database_engine import BEGIN, SQLITE, open_engine
from services.common.runtime.logs import get_logger
from services.common.runtime.migrate import migrate

_log = get_logger(__name__)

T = TypeVar("T")
W = TypeVar("W")

_DEFAULT_CONNECTIONS = 4
_ATTEMPTS = 5
# SQLSTATEs with which PostgreSQL and its kin say: rolled back for certain, try again.
_SERIALIZATION_FAILURE = "40001"
_DEADLOCK_DETECTED = "40P01"
_RETRYABLE = frozenset({_SERIALIZATION_FAILURE, _DEADLOCK_DETECTED})
_MARKS = {"qmark": "?", "pyformat": "%s"}


@dataclass(frozen=True, slots=True)
class Statements:
    """The driver's cursor inside a transaction; `mark` stands for a value in its SQL (`?`, `%s`)."""

    cursor: DBAPICursor
    mark: str


class Database:
    """Runs pieces of work, each in one transaction. On SQLite one at a time, in order of arrival."""

    def __init__(self, engine: Engine, threads: int) -> None:
        self.engine = engine
        self._executor = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="database")

    async def run(self, work: Callable[[Session], T]) -> T:
        """Runs `work` in a worker thread inside one transaction and returns its result.

        Commits when it returns, rolls back when it raises, and passes the
        exception on. Cancelling the caller does not stop a transaction that
        has begun. `work` may run again after a serialization failure, so
        it must touch nothing but the session. Objects it returns stay readable.
        """
        return await asyncio.get_running_loop().run_in_executor(self._executor, self.run_sync, work)

    def run_sync(self, work: Callable[[Session], T]) -> T:
        """As `run`, in the calling thread. For start-up, before the event loop serves."""
        return self._repeated(self._in_session, work)

    async def run_statements(self, work: Callable[[Statements], T]) -> T:
        """As `run`, with the driver's own cursor: for what is written at every request.

        A session costs more than the few statements that it sends. Raises what `run` raises.
        """
        return await asyncio.get_running_loop().run_in_executor(
            self._executor, self._repeated, self._in_cursor, work
        )

    def _repeated(self, transaction: Callable[[Callable[[W], T]], T], work: Callable[[W], T]) -> T:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return transaction(work)
            except DBAPIError as error:
                if attempt == _ATTEMPTS or getattr(error.orig, "sqlstate", None) not in _RETRYABLE:
                    raise
                _log.debug("transaction tried again", attempt=attempt)
        raise AssertionError("the last attempt returns or raises")

    def _in_session(self, work: Callable[[Session], T]) -> T:
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            return work(session)

    def _in_cursor(self, work: Callable[[Statements], T]) -> T:
        dialect = self.engine.dialect
        try:
            # Closing rolls back what was not committed.
            with closing(self.engine.raw_connection()) as connection:
                cursor = connection.cursor()
                if dialect.name == SQLITE:  # opened in autocommit mode; psycopg begins by itself
                    cursor.execute(BEGIN)
                result = work(Statements(cursor, _MARKS[dialect.paramstyle]))
                connection.commit()
                return result
        except dialect.loaded_dbapi.Error as error:
            # As a session says it, without the values.
            raise DBAPIError.instance(
                None, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect
            ) from error

    async def run_driver(self, work: Callable[[DBAPIConnection], T]) -> T:
        """Runs `work` in a worker thread on the bare driver connection, in autocommit mode.

        For a hot statement that is a transaction of its own: no session, no
        BEGIN, one round trip. Nothing is tried again; where it raises, whether
        the statement took effect is unknown.
        """
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._on_driver, work)

    def _on_driver(self, work: Callable[[DBAPIConnection], T]) -> T:
        connection = self.engine.raw_connection()
        try:
            if self.engine.dialect.name == SQLITE:  # opened in autocommit mode
                return work(connection)
            driver = connection.dbapi_connection
            assert driver is not None
            self.engine.dialect.set_isolation_level(driver, "AUTOCOMMIT")
            try:
                return work(connection)
            finally:
                self.engine.dialect.reset_isolation_level(driver)
        finally:
            connection.close()

    async def reconnect(self) -> None:
        """Throws all connections away; the next transaction opens a new one.

        For reading back what became of a commit whose answer was lost. Waits
        for its turn behind the work that was handed in before.
        """
        await asyncio.get_running_loop().run_in_executor(self._executor, self.engine.dispose)

    async def close(self) -> None:
        """Waits for work in hand, then closes every connection."""
        await asyncio.to_thread(self._executor.shutdown, wait=True)
        self.engine.dispose()


def open_database(url: str, migrations: str, connections: int = _DEFAULT_CONNECTIONS) -> Database:
    """Opens a database, checks that it keeps what it acknowledges, and migrates it to the newest schema.

    `url`: `sqlite:///path` (the folder is made) or `postgresql+psycopg://...`.
    `migrations`: package path with Alembic versions in `versions/`. Blocks.
    Raises StartupRefusedError with a sentence for whoever starts the service.
    """
    engine = open_engine(url, connections)
    try:
        migrate(engine, migrations)
    except BaseException:
        engine.dispose()
        raise
    return Database(engine, 1 if engine.dialect.name == SQLITE else connections)
