"""Conversations, messages, cases."""

from __future__ import annotations

import sqlalchemy as sa

from services.common.runtime.tables import MigrationOperations


def create_tables(op: MigrationOperations) -> None:
    """Creates the tables of this concern."""
    _create_conversations(op)
    _create_cases(op)
    op.create_table(
        "case_revision",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    op.execute("INSERT INTO case_revision (id, value) VALUES (1, 0)")


def _create_conversations(op: MigrationOperations) -> None:
    op.create_table(
        "conversation",
        sa.Column("conversation_id", sa.String(64), primary_key=True),
        sa.Column("subscriber_id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("case_id", sa.String(64), nullable=False),
        sa.Column("misses", sa.Integer, nullable=False),
        sa.Column("last_sequence", sa.BigInteger, nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("score_comment", sa.Text, nullable=False),
        sa.Index("ix_conversation_subscriber", "subscriber_id", "started_at"),
        sa.Index("ix_conversation_age", "started_at", "conversation_id"),
    )
    op.create_table(
        "conversation_message",
        sa.Column("conversation_id", sa.String(64), primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("author", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("said_at", sa.BigInteger, nullable=False),
        sa.Column("intent", sa.String(64), nullable=False),
        sa.Column("confidence_permille", sa.Integer, nullable=False),
        sa.Column("more", sa.Text, nullable=False),
        sa.Column("request_id", sa.String(128), nullable=False),
    )


def _create_cases(op: MigrationOperations) -> None:
    op.create_table(
        "support_case",
        sa.Column("case_id", sa.String(64), primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False, unique=True),
        sa.Column("request_id", sa.String(160), nullable=False),
        sa.Column("subscriber_id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("state", sa.Integer, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("assignee", sa.String(128), nullable=False),
        sa.Column("tried", sa.Text, nullable=False),
        sa.Column("resolved_at", sa.BigInteger),
        sa.Column("resolution", sa.Text, nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Index("ix_support_case_queue", "state", "priority", "opened_at"),
        sa.Index("ix_support_case_conversation", "conversation_id"),
        sa.Index("ix_support_case_age", "state", "updated_at"),
        sa.Index("ix_support_case_subscriber", "subscriber_id", "opened_at"),
        sa.Index("ux_support_case_request", "subscriber_id", "request_id", unique=True),
    )
