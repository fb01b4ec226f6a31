"""Geofences, and where subscribers are to them."""

from __future__ import annotations

import sqlalchemy as sa

from services.common.runtime.tables import MigrationOperations


def create_tables(op: MigrationOperations) -> None:
    """Creates the tables of this concern."""
    op.create_table(
        "presence",
        sa.Column("subscriber_id", sa.String(64), primary_key=True),
        sa.Column("fence_code", sa.String(64), primary_key=True),
        sa.Column("presence", sa.String(8), nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("fixed_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "fence_entry",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("subscriber_id", sa.String(64), nullable=False, index=True),
        sa.Column("fence_code", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
