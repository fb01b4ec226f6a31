"""Conversations, what was said in them, and cases. Instants are microseconds since 1970-01-01, UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Text
from sqlmodel import Field

from services.notification.adapters.tables.base import NotificationTable


class ConversationTable(NotificationTable, table=True):
    """A conversation as it stands."""

    __tablename__ = "conversation"

    conversation_id: str = Field(sa_column=Column(String(64), primary_key=True))
    subscriber_id: str = Field(sa_column=Column(String(64), nullable=False))
    account_id: str = Field(sa_column=Column(String(64), nullable=False))
    language: str = Field(sa_column=Column(String(35), nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))
    started_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    case_id: str = Field(default="", sa_column=Column(String(64), nullable=False))
    misses: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    last_sequence: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    score: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    score_comment: str = Field(default="", sa_column=Column(Text, nullable=False))


class ConversationMessageTable(NotificationTable, table=True):
    """One thing said."""

    __tablename__ = "conversation_message"

    conversation_id: str = Field(sa_column=Column(String(64), primary_key=True))
    sequence: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    author: str = Field(sa_column=Column(String(16), nullable=False))
    text: str = Field(sa_column=Column(Text, nullable=False))
    said_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    intent: str = Field(default="", sa_column=Column(String(64), nullable=False))
    confidence_permille: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    more: str = Field(default="{}", sa_column=Column(Text, nullable=False))
    """JSON: tools, suggestions, the proposed action."""
    request_id: str = Field(default="", sa_column=Column(String(128), nullable=False))
    """Of the request that added it; empty: it came without one."""


class SupportCaseTable(NotificationTable, table=True):
    """A case as it stands."""

    __tablename__ = "support_case"

    case_id: str = Field(sa_column=Column(String(64), primary_key=True))
    revision: int = Field(sa_column=Column(BigInteger, nullable=False))
    request_id: str = Field(sa_column=Column(String(160), nullable=False))
    """Empty, or unique with the subscriber."""
    subscriber_id: str = Field(sa_column=Column(String(64), nullable=False))
    account_id: str = Field(sa_column=Column(String(64), nullable=False))
    conversation_id: str = Field(sa_column=Column(String(64), nullable=False))
    state: int = Field(sa_column=Column(Integer, nullable=False))
    priority: int = Field(sa_column=Column(Integer, nullable=False))
    topic: str = Field(sa_column=Column(String(64), nullable=False))
    summary: str = Field(sa_column=Column(Text, nullable=False))
    opened_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    updated_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    language: str = Field(default="", sa_column=Column(String(35), nullable=False))
    assignee: str = Field(default="", sa_column=Column(String(128), nullable=False))
    tried: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    """JSON: [tool, outcome] each."""
    resolved_at: int | None = Field(default=None, sa_column=Column(BigInteger))
    resolution: str = Field(default="", sa_column=Column(Text, nullable=False))
    score: int = Field(default=0, sa_column=Column(Integer, nullable=False))


class CaseRevisionTable(NotificationTable, table=True):
    """One row: the last revision given. Its lock makes revisions visible in their order."""

    __tablename__ = "case_revision"

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    value: int = Field(sa_column=Column(BigInteger, nullable=False))
