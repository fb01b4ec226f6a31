"""The mirror of accounts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Text

from services.common.runtime.tables import MigrationOperations

_ID = BigInteger().with_variant(Integer(), "sqlite")


def create_tables(op: MigrationOperations) -> None:
    """Accounts, subscribers and buckets; charges and totals; what is told by the clock and the bus."""
    _create_accounts(op)
    _create_charges(op)
    _create_telling(op)


def _create_accounts(op: Any) -> None:
    op.create_table(
        "mirror_position",
        Column("partition", Integer, primary_key=True, autoincrement=False),
        Column("sequence", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
    )
    op.create_table(
        "mirrored_account",
        Column("account_id", String, primary_key=True),
        Column("partition", Integer, nullable=False),
        Column("currency_code", String(3), nullable=False),
        Column("low_balance", BigInteger, nullable=True),
        Column("time_zone", String, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mirrored_subscriber",
        Column("subscriber_id", String, primary_key=True),
        Column("account_id", String, nullable=False),
        Column("ordinal", Integer, nullable=False),
        Column("time_zone", String, nullable=False),
        Column("segment", String, nullable=False),
        Column("device_class", String, nullable=False),
        Column("customer_value", Integer, nullable=False),
        Column("zone", String, nullable=False),
        Column("barred", Boolean, nullable=False),
        Column("holdings", Text, nullable=False),
        Column("caps", Text, nullable=False),
        Column("days", Text, nullable=False),
        Index("mirrored_subscriber_account", "account_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mirrored_bucket",
        Column("account_id", String, primary_key=True),
        Column("bucket_id", String, primary_key=True),
        Column("name", String, nullable=False),
        Column("unit", String, nullable=False),
        Column("is_money", Boolean, nullable=False),
        Column("balance", BigInteger, nullable=False),
        Column("given", BigInteger, nullable=False),
        Column("valid_until", BigInteger, nullable=False),
        Column("end_known_at", BigInteger, nullable=False),
        Column("offering_code", String, nullable=False),
        Column("subscriber_ids", Text, nullable=False),
        Index("mirrored_bucket_end", "valid_until", "account_id", "bucket_id"),
        sqlite_with_rowid=False,
    )


def _create_charges(op: Any) -> None:
    op.create_table(
        "charge_line",
        Column("id", _ID, primary_key=True, autoincrement=True),
        Column("subscriber_id", String, nullable=False),
        Column("charge_id", String, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("booked_at", BigInteger, nullable=False),
        Column("kind", String(16), nullable=False),
        Column("offering_code", String, nullable=False),
        Column("rating_group", BigInteger, nullable=False),
        Column("zone", String, nullable=False),
        Column("unit", String, nullable=False),
        Column("units", BigInteger, nullable=False),
        Column("currency_code", String(3), nullable=False),
        Column("paid", BigInteger, nullable=False),
        Index("charge_line_subscriber", "subscriber_id", "at"),
    )
    op.create_table(
        "month_total",
        Column("account_id", String, primary_key=True),
        Column("month", String(7), primary_key=True),
        Column("total", BigInteger, nullable=False),
        Column("charges", BigInteger, nullable=False),
        Column("ends_at", BigInteger, nullable=False),
        Column("closed", Boolean, nullable=False),
        Index("month_total_end", "closed", "ends_at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "counter_value",
        Column("owner_id", String, primary_key=True),
        Column("counter", String, primary_key=True),
        Column("period", String(16), primary_key=True),
        Column("value", BigInteger, nullable=False),
        Column("begun_at", BigInteger, nullable=False),
        Index("counter_value_begun", "begun_at"),
        sqlite_with_rowid=False,
    )


def _create_telling(op: Any) -> None:
    op.create_table(
        "answered_offer",
        Column("subscriber_id", String, primary_key=True),
        Column("offer", String, primary_key=True),
        Column("at", BigInteger, nullable=False),
        Index("answered_offer_at", "at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "expiry_mark",
        Column("hours", Integer, primary_key=True, autoincrement=False),
        Column("valid_until", BigInteger, nullable=False),
        Column("account_id", String, nullable=False),
        Column("bucket_id", String, nullable=False),
    )
