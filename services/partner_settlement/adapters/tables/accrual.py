"""What was accrued: single records, the sums that they add up to, and how far the journal is in.

Days are counted from 1970-01-01; instants are microseconds since then, UTC; money is minor_micros.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, String
from sqlmodel import Field

from services.partner_settlement.adapters.tables.base import SettlementTable

_ID = BigInteger().with_variant(Integer(), "sqlite")


class ProductTable(SettlementTable, table=True):
    """Every product that a record was ever of. Rows are added, never changed."""

    __tablename__ = "product"

    id: int | None = Field(default=None, sa_column=Column(_ID, primary_key=True, autoincrement=True))
    kind: str = Field(sa_column=Column(String(16), nullable=False))
    origin: str = Field(sa_column=Column(String(16), nullable=False))
    offering_code: str = Field(sa_column=Column(String, nullable=False))
    price_code: str = Field(sa_column=Column(String, nullable=False))
    catalog_version: int = Field(sa_column=Column(BigInteger, nullable=False))
    rating_group: int = Field(sa_column=Column(BigInteger, nullable=False))
    slice: str = Field(sa_column=Column(String, nullable=False))
    application: str = Field(sa_column=Column(String, nullable=False))
    sponsor: str = Field(sa_column=Column(String, nullable=False))
    loyalty_program: str = Field(sa_column=Column(String, nullable=False))
    unit: str = Field(sa_column=Column(String, nullable=False))
    currency_code: str = Field(sa_column=Column(String, nullable=False))


class RecordTable(SettlementTable, table=True):
    """One record. Rows are added, never changed; they lie by home day, and in a day in journal order."""

    __tablename__ = "settlement_record"

    home_day: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    partition: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    sequence: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    entry: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    event: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    epoch: int = Field(sa_column=Column(BigInteger, nullable=False))
    product_id: int = Field(sa_column=Column(BigInteger, ForeignKey("product.id"), nullable=False))
    record_id: str = Field(sa_column=Column(String, nullable=False, unique=True))
    refers_to: str = Field(sa_column=Column(String, nullable=False))
    quantity: int = Field(sa_column=Column(BigInteger, nullable=False))
    gross: int = Field(sa_column=Column(BigInteger, nullable=False))
    tax: int = Field(sa_column=Column(BigInteger, nullable=False))
    account_id: str = Field(sa_column=Column(String, nullable=False))
    subscriber_id: str = Field(sa_column=Column(String, nullable=False))
    occurred_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class AccrualTable(SettlementTable, table=True):
    """Running sums of the records of one home day, epoch and product."""

    __tablename__ = "accrual"

    home_day: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    epoch: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    product_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("product.id"), primary_key=True, autoincrement=False)
    )
    records: int = Field(sa_column=Column(BigInteger, nullable=False))
    quantity: int = Field(sa_column=Column(BigInteger, nullable=False))
    gross: int = Field(sa_column=Column(BigInteger, nullable=False))
    tax: int = Field(sa_column=Column(BigInteger, nullable=False))


class EpochTable(SettlementTable, table=True):
    """The epoch in which records are accrued now, in one row (id 1). Its lock is that of all accrual."""

    __tablename__ = "accrual_epoch"

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    epoch: int = Field(sa_column=Column(BigInteger, nullable=False))


class WatermarkTable(SettlementTable, table=True):
    """The last record of a partition whose effect is stored, and its hash in the journal."""

    __tablename__ = "watermark"

    partition: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    journal_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class InputSetTable(SettlementTable, table=True):
    """An epoch that is over: nothing is accrued in it any more."""

    __tablename__ = "input_set"

    epoch: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    frozen_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class InputWatermarkTable(SettlementTable, table=True):
    """Where each partition stood when an epoch ended."""

    __tablename__ = "input_watermark"

    epoch: int = Field(
        sa_column=Column(BigInteger, ForeignKey("input_set.epoch"), primary_key=True, autoincrement=False)
    )
    partition: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    journal_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
