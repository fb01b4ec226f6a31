"""The catalog service's SQL tables; the only SQLModel of this service."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, String, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class CatalogTable(SQLModel, registry=registry()):
    """Base of the catalog's tables; their metadata is apart from other services'."""


class CatalogVersionTable(CatalogTable, table=True):
    """One published version. Rows are added, never changed. Times are microseconds since 1970, UTC."""

    __tablename__ = "catalog_version"

    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    catalog_code: str = Field(sa_column=Column(String(64), nullable=False))
    currency_code: str = Field(sa_column=Column(String(3), nullable=False))
    effective_from: int = Field(sa_column=Column(BigInteger, nullable=False))
    published_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    published_by: str = Field(sa_column=Column(String(128), nullable=False))
    content_sha256: str = Field(sa_column=Column(String(64), nullable=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """Serialized tidemark.catalog.v1.Catalog."""
    source: str = Field(sa_column=Column(Text, nullable=False))
    """The canonical YAML, worked examples included."""


class PublishRequestTable(CatalogTable, table=True):
    """What a request id asked for and was answered, so that it can be sent again."""

    __tablename__ = "publish_request"

    request_id: str = Field(sa_column=Column(String(128), primary_key=True))
    fingerprint: str = Field(sa_column=Column(Text, nullable=False))
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    unchanged: bool
