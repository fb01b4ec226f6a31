"""SQLAlchemy engines that are set up for durability, or refused.

SQLite: WAL, synchronous=FULL, and one connection only. The versions 3.7.0 to
3.51.2 can lose a commit when a WAL is reset while a second connection reads
(https://sqlite.org/wal.html#walresetbug); with one connection it cannot happen.
PostgreSQL: a pool; a server that acknowledges before it has written is refused.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import URL, Engine, StaticPool, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from services.common.runtime.logs import get_logger
from services.common.runtime.startup import SettingsError, StartupRefusedError

_log = get_logger(__name__)

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
BEGIN = "BEGIN IMMEDIATE"
"""How a transaction begins on SQLite."""
_WAL_RESET_FAULT = ((3, 7, 0), (3, 51, 2))
_BUSY_TIMEOUT_MILLISECONDS = 5_000
_CONNECT_TIMEOUT_SECONDS = 5
_UNSAFE_POSTGRESQL = ("fsync", "synchronous_commit", "full_page_writes")


def open_engine(url: str, connections: int) -> Engine:
    """Makes an engine and proves it with one connection.

    Raises SettingsError for an address that is none, StartupRefusedError where
    the database cannot be reached or is set up to lose commits. Passwords do
    not show in messages.
    """
    parsed = _parse(url)
    engine = _sqlite_engine(parsed) if _backend(parsed) == SQLITE else _postgresql_engine(parsed, connections)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == POSTGRESQL:
                for setting in _UNSAFE_POSTGRESQL:
                    _refuse_off(setting, str(connection.execute(text(f"SHOW {setting}")).scalar_one()))
    except OperationalError as error:
        engine.dispose()
        raise StartupRefusedError(f"cannot open the database {_shown(parsed)}: {_cause(error)}") from error
    except StartupRefusedError:
        engine.dispose()
        raise
    return engine


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsError(
            "the database address is not a URL; use sqlite:///path/to/file "
            "or postgresql+psycopg://user@host/name"
        ) from error
    if _backend(parsed) not in {SQLITE, POSTGRESQL}:
        raise SettingsError(
            f"databases of type {_backend(parsed)!r} are not supported; use sqlite:/// or postgresql+psycopg://"
        )
    return parsed


def _sqlite_engine(url: URL) -> Engine:
    _log_wal_reset_fault(sqlite3.sqlite_version_info)
    if url.database and url.database != ":memory:":
        try:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StartupRefusedError(
                f"cannot make the folder of {url.database}: {error.strerror}"
            ) from error
    # Threads: all work goes through one worker thread (database.py); only the first
    # connection is made elsewhere.
    engine = create_engine(
        url,
        poolclass=StaticPool,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "isolation_level": None},
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(BEGIN))
    return engine


def _postgresql_engine(url: URL, connections: int) -> Engine:
    if url.get_driver_name() != "psycopg":
        url = url.set(drivername="postgresql+psycopg")
    return create_engine(
        url,
        hide_parameters=True,
        pool_size=connections,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"connect_timeout": _CONNECT_TIMEOUT_SECONDS, "application_name": "tidemark"},
    )


def _set_pragmas(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MILLISECONDS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        (mode,) = cursor.fetchone() or ("",)
        if mode not in {"wal", "memory"}:
            raise StartupRefusedError(
                f"SQLite cannot use write-ahead logging here (it offers {mode!r}); "
                "put the database file on a local disk"
            )
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
    finally:
        cursor.close()


def _log_wal_reset_fault(version: tuple[int, int, int]) -> None:
    lowest, highest = _WAL_RESET_FAULT
    if lowest <= version <= highest:
        _log.debug(
            "this SQLite has the WAL-reset fault; one connection per database keeps clear of it",
            sqlite_version=".".join(str(part) for part in version),
        )


def _refuse_off(setting: str, value: str) -> None:
    if value == "off":
        raise StartupRefusedError(
            f"PostgreSQL runs with {setting}=off, which loses acknowledged charges in a crash; "
            f"set {setting}=on for the server, the database and the role"
        )


def _backend(url: URL) -> str:
    return url.get_backend_name()


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def _cause(error: DBAPIError) -> str:
    """The driver's own sentence, on one line."""
    return " ".join(str(error.orig).split())
