"""The decision log: decisions, whom they were for, what was presented, what became of it.

Instants are microseconds since 1970-01-01, UTC. Only `decision_link` leads from a decision to a subscriber.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, String, Text
from sqlmodel import Field

from services.offers.adapters.tables.base import OffersTable

_ID = BigInteger().with_variant(Integer(), "sqlite")


class DecisionTable(OffersTable, table=True):
    """One decision, in the order in which they were stored. Rows are added, never changed."""

    __tablename__ = "decision"

    sequence: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    """Given by the one writer. A second writer runs into the key, and writes nothing."""
    decision_id: str = Field(sa_column=Column(String(64), nullable=False, unique=True))
    at: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    pseudonym: str = Field(sa_column=Column(String(64), nullable=False))
    raised_by: str = Field(sa_column=Column(String(32), nullable=False))
    presented: int = Field(sa_column=Column(Integer, nullable=False))
    """How many offers."""
    arms: str = Field(sa_column=Column(Text, nullable=False))
    """Experiment -> arm as JSON with sorted keys; empty: none."""
    control_group: bool = Field(sa_column=Column(Boolean, nullable=False))
    reward_window_ends: int | None = Field(default=None, sa_column=Column(BigInteger))
    payload: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """tidemark.offers.v1.Decision without the subscriber id."""


class DecisionLinkTable(OffersTable, table=True):
    """Whom a decision was for. Deleted when a profile is erased."""

    __tablename__ = "decision_link"

    decision_id: str = Field(sa_column=Column(String(64), primary_key=True))
    sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    subscriber_id: str = Field(sa_column=Column(String(64), nullable=False))
    account_id: str = Field(sa_column=Column(String(64), nullable=False))


class PresentedOfferTable(OffersTable, table=True):
    """An offer that was presented. `settled` once an outcome ended the waiting."""

    __tablename__ = "presented_offer"

    decision_id: str = Field(sa_column=Column(String(64), primary_key=True))
    offer_code: str = Field(sa_column=Column(String(64), primary_key=True))
    rank: int = Field(sa_column=Column(Integer, nullable=False))
    policy_version: int = Field(sa_column=Column(Integer, nullable=False))
    channel: str = Field(sa_column=Column(String(64), nullable=False))
    outbound: bool = Field(sa_column=Column(Boolean, nullable=False))
    presented_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    reward_window_ends: int = Field(sa_column=Column(BigInteger, nullable=False))
    price_minor_micros: int = Field(sa_column=Column(BigInteger, nullable=False))
    currency_code: str = Field(sa_column=Column(String(3), nullable=False))
    value_minor_micros: int = Field(sa_column=Column(BigInteger, nullable=False))
    settled: bool = Field(sa_column=Column(Boolean, nullable=False))


class OutcomeTable(OffersTable, table=True):
    """What became of an offer; each kind once. Rows are added, never changed."""

    __tablename__ = "outcome"

    id: int | None = Field(default=None, sa_column=Column(_ID, primary_key=True, autoincrement=True))
    decision_id: str = Field(sa_column=Column(String(64), nullable=False))
    offer_code: str = Field(sa_column=Column(String(64), nullable=False))
    kind: str = Field(sa_column=Column(String(16), nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    rating: int = Field(sa_column=Column(Integer, nullable=False))
    reason: str = Field(sa_column=Column(String(128), nullable=False))
    value_minor_micros: int = Field(sa_column=Column(BigInteger, nullable=False))


class DecisionRequestTable(OffersTable, table=True):
    """The decision that a request id got, while it may be asked for again. The key is the id's SHA-256."""

    __tablename__ = "decision_request"

    request_key: str = Field(sa_column=Column(String(64), primary_key=True))
    fingerprint: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    decision_id: str = Field(sa_column=Column(String(64), nullable=False))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
