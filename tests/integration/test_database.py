"""A service's database on SQLite and PostgreSQL: transactions, migrations, what is refused."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session

from services.common.runtime.database import Database, Statements
from services.common.runtime.startup import SettingsError, StartupRefusedError
from services.common.runtime.tables import FollowerPosition
from tests.support.postgres import new_postgres_database
from tests.support.runtime_store import Effect, effects, open_store


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new/folder/store.sqlite"
    return new_postgres_database()


@pytest.fixture
async def store(url: str) -> AsyncIterator[Database]:
    database = open_store(url)
    yield database
    await database.close()


def add_effect(sequence: int) -> Effect:
    return Effect(partition=0, sequence=sequence)


def driver_connection(session: Session) -> object:
    return session.connection().connection.dbapi_connection


async def test_work_is_committed_when_it_returns(store: Database) -> None:
    await store.run(lambda session: session.add(add_effect(1)))
    assert await store.run(effects) == [(0, 1)]


async def test_work_that_raises_leaves_no_trace(store: Database) -> None:
    def work(session: Session) -> None:
        session.add(add_effect(1))
        session.flush()
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await store.run(work)
    assert await store.run(effects) == []


def add_with_cursor(statements: Statements) -> None:
    row = f"({statements.mark}, {statements.mark})"
    statements.cursor.execute(f"INSERT INTO effect (partition, sequence) VALUES {row}", (0, 1))


async def test_statements_are_committed_together_when_the_work_returns(store: Database) -> None:
    await store.run_statements(add_with_cursor)
    assert await store.run(effects) == [(0, 1)]


async def test_statements_of_work_that_raises_leave_no_trace(store: Database) -> None:
    def work(statements: Statements) -> None:
        add_with_cursor(statements)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await store.run_statements(work)
    assert await store.run(effects) == []


async def test_a_constraint_that_a_statement_breaks_is_raised_as_in_a_session(store: Database) -> None:
    def work(statements: Statements) -> None:
        add_with_cursor(statements)
        statements.cursor.execute("INSERT INTO effect (partition, sequence) VALUES (0, NULL)")

    with pytest.raises(IntegrityError, match="sequence"):
        await store.run_statements(work)
    assert await store.run(effects) == []
    await store.run_statements(add_with_cursor)
    assert await store.run(effects) == [(0, 1)]


async def test_returned_rows_can_be_read_after_the_transaction(store: Database) -> None:
    def work(session: Session) -> Effect:
        effect = add_effect(7)
        session.add(effect)
        return effect

    assert (await store.run(work)).sequence == 7


async def test_a_cancelled_caller_does_not_undo_a_transaction_that_has_begun(store: Database) -> None:
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def work(session: Session) -> None:
        loop.call_soon_threadsafe(begun.set)
        session.add(add_effect(1))

    caller = asyncio.create_task(store.run(work))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await store.close()
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM effect")).scalar_one() == 1
    store.engine.dispose()


async def test_after_a_reconnect_the_database_answers_on_a_new_connection(store: Database) -> None:
    await store.run(lambda session: session.add(add_effect(1)))
    before = await store.run(driver_connection)
    await store.reconnect()
    assert await store.run(driver_connection) is not before
    assert await store.run(effects) == [(0, 1)]


async def test_opening_again_keeps_what_is_there(url: str) -> None:
    first = open_store(url)
    await first.run(lambda session: session.add(add_effect(3)))
    await first.close()
    second = open_store(url)
    assert await second.run(effects) == [(0, 3)]
    await second.close()


async def test_the_schema_of_a_newer_program_is_refused(url: str) -> None:
    database = open_store(url)
    await database.run(lambda session: session.execute(text("UPDATE alembic_version SET version_num='9999'")))
    await database.close()
    with pytest.raises(StartupRefusedError, match="9999"):
        open_store(url)


async def test_the_outbox_and_positions_are_there_after_migrating(store: Database) -> None:
    await store.run(
        lambda session: session.add(
            FollowerPosition(name="settlement", stream="journal", partition=0, sequence=2**60)
        )
    )
    row = await store.run(lambda session: session.get(FollowerPosition, ("settlement", "journal", 0)))
    assert row is not None
    assert row.sequence == 2**60


async def test_a_broken_constraint_is_raised_to_the_caller(store: Database) -> None:
    def work(session: Session) -> None:
        session.add(FollowerPosition(name="a", stream="s", partition=0, sequence=1))

    await store.run(work)
    with pytest.raises(IntegrityError):
        await store.run(work)


async def test_sqlite_is_set_up_not_to_lose_what_it_acknowledges(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/store.sqlite")

    def pragmas(session: Session) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [session.execute(text(f"PRAGMA {name}")).scalar_one() for name in names]

    full = 2
    assert await store.run(pragmas) == ["wal", full, 1]
    await store.close()


async def test_on_sqlite_all_work_shares_one_connection_and_waits_its_turn(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/store.sqlite")

    def work(session: Session) -> int:
        count = len(effects(session))
        session.add(add_effect(count))
        return id(session.connection().connection.dbapi_connection)

    connections = await asyncio.gather(*(store.run(work) for _ in range(50)))
    assert len(set(connections)) == 1
    assert [sequence for _, sequence in await store.run(effects)] == list(range(50))
    await store.close()


async def test_a_migration_that_fails_leaves_sqlite_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with sqlite3.connect(path) as connection:
        # In the way of the last table that the first version makes.
        connection.execute("CREATE TABLE effect (id INTEGER)")
    connection.close()
    with pytest.raises(Exception, match="effect"):
        open_store(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    connection.close()
    assert names == {"effect"}


async def test_statements_for_a_database_that_is_away_fail_as_a_session_does() -> None:
    store = Database(create_engine("postgresql+psycopg://user@127.0.0.1:1/none"), 1)
    with pytest.raises(OperationalError):
        await store.run_statements(add_with_cursor)
    with pytest.raises(OperationalError):
        await store.run(effects)
    await store.close()


def test_a_database_that_cannot_be_reached_is_refused_without_its_password() -> None:
    with pytest.raises(StartupRefusedError) as caught:
        open_store("postgresql+psycopg://user:hunter2@127.0.0.1:1/none")
    assert "127.0.0.1:1" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_an_sqlite_file_that_cannot_be_made_is_refused_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StartupRefusedError, match="cannot make the folder"):
        open_store(f"sqlite:///{tmp_path}/file/store.sqlite")


@pytest.mark.parametrize("url", ["not a url", "mysql://localhost/x"])
def test_another_kind_of_database_is_refused_with_what_to_use(url: str) -> None:
    with pytest.raises(SettingsError, match="postgresql\\+psycopg://"):
        open_store(url)


def test_a_postgresql_that_acknowledges_before_it_has_written_is_refused() -> None:
    url = new_postgres_database()
    parsed = make_url(url)
    with psycopg.connect(
        host=str(parsed.query["host"]), user="postgres", dbname=parsed.database, autocommit=True
    ) as connection:
        connection.execute(f'ALTER DATABASE "{parsed.database}" SET synchronous_commit = off'.encode())
    with pytest.raises(StartupRefusedError, match="synchronous_commit=off"):
        open_store(url)


async def test_postgresql_tries_a_serialization_failure_again() -> None:
    store = open_store(new_postgres_database())
    await store.run(lambda session: session.add(add_effect(0)))
    attempts = []

    def work(session: Session) -> int:
        attempts.append(1)
        session.connection(execution_options={"isolation_level": "SERIALIZABLE"})
        total = len(effects(session))
        if len(attempts) == 1:
            # Another transaction reads and writes the same between our read and our commit.
            store.run_sync(_serializable_rival)
        session.add(add_effect(total))
        return total

    assert await store.run(work) == 2
    assert len(attempts) == 2
    await store.close()


async def test_postgresql_tries_statements_again_that_met_another_transaction() -> None:
    store = open_store(new_postgres_database())
    await store.run(lambda session: session.add(add_effect(0)))
    attempts = []

    def work(statements: Statements) -> int:
        attempts.append(1)
        statements.cursor.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        statements.cursor.execute("SELECT count(*) FROM effect")
        ((total,),) = statements.cursor.fetchall()
        if len(attempts) == 1:
            store.run_sync(_serializable_rival)
        statements.cursor.execute("INSERT INTO effect (partition, sequence) VALUES (0, %s)", (total,))
        return int(total)

    assert await store.run_statements(work) == 2
    assert len(attempts) == 2
    await store.close()


def _serializable_rival(session: Session) -> None:
    session.connection(execution_options={"isolation_level": "SERIALIZABLE"})
    session.add(add_effect(len(effects(session))))
