"""Subscribers, their accounts' buckets, their sessions and consents, and what waits for a look.

Instants are microseconds since 1970-01-01, UTC; money is minor_micros.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String
from sqlmodel import Field

from services.offers.adapters.tables.base import OffersTable

_ID = BigInteger().with_variant(Integer(), "sqlite")


class SubscriberTable(OffersTable, table=True):
    """One subscriber's profile. `id` is never given twice: a row after an erasure is another one.

    `consents`: bits of the purposes given. `feature_seq`: the last journal record that changed the
    profile; 0: none has. `profile`: see domain/profiles/packed.
    """

    __tablename__ = "subscriber"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, sa_column=Column(_ID, primary_key=True, autoincrement=True))
    subscriber_id: str = Field(sa_column=Column(String, nullable=False, unique=True))
    account_id: str = Field(sa_column=Column(String, nullable=False))
    pseudonym: str = Field(sa_column=Column(String(32), nullable=False))
    consents: int = Field(sa_column=Column(Integer, nullable=False))
    partition: int = Field(sa_column=Column(Integer, nullable=False))
    feature_seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    profile: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class BucketTable(OffersTable, table=True):
    """One bucket of an account. Sets are texts with commas; `valid_until` 0: no end is known."""

    __tablename__ = "account_bucket"
    __table_args__ = ({"sqlite_with_rowid": False},)

    account_id: str = Field(sa_column=Column(String, primary_key=True))
    bucket_id: str = Field(sa_column=Column(String, primary_key=True))
    unit: str = Field(sa_column=Column(String, nullable=False))
    is_money: bool = Field(sa_column=Column(Boolean, nullable=False))
    balance: int = Field(sa_column=Column(BigInteger, nullable=False))
    reserved: int = Field(sa_column=Column(BigInteger, nullable=False))
    floor: int = Field(sa_column=Column(BigInteger, nullable=False))
    given: int = Field(sa_column=Column(BigInteger, nullable=False))
    valid_from: int = Field(sa_column=Column(BigInteger, nullable=False))
    valid_until: int = Field(sa_column=Column(BigInteger, nullable=False))
    offering_code: str = Field(sa_column=Column(String, nullable=False))
    rating_groups: str = Field(sa_column=Column(String, nullable=False))
    zones: str = Field(sa_column=Column(String, nullable=False))
    subscriber_ids: str = Field(sa_column=Column(String, nullable=False))


class SessionOwnerTable(OffersTable, table=True):
    """Whose an open charging session is: reports of it do not say so. Gone when the session closes."""

    __tablename__ = "session_owner"
    __table_args__ = (
        Index("session_owner_subscriber", "subscriber_id"),
        {"sqlite_with_rowid": False},
    )

    session_ref: str = Field(sa_column=Column(String, primary_key=True))
    subscriber_id: str = Field(sa_column=Column(String, nullable=False))


class ConsentTable(OffersTable, table=True):
    """Consents as they were given and withdrawn, with their evidence. Rows are added, and erased."""

    __tablename__ = "consent"
    __table_args__ = (Index("consent_subscriber", "subscriber_id"),)

    id: int | None = Field(default=None, sa_column=Column(_ID, primary_key=True, autoincrement=True))
    subscriber_id: str = Field(sa_column=Column(String, nullable=False))
    purpose: str = Field(sa_column=Column(String(32), nullable=False))
    given: bool = Field(sa_column=Column(Boolean, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    evidence: str = Field(sa_column=Column(String, nullable=False))
    request_id: str = Field(sa_column=Column(String, nullable=False))


class ProfileRequestTable(OffersTable, table=True):
    """Requests that were carried out. `subscriber_id` empty: an erasure, which names nobody.

    `fingerprint`: SHA-256 of the request. `answer`: of an erasure, the decisions that it unlinked.
    """

    __tablename__ = "profile_request"
    __table_args__ = (Index("profile_request_subscriber", "subscriber_id"),)

    request_id: str = Field(sa_column=Column(String, primary_key=True))
    fingerprint: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    subscriber_id: str = Field(sa_column=Column(String, nullable=False))
    answer: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))


class TriggerInboxTable(OffersTable, table=True):
    """Subscribers to whom something happened that may raise an offer, until somebody looked.

    One row each, with the bits of all that happened since; `sequence`: the newest journal record of it.
    """

    __tablename__ = "trigger_inbox"
    __table_args__ = (Index("trigger_inbox_at", "at"), {"sqlite_with_rowid": False})

    subscriber_id: str = Field(sa_column=Column(String, primary_key=True))
    kinds: int = Field(sa_column=Column(Integer, nullable=False))
    sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
