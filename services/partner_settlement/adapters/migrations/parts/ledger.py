"""The double-entry ledger. Triggers keep what was booked as it is, whoever asks."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

_TABLES = ("ledger_entry", "ledger_posting")


def create_tables(op: Any) -> None:
    """Creates the tables of this concern. `op`: the module `alembic.op`."""
    op.create_table(
        "ledger_entry",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("booked_at", sa.BigInteger, nullable=False),
        sa.Column("run_id", sa.String(16), nullable=False, index=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("statement_id", sa.String(128), nullable=False),
        sa.Column("dispute_id", sa.String(64), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("reverses", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "ledger_posting",
        sa.Column("account_code", sa.String(96), primary_key=True),
        sa.Column(
            "number",
            sa.BigInteger,
            sa.ForeignKey("ledger_entry.number"),
            primary_key=True,
            autoincrement=False,
            index=True,
        ),
        sa.Column("currency_code", sa.String(3), primary_key=True),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        _refuse_changes_in_sqlite(op)
    else:
        _refuse_changes_in_postgresql(op)


def _refuse_changes_in_sqlite(op: Any) -> None:
    for table in _TABLES:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'the ledger is only ever added to'); END"
            )


def _refuse_changes_in_postgresql(op: Any) -> None:
    op.execute(
        "CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'the ledger is only ever added to'; END$$"
    )
    for table in _TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change()"
        )
