"""Inboxes."""

from __future__ import annotations

import sqlalchemy as sa

from services.common.runtime.tables import MigrationOperations

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STANDING = sa.text("NOT superseded AND collapse_key <> ''")


def create_tables(op: MigrationOperations) -> None:
    """Creates the tables of this concern."""
    op.create_table(
        "inbox",
        sa.Column("cursor", _ID, primary_key=True, autoincrement=False),
        sa.Column("notification_id", sa.String(32), nullable=False, unique=True),
        sa.Column("recipient_key", sa.String, nullable=False),
        sa.Column("account_id", sa.String, nullable=False),
        sa.Column("alert_code", sa.String, nullable=False),
        sa.Column("cause_id", sa.String, nullable=False),
        sa.Column("rules_version", sa.Integer, nullable=False),
        sa.Column("category", sa.String(16), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("occurred_at", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("collapse_key", sa.String, nullable=False),
        sa.Column("read_at", sa.BigInteger),
        sa.Column("dismissed_at", sa.BigInteger),
        sa.Column("superseded", sa.Boolean, nullable=False),
        sa.UniqueConstraint("recipient_key", "alert_code", "cause_id", name="uq_inbox_cause"),
        sa.Index("ix_inbox_recipient", "recipient_key", "cursor"),
        sa.Index(
            "ix_inbox_collapse",
            "recipient_key",
            "collapse_key",
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
    )
    op.create_table(
        "inbox_counter",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last", sa.BigInteger, nullable=False),
    )
