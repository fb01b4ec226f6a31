"""Offer policies: every version with its source, and who asked for it to be published."""

from __future__ import annotations

from sqlalchemy import Column, String
from sqlmodel import Field

from services.common.runtime.published_sources import FileRow, PublicationRow, VersionRow
from services.offers.adapters.tables.base import OffersTable


class PolicyVersionTable(OffersTable, VersionRow, table=True):
    """One version."""

    __tablename__ = "policy_version"

    published_by: str = Field(sa_column=Column(String(128), nullable=False))


class PolicyFileTable(OffersTable, FileRow, table=True):
    """A file of a version's canonical source."""

    __tablename__ = "policy_file"


class PolicyPublicationTable(OffersTable, PublicationRow, table=True):
    """One publish request and the version that it was answered with."""

    __tablename__ = "policy_publication"
