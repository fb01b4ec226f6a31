"""Alert rules: every version with its source, and who asked for it to be published."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Text
from sqlmodel import Field

from services.notification.adapters.tables.base import NotificationTable


class RulesVersionTable(NotificationTable, table=True):
    """One version. Rows are added, never changed; who adds one has seen all before it."""

    __tablename__ = "rules_version"

    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    content_sha256: str = Field(sa_column=Column(String(64), nullable=False))
    published_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Microseconds since 1970, UTC."""
    actor: str = Field(sa_column=Column(String(256), nullable=False))
    comment: str = Field(sa_column=Column(Text, nullable=False))
    alerts: int = Field(sa_column=Column(Integer, nullable=False))


class RulesFileTable(NotificationTable, table=True):
    """A file of a version's canonical source."""

    __tablename__ = "rules_file"

    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    name: str = Field(sa_column=Column(String(200), nullable=False))
    content: str = Field(sa_column=Column(Text, nullable=False))


class RulesPublicationTable(NotificationTable, table=True):
    """One publish request and the version that it was answered with."""

    __tablename__ = "rules_publication"

    request_id: str = Field(sa_column=Column(String(128), primary_key=True))
    fingerprint: str = Field(sa_column=Column(String(64), nullable=False))
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    changed: bool = Field(sa_column=Column(Boolean, nullable=False))
