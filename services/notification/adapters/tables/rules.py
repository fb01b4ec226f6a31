"""Alert rules: every version with its source, and who asked for it to be published."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Text
from sqlmodel import Field

from services.common.runtime.published_sources import FileRow, PublicationRow, VersionRow
from services.notification.adapters.tables.base import NotificationTable


class RulesVersionTable(NotificationTable, VersionRow, table=True):
    """One version."""

    __tablename__ = "rules_version"

    actor: str = Field(sa_column=Column(String(256), nullable=False))
    comment: str = Field(sa_column=Column(Text, nullable=False))
    alerts: int = Field(sa_column=Column(Integer, nullable=False))


class RulesFileTable(NotificationTable, FileRow, table=True):
    """A file of a version's canonical source."""

    __tablename__ = "rules_file"


class RulesPublicationTable(NotificationTable, PublicationRow, table=True):
    """One publish request and the version that it was answered with."""

    __tablename__ = "rules_publication"
