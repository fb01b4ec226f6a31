"""Disputes and their trail."""

from __future__ import annotations

import sqlalchemy as sa

from services.common.runtime.tables import MigrationOperations


def create_tables(op: MigrationOperations) -> None:
    """Creates the tables of this concern."""
    op.create_table(
        "dispute",
        sa.Column("dispute_id", sa.String(64), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False, unique=True),
        sa.Column("statement_id", sa.String(128), nullable=False, index=True),
        sa.Column("line_number", sa.Integer, nullable=False),
        sa.Column("party_code", sa.String(64), nullable=False, index=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("currency_code", sa.String(3), nullable=False),
        sa.Column("line_minor", sa.BigInteger, nullable=False),
        sa.Column("claimed_minor", sa.BigInteger, nullable=False),
        sa.Column("agreed_minor", sa.BigInteger),
        sa.Column("held_minor", sa.BigInteger, nullable=False),
        sa.Column("deducted", sa.Boolean, nullable=False),
    )
    op.create_table(
        "dispute_message",
        sa.Column("dispute_id", sa.String(64), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
