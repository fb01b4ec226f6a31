"""Offer policies: every version with its source, and who asked for it to be published."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Text
from sqlmodel import Field

from services.offers.adapters.tables.base import OffersTable


class PolicyVersionTable(OffersTable, table=True):
    """One version. Rows are added, never changed; who adds one has seen all before it."""

    __tablename__ = "policy_version"

    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    content_sha256: str = Field(sa_column=Column(String(64), nullable=False))
    published_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Microseconds since 1970, UTC."""
    published_by: str = Field(sa_column=Column(String(128), nullable=False))


class PolicyFileTable(OffersTable, table=True):
    """A file of a version's canonical source."""

    __tablename__ = "policy_file"

    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    name: str = Field(sa_column=Column(String(200), nullable=False))
    content: str = Field(sa_column=Column(Text, nullable=False))


class PolicyPublicationTable(OffersTable, table=True):
    """One publish request and the version that it was answered with."""

    __tablename__ = "policy_publication"

    request_id: str = Field(sa_column=Column(String(128), primary_key=True))
    fingerprint: str = Field(sa_column=Column(String(64), nullable=False))
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    changed: bool = Field(sa_column=Column(Boolean, nullable=False))
