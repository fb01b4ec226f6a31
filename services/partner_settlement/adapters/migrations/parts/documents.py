"""Rendered statements."""

from __future__ import annotations

import sqlalchemy as sa

from services.common.runtime.tables import MigrationOperations


def create_tables(op: MigrationOperations) -> None:
    """Creates the tables of this concern."""
    op.create_table(
        "statement_document",
        sa.Column("statement_id", sa.String(128), primary_key=True),
        sa.Column("format", sa.String(8), primary_key=True),
        sa.Column("source_sha256", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("content_sha256", sa.LargeBinary, nullable=False),
    )
