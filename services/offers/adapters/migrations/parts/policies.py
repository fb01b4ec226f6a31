"""Offer policies and their versions."""

from __future__ import annotations

import sqlalchemy as sa

from services.common.runtime.tables import MigrationOperations


def create_tables(op: MigrationOperations) -> None:
    """Creates the tables of this concern."""
    op.create_table(
        "policy_version",
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("published_at", sa.BigInteger, nullable=False),
        sa.Column("published_by", sa.String(128), nullable=False),
    )
    op.create_table(
        "policy_file",
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "policy_publication",
        sa.Column("request_id", sa.String(128), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("changed", sa.Boolean, nullable=False),
    )
