"""Disputes and their trail."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Text
from sqlmodel import Field

from services.partner_settlement.adapters.tables.base import SettlementTable


class DisputeTable(SettlementTable, table=True):
    """A dispute as it is now."""

    __tablename__ = "dispute"

    dispute_id: str = Field(sa_column=Column(String(64), primary_key=True))
    number: int = Field(sa_column=Column(BigInteger, nullable=False, unique=True))
    statement_id: str = Field(sa_column=Column(String(128), nullable=False, index=True))
    line_number: int = Field(sa_column=Column(Integer, nullable=False))
    party_code: str = Field(sa_column=Column(String(64), nullable=False, index=True))
    state: str = Field(sa_column=Column(String(16), nullable=False))
    currency_code: str = Field(sa_column=Column(String(3), nullable=False))
    line_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    claimed_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    agreed_minor: int | None = Field(default=None, sa_column=Column(BigInteger))
    held_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    deducted: bool = Field(sa_column=Column(Boolean, nullable=False))


class DisputeMessageTable(SettlementTable, table=True):
    """What was said. Rows are added, never changed."""

    __tablename__ = "dispute_message"

    dispute_id: str = Field(sa_column=Column(String(64), primary_key=True))
    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    actor: str = Field(sa_column=Column(String(128), nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))
    text: str = Field(sa_column=Column(Text, nullable=False))
