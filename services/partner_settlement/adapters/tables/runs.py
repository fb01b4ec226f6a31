"""Runs, what they came to, and their statements. Instants are microseconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, String, Text
from sqlmodel import Field

from services.partner_settlement.adapters.tables.base import SettlementTable

_ID = BigInteger().with_variant(Integer(), "sqlite")


class RunTable(SettlementTable, table=True):
    """A run as it is now; its name is the period's."""

    __tablename__ = "run"

    run_id: str = Field(sa_column=Column(String(16), primary_key=True))
    period_kind: str = Field(sa_column=Column(String(8), nullable=False))
    first_day: int = Field(sa_column=Column(Integer, nullable=False))
    revision: int = Field(sa_column=Column(Integer, nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))
    epoch: int | None = Field(default=None, sa_column=Column(BigInteger))
    after_epoch: int | None = Field(default=None, sa_column=Column(BigInteger))
    frozen_at: int | None = Field(default=None, sa_column=Column(BigInteger))
    input_sha256: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    records: int | None = Field(default=None, sa_column=Column(BigInteger))
    gross: str | None = Field(default=None, sa_column=Column(Text))
    """JSON: minor_micros by currency."""
    early: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    calculated_at: int | None = Field(default=None, sa_column=Column(BigInteger))
    ledger_cutoff: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    closed_at: int | None = Field(default=None, sa_column=Column(BigInteger))
    findings: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    """JSON: what calculating found."""
    rates: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    """JSON: exchange rates it was calculated with."""


class RunTransitionTable(SettlementTable, table=True):
    """A run's history. Rows are added, never changed."""

    __tablename__ = "run_transition"

    id: int | None = Field(default=None, sa_column=Column(_ID, primary_key=True, autoincrement=True))
    run_id: str = Field(sa_column=Column(String(16), nullable=False, index=True))
    revision: int = Field(sa_column=Column(Integer, nullable=False))
    from_state: str = Field(sa_column=Column(String(16), nullable=False))
    to_state: str = Field(sa_column=Column(String(16), nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    actor: str = Field(sa_column=Column(String(128), nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))


class ShareTable(SettlementTable, table=True):
    """A share that a run came to. It counts for later runs once its run is closed, unless superseded."""

    __tablename__ = "share"

    run_id: str = Field(sa_column=Column(String(16), primary_key=True))
    revision: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    period_kind: str = Field(sa_column=Column(String(8), nullable=False))
    home_period: str = Field(sa_column=Column(String(16), nullable=False))
    counts: bool = Field(sa_column=Column(Boolean, nullable=False))
    agreement_code: str = Field(sa_column=Column(String(64), nullable=False))
    agreement_version: int = Field(sa_column=Column(Integer, nullable=False))
    term_code: str = Field(sa_column=Column(String(64), nullable=False))
    step_code: str = Field(sa_column=Column(String(64), nullable=False))
    recipient_kind: str = Field(sa_column=Column(String(8), nullable=False))
    party_code: str = Field(sa_column=Column(String(64), nullable=False))
    product_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    currency_code: str = Field(sa_column=Column(String(3), nullable=False))
    rate: str = Field(sa_column=Column(Text, nullable=False))
    records: int = Field(sa_column=Column(BigInteger, nullable=False))
    quantity: int = Field(sa_column=Column(BigInteger, nullable=False))
    gross: int = Field(sa_column=Column(BigInteger, nullable=False))
    tax: int = Field(sa_column=Column(BigInteger, nullable=False))
    basis: str = Field(sa_column=Column(Text, nullable=False))
    """Exact fraction of minor units, `7/3`, as is `exact`."""
    exact: str = Field(sa_column=Column(Text, nullable=False))
    share_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    statement_id: str = Field(sa_column=Column(String(128), nullable=False, index=True))
    line_number: int = Field(sa_column=Column(Integer, nullable=False))


class PoolTable(SettlementTable, table=True):
    """What a run had to share in one term. Counts as its shares do."""

    __tablename__ = "pool"

    run_id: str = Field(sa_column=Column(String(16), primary_key=True))
    revision: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    period_kind: str = Field(sa_column=Column(String(8), nullable=False))
    home_period: str = Field(sa_column=Column(String(16), nullable=False))
    counts: bool = Field(sa_column=Column(Boolean, nullable=False))
    agreement_code: str = Field(sa_column=Column(String(64), nullable=False))
    term_code: str = Field(sa_column=Column(String(64), nullable=False))
    currency_code: str = Field(sa_column=Column(String(3), nullable=False))
    funding: str = Field(sa_column=Column(String(16), nullable=False))
    funded_by_party: str = Field(sa_column=Column(String(64), nullable=False))
    distributable_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    net_revenue_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    records: int = Field(sa_column=Column(BigInteger, nullable=False))


class DraftedEntryTable(SettlementTable, table=True):
    """What a calculated run will book when it closes; JSON of an entry."""

    __tablename__ = "drafted_entry"

    run_id: str = Field(sa_column=Column(String(16), primary_key=True))
    revision: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    content: str = Field(sa_column=Column(Text, nullable=False))


class StatementTable(SettlementTable, table=True):
    """A statement; once closed, its content changes no more (a superseded one changes its state)."""

    __tablename__ = "statement"

    statement_id: str = Field(sa_column=Column(String(128), primary_key=True))
    party_code: str = Field(sa_column=Column(String(64), nullable=False, index=True))
    run_id: str = Field(sa_column=Column(String(16), nullable=False, index=True))
    revision: int = Field(sa_column=Column(Integer, nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))
    sequence_number: int = Field(sa_column=Column(BigInteger, nullable=False))
    parked_reason: str = Field(sa_column=Column(String(64), nullable=False))
    ledger_cutoff: int = Field(sa_column=Column(BigInteger, nullable=False))
    after_epoch: int = Field(sa_column=Column(BigInteger, nullable=False))
    epoch: int = Field(sa_column=Column(BigInteger, nullable=False))
    """It counts what was accrued up to this epoch; of earlier periods, what was accrued after the other."""
    closed_at: int | None = Field(default=None, sa_column=Column(BigInteger))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """Serialized tidemark.partner_settlement.v1.Statement."""


class AnsweredRequestTable(SettlementTable, table=True):
    """What a request id asked for and was answered, so that it can be sent again."""

    __tablename__ = "answered_request"

    request_id: str = Field(sa_column=Column(String(128), primary_key=True))
    fingerprint: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    answer: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
