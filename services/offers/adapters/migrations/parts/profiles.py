"""Usage profiles."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String

from services.common.runtime.tables import MigrationOperations

_ID = BigInteger().with_variant(Integer(), "sqlite")


def create_tables(op: MigrationOperations) -> None:
    """Subscribers and buckets, sessions, consents and requests, and what waits for a look."""
    _create_profiles(op)
    _create_consents(op)
    _create_inbox(op)


def _create_profiles(op: Any) -> None:
    op.create_table(
        "subscriber",
        Column("id", _ID, primary_key=True, autoincrement=True),
        Column("subscriber_id", String, nullable=False, unique=True),
        Column("account_id", String, nullable=False),
        Column("pseudonym", String(32), nullable=False),
        Column("consents", Integer, nullable=False),
        Column("partition", Integer, nullable=False),
        Column("feature_seq", BigInteger, nullable=False),
        Column("profile", LargeBinary, nullable=False),
        # Otherwise SQLite gives the number of the last row again once that is erased.
        sqlite_autoincrement=True,
    )
    op.create_table(
        "account_bucket",
        Column("account_id", String, primary_key=True),
        Column("bucket_id", String, primary_key=True),
        Column("unit", String, nullable=False),
        Column("is_money", Boolean, nullable=False),
        Column("balance", BigInteger, nullable=False),
        Column("reserved", BigInteger, nullable=False),
        Column("floor", BigInteger, nullable=False),
        Column("given", BigInteger, nullable=False),
        Column("valid_from", BigInteger, nullable=False),
        Column("valid_until", BigInteger, nullable=False),
        Column("offering_code", String, nullable=False),
        Column("rating_groups", String, nullable=False),
        Column("zones", String, nullable=False),
        Column("subscriber_ids", String, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "session_owner",
        Column("session_ref", String, primary_key=True),
        Column("subscriber_id", String, nullable=False),
        Index("session_owner_subscriber", "subscriber_id"),
        sqlite_with_rowid=False,
    )


def _create_consents(op: MigrationOperations) -> None:
    op.create_table(
        "consent",
        Column("id", _ID, primary_key=True, autoincrement=True),
        Column("subscriber_id", String, nullable=False),
        Column("purpose", String(32), nullable=False),
        Column("given", Boolean, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("evidence", String, nullable=False),
        Column("request_id", String, nullable=False),
        Index("consent_subscriber", "subscriber_id"),
    )
    op.create_table(
        "profile_request",
        Column("request_id", String, primary_key=True),
        Column("fingerprint", LargeBinary, nullable=False),
        Column("subscriber_id", String, nullable=False),
        Column("answer", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
        Index("profile_request_subscriber", "subscriber_id"),
    )


def _create_inbox(op: Any) -> None:
    op.create_table(
        "trigger_inbox",
        Column("subscriber_id", String, primary_key=True),
        Column("kinds", Integer, nullable=False),
        Column("sequence", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
        Index("trigger_inbox_at", "at"),
        sqlite_with_rowid=False,
    )
