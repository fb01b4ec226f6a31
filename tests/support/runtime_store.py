"""A database with the runtime's tables and one table of effects, for tests of the runtime."""

from __future__ import annotations

from sqlmodel import Field, Session, SQLModel, select

from services.common.runtime.database import Database, open_database

MIGRATIONS = "tests.support.runtime_migrations"


class Effect(SQLModel, table=True):
    """What a follower did with one record."""

    __tablename__ = "effect"

    id: int | None = Field(default=None, primary_key=True)
    partition: int
    sequence: int


def open_store(url: str) -> Database:
    """Opens a database with the test's own schema."""
    return open_database(url, MIGRATIONS)


def effects(session: Session) -> list[tuple[int, int]]:
    """(partition, sequence) of every effect, in the order stored."""
    return [(e.partition, e.sequence) for e in session.exec(select(Effect).order_by(Effect.id))]  # type: ignore[arg-type]
