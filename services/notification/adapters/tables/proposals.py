"""Actions that wait for a yes, and lines that were suspended because their holders wished so.

Instants are microseconds since 1970-01-01, UTC.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, String, Text
from sqlmodel import Field

from services.notification.adapters.tables.base import NotificationTable


class ProposalTable(NotificationTable, table=True):
    """One proposal, by the digest of its token."""

    __tablename__ = "proposal"
    __table_args__ = (Index("ix_proposal_state", "state", "begun_at"), Index("ix_proposal_at", "proposed_at"))

    key: str = Field(sa_column=Column(String(64), primary_key=True))
    subscriber_id: str = Field(sa_column=Column(String(64), nullable=False))
    account_id: str = Field(sa_column=Column(String(64), nullable=False))
    tool: str = Field(sa_column=Column(String(64), nullable=False))
    arguments_json: str = Field(sa_column=Column(Text, nullable=False))
    terms_json: str = Field(sa_column=Column(Text, nullable=False))
    price: str = Field(sa_column=Column(String(64), nullable=False))
    language: str = Field(sa_column=Column(String(35), nullable=False))
    proposed_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))
    begun_at: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    outcome_json: str = Field(default="", sa_column=Column(Text, nullable=False))


class SuspendedLineTable(NotificationTable, table=True):
    """A line that its holder suspended, and nobody has resumed."""

    __tablename__ = "suspended_line"

    subscriber_id: str = Field(sa_column=Column(String(64), primary_key=True))
    since: int = Field(sa_column=Column(BigInteger, nullable=False))
