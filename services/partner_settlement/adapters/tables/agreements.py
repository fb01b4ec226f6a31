"""Parties and agreements, every version, and who asked for them to be published."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, String, Text
from sqlmodel import Field

from services.partner_settlement.adapters.tables.base import SettlementTable


class PublicationTable(SettlementTable, table=True):
    """One publish request and its answer. Numbers run from 1; who takes one has seen all before it."""

    __tablename__ = "agreement_publication"

    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    request_id: str = Field(sa_column=Column(String(128), nullable=False, unique=True))
    fingerprint: str = Field(sa_column=Column(String(64), nullable=False))
    published_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Microseconds since 1970, UTC."""
    published_by: str = Field(sa_column=Column(String(128), nullable=False))


class AgreementVersionTable(SettlementTable, table=True):
    """One version of an agreement. Rows are added, never changed."""

    __tablename__ = "agreement_version"

    agreement_code: str = Field(sa_column=Column(String(64), primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    publication: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    effective_from: str = Field(sa_column=Column(String(10), nullable=False))
    """ISO 8601 day."""
    content_sha256: str = Field(sa_column=Column(String(64), nullable=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """Serialized tidemark.partner_settlement.v1.Agreement."""
    source: str = Field(sa_column=Column(Text, nullable=False))
    """The canonical YAML of the agreement and its worked examples, without parties."""


class PartyVersionTable(SettlementTable, table=True):
    """One version of a party. Rows are added, never changed; the newest is the party as it is now."""

    __tablename__ = "party_version"

    party_code: str = Field(sa_column=Column(String(64), primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    publication: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    content_sha256: str = Field(sa_column=Column(String(64), nullable=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """Serialized tidemark.partner_settlement.v1.Party."""
