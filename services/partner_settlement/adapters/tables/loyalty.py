"""Vouchers, and how far subscribers are towards the next. Instants are microseconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String
from sqlmodel import Field

from services.partner_settlement.adapters.tables.base import SettlementTable


class ProgressTable(SettlementTable, table=True):
    """What counts towards the next voucher, in units or minor_micros, and how many were issued."""

    __tablename__ = "loyalty_progress"

    agreement_code: str = Field(sa_column=Column(String(64), primary_key=True))
    loyalty_program: str = Field(sa_column=Column(String(64), primary_key=True))
    subscriber_id: str = Field(sa_column=Column(String, primary_key=True))
    counted: int = Field(sa_column=Column(BigInteger, nullable=False))
    issued: int = Field(sa_column=Column(BigInteger, nullable=False))


class VoucherTable(SettlementTable, table=True):
    """One voucher: as issued, by which version for which record, and how it was redeemed."""

    __tablename__ = "voucher"

    voucher_code: str = Field(sa_column=Column(String(16), primary_key=True))
    agreement_code: str = Field(sa_column=Column(String(64), nullable=False))
    agreement_version: int = Field(sa_column=Column(BigInteger, nullable=False))
    loyalty_program: str = Field(sa_column=Column(String(64), nullable=False))
    redeemed_with_party: str = Field(sa_column=Column(String(64), nullable=False))
    account_id: str = Field(sa_column=Column(String, nullable=False))
    subscriber_id: str = Field(sa_column=Column(String, nullable=False, index=True))
    ordinal: int = Field(sa_column=Column(BigInteger, nullable=False))
    record_id: str = Field(sa_column=Column(String, nullable=False))
    face_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    currency_code: str = Field(sa_column=Column(String(3), nullable=False))
    issued_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    redeemed_at: int | None = Field(default=None, sa_column=Column(BigInteger))
    request_id: str | None = Field(default=None, sa_column=Column(String(128)))
    partner_reference: str = Field(default="", sa_column=Column(String, nullable=False))


class LoyaltySecretTable(SettlementTable, table=True):
    """What voucher codes are made with, in one row (id 1): made once, never changed, never shown."""

    __tablename__ = "loyalty_secret"

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
