"""Geofences, and where subscribers are to them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Index, String

from services.common.runtime.tables import MigrationOperations


def create_tables(op: MigrationOperations) -> None:
    """When subscribers were located last, how they stand to fences, and entries that wait for a look."""
    _create_presences(op)


def _create_presences(op: Any) -> None:
    op.create_table(
        "last_fix",
        Column("subscriber_id", String, primary_key=True),
        Column("fixed_at", BigInteger, nullable=False),
        Index("last_fix_fixed_at", "fixed_at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "presence",
        Column("subscriber_id", String, primary_key=True),
        Column("fence_code", String(64), primary_key=True),
        Column("presence", String(8), nullable=False),
        Column("since", BigInteger, nullable=False),
        Column("fixed_at", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fence_entry",
        Column("subscriber_id", String, primary_key=True),
        Column("fence_code", String(64), primary_key=True),
        Column("at", BigInteger, primary_key=True, autoincrement=False),
        Index("fence_entry_at", "at"),
        sqlite_with_rowid=False,
    )
