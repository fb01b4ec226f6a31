"""Statements as they were first written for whoever pulled them."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, String
from sqlmodel import Field

from services.partner_settlement.adapters.tables.base import SettlementTable


class DocumentTable(SettlementTable, table=True):
    """One file of one statement. Rows are added, never changed."""

    __tablename__ = "statement_document"

    statement_id: str = Field(sa_column=Column(String(128), primary_key=True))
    format: str = Field(sa_column=Column(String(8), primary_key=True))
    source_sha256: str = Field(sa_column=Column(String(64), primary_key=True))
    """Of the statement's content that it was written from: a superseded one differs from the final one."""
    revision: int = Field(sa_column=Column(Integer, nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))
    file_name: str = Field(sa_column=Column(String(255), nullable=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    content_sha256: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
