"""Tables of the runtime itself, kept in the database of each service that uses them."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String
from sqlmodel import Field, SQLModel

_ID = BigInteger().with_variant(Integer(), "sqlite")


class OutboxEvent(SQLModel, table=True):
    """An event to publish, written in the transaction of its effect. Deleted once the bus has it."""

    __tablename__ = "outbox"

    id: int | None = Field(default=None, primary_key=True, sa_type=_ID)
    subject: str
    payload: bytes
    message_id: str = Field(unique=True)


class FollowerPosition(SQLModel, table=True):
    """Up to which record of a partition a follower's effects have been stored."""

    __tablename__ = "follower_position"

    name: str = Field(primary_key=True)
    stream: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    sequence: int = Field(sa_type=BigInteger)


class MigrationOperations(Protocol):
    """The part of `alembic.op` (a module) that is used here."""

    def create_table(self, table_name: str, *columns: Any) -> Any:
        """Creates a table."""

    def drop_table(self, table_name: str) -> Any:
        """Drops a table."""

    def execute(self, sqltext: str) -> Any:
        """Runs a statement."""


def create_runtime_tables(op: MigrationOperations) -> None:
    """Creates the runtime's tables; for a service's first Alembic version (`from alembic import op`).

    Spelled out rather than taken from the classes above: a migration is
    history, and must stay the same when the classes change.
    """
    op.create_table(
        "outbox",
        Column("id", _ID, primary_key=True, autoincrement=True),
        Column("subject", String, nullable=False),
        Column("payload", LargeBinary, nullable=False),
        Column("message_id", String, nullable=False, unique=True),
    )
    op.create_table(
        "follower_position",
        Column("name", String, primary_key=True),
        Column("stream", String, primary_key=True),
        Column("partition", Integer, primary_key=True, autoincrement=False),
        Column("sequence", BigInteger, nullable=False),
    )


def drop_runtime_tables(op: MigrationOperations) -> None:
    """Undoes `create_runtime_tables`, for a version's `downgrade`."""
    op.drop_table("follower_position")
    op.drop_table("outbox")
