"""The ledger. Rows are added, never changed or taken away: triggers refuse it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Text
from sqlmodel import Field

from services.partner_settlement.adapters.tables.base import SettlementTable


class LedgerEntryTable(SettlementTable, table=True):
    """One balanced entry; numbers run from 1 without a gap."""

    __tablename__ = "ledger_entry"

    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    kind: str = Field(sa_column=Column(String(32), nullable=False))
    booked_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    run_id: str = Field(sa_column=Column(String(16), nullable=False, index=True))
    revision: int = Field(sa_column=Column(Integer, nullable=False))
    statement_id: str = Field(sa_column=Column(String(128), nullable=False))
    dispute_id: str = Field(sa_column=Column(String(64), nullable=False))
    description: str = Field(sa_column=Column(Text, nullable=False))
    actor: str = Field(sa_column=Column(String(128), nullable=False))
    reverses: int = Field(sa_column=Column(BigInteger, nullable=False))


class LedgerPostingTable(SettlementTable, table=True):
    """Debit above zero, credit below; whole minor units."""

    __tablename__ = "ledger_posting"

    account_code: str = Field(sa_column=Column(String(96), primary_key=True))
    number: int = Field(
        sa_column=Column(
            BigInteger, ForeignKey("ledger_entry.number"), primary_key=True, autoincrement=False, index=True
        )
    )
    currency_code: str = Field(sa_column=Column(String(3), primary_key=True))
    amount_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
