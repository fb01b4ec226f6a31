"""Charging's SQL tables; the only SQLModel of this service.

Everything that grows is keyed by partition first, and no statement reaches
across partitions, so that an engine that shards by key prefix keeps a
partition in one place. Numbers are 64 bit; hashes and payloads are octets.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, String
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class ChargingTable(SQLModel, registry=registry()):
    """Base of charging's tables; their metadata is apart from other services'."""


class JournalTable(ChargingTable, table=True):
    """One committed record. Rows are added, never changed."""

    __tablename__ = "journal"

    partition: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    sequence: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    epoch: int = Field(sa_column=Column(BigInteger, nullable=False))
    batch_id: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    previous_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    payload: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class PartitionOwnerTable(ChargingTable, table=True):
    """Who writes a partition. Only the holder of the newest epoch may append."""

    __tablename__ = "partition_owner"

    partition: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    epoch: int = Field(sa_column=Column(BigInteger, nullable=False))
    owner: str = Field(sa_column=Column(String(256), nullable=False))
    claimed_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Microseconds since 1970, UTC. For people to read; nothing decides by it."""


class SnapshotTable(ChargingTable, table=True):
    """A partition's state after one record, with a checksum of its own."""

    __tablename__ = "snapshot"

    partition: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    sequence: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    state: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    checksum: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ReaderCursorTable(ChargingTable, table=True):
    """How far a named reader of the journal has come."""

    __tablename__ = "reader_cursor"

    partition: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    name: str = Field(sa_column=Column(String(64), primary_key=True))
    sequence: int = Field(sa_column=Column(BigInteger, nullable=False))


class SubscriberIdentifierTable(ChargingTable, table=True):
    """The erasable store of personal identifiers (TS 23.003): identifier to opaque subscriber id."""

    __tablename__ = "subscriber_identifier"

    identifier: str = Field(sa_column=Column(String(128), primary_key=True))
    subscriber_id: str = Field(sa_column=Column(String(128), nullable=False, index=True))


class CatalogVersionTable(ChargingTable, table=True):
    """A catalog version as fetched, so that charging restarts without the catalog service."""

    __tablename__ = "catalog_version"

    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    effective_from: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Microseconds since 1970, UTC."""
    content_sha256: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """A serialized tidemark.catalog.v1.Catalog."""
