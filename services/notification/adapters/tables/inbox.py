"""Inboxes of all recipients.

Instants are microseconds since 1970-01-01, UTC.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Text, UniqueConstraint, text
from sqlmodel import Field

from services.notification.adapters.tables.base import NotificationTable

_ID = BigInteger().with_variant(Integer(), "sqlite")

STANDING = text("NOT superseded AND collapse_key <> ''")
"""Entries whose place another may take. Written out, so that the index over them is used."""


class InboxTable(NotificationTable, table=True):
    """One entry. What was told stays as it was told; marks and `superseded` come later."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("recipient_key", "alert_code", "cause_id", name="uq_inbox_cause"),
        Index("ix_inbox_recipient", "recipient_key", "cursor"),
        Index(
            "ix_inbox_collapse",
            "recipient_key",
            "collapse_key",
            sqlite_where=STANDING,
            postgresql_where=STANDING,
        ),
    )

    cursor: int = Field(sa_column=Column(_ID, primary_key=True, autoincrement=False))
    """Given under the lock of `inbox_counter`, without gaps."""
    notification_id: str = Field(sa_column=Column(String(32), nullable=False, unique=True))
    recipient_key: str = Field(sa_column=Column(String, nullable=False))
    account_id: str = Field(sa_column=Column(String, nullable=False))
    alert_code: str = Field(sa_column=Column(String, nullable=False))
    cause_id: str = Field(sa_column=Column(String, nullable=False))
    rules_version: int = Field(sa_column=Column(Integer, nullable=False))
    category: str = Field(sa_column=Column(String(16), nullable=False))
    severity: str = Field(sa_column=Column(String(16), nullable=False))
    language: str = Field(sa_column=Column(String, nullable=False))
    title: str = Field(sa_column=Column(Text, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))
    text: str = Field(sa_column=Column(Text, nullable=False))
    data: str = Field(sa_column=Column(Text, nullable=False))
    """A JSON object of texts; empty: none."""
    occurred_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    collapse_key: str = Field(sa_column=Column(String, nullable=False))
    read_at: int | None = Field(default=None, sa_column=Column(BigInteger))
    dismissed_at: int | None = Field(default=None, sa_column=Column(BigInteger))
    superseded: bool = Field(sa_column=Column(Boolean, nullable=False))


class InboxCounterTable(NotificationTable, table=True):
    """The last cursor that was given; one row. Whoever gives cursors holds its lock until the commit."""

    __tablename__ = "inbox_counter"

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    last: int = Field(sa_column=Column(BigInteger, nullable=False))
