"""Endpoints, preferences, and deliveries with their attempts."""

from __future__ import annotations

import sqlalchemy as sa

from services.common.runtime.tables import MigrationOperations

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def create_tables(op: MigrationOperations) -> None:
    """Creates the tables of this concern."""
    _create_what_recipients_say(op)
    _create_what_is_told(op)
    _create_lanes_and_attempts(op)


def _create_what_recipients_say(op: MigrationOperations) -> None:
    op.create_table(
        "endpoint",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("endpoint_id", sa.String(64), nullable=False, unique=True),
        sa.Column("recipient_key", sa.String(80), nullable=False),
        sa.Column("subscriber_id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("party_code", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("secret", sa.String(128), nullable=False),
        sa.Column("registered_at", sa.BigInteger, nullable=False),
        sa.Column("removed_at", sa.BigInteger),
        sa.UniqueConstraint("recipient_key", "channel", "identity", name="uq_endpoint_address"),
        sa.Index("ix_endpoint_removed", "removed_at"),
    )
    op.create_table(
        "preferences",
        sa.Column("subscriber_id", sa.String(64), primary_key=True),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("quiet_from_minute", sa.Integer, nullable=False),
        sa.Column("quiet_until_minute", sa.Integer, nullable=False),
        sa.Column("wishes", sa.Text, nullable=False),
        sa.Column("marketing_consent", sa.Boolean, nullable=False),
        sa.Column("consent_evidence", sa.Text, nullable=False),
        sa.Column("consented_at", sa.BigInteger),
    )


def _create_what_is_told(op: MigrationOperations) -> None:
    op.create_table(
        "told",
        sa.Column("notification_id", sa.String(64), primary_key=True),
        sa.Column("recipient_key", sa.String(80), nullable=False),
        sa.Column("alert_code", sa.String(64), nullable=False),
        sa.Column("cursor", sa.BigInteger, nullable=False),
        sa.Column("collapse_key", sa.String(200), nullable=False),
        sa.Column("superseded", sa.Boolean, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Index("ix_told_collapse", "recipient_key", "collapse_key"),
        sa.Index("ix_told_created", "created_at"),
    )
    op.create_table(
        "delivery",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("delivery_id", sa.String(64), nullable=False, unique=True),
        sa.Column("notification_id", sa.String(64), nullable=False),
        sa.Column("recipient_key", sa.String(80), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("endpoint_id", sa.String(64), nullable=False),
        sa.Column("lane", sa.String(65), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("aside", sa.Boolean, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("first_attempt_at", sa.BigInteger),
        sa.Column("held", sa.Boolean, nullable=False),
        sa.Column("digest_id", sa.String(64), nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("notification_id", "endpoint_id", name="uq_delivery_endpoint"),
        sa.Index("ix_delivery_waiting", "lane", "id", postgresql_where=_waits(), sqlite_where=_waits()),
        sa.Index("ix_delivery_recipient", "recipient_key", "id"),
        sa.Index("ix_delivery_digest", "digest_id", postgresql_where=_in_digest(), sqlite_where=_in_digest()),
    )


def _create_lanes_and_attempts(op: MigrationOperations) -> None:
    op.create_table(
        "delivery_lane",
        sa.Column("lane", sa.String(65), primary_key=True),
        sa.Column("endpoint_id", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("host", sa.String(300), nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Index("ix_delivery_lane_due", "due_at"),
    )
    op.create_table(
        "delivery_attempt",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("delivery_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("message_id", sa.String(80), nullable=False),
        sa.Column("recipient_key", sa.String(80), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("begun_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("counts", sa.Boolean, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Index("ix_delivery_attempt_delivery", "delivery_id"),
        sa.Index("ix_delivery_attempt_begun", "begun_at"),
    )


def _waits() -> sa.TextClause:
    return sa.text("due_at IS NOT NULL")


def _in_digest() -> sa.TextClause:
    return sa.text("digest_id <> ''")
