"""Where subscribers stand to fences. Positions themselves are never stored.

Instants are microseconds since 1970-01-01, UTC.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, String
from sqlmodel import Field

from services.offers.adapters.tables.base import OffersTable


class LastFixTable(OffersTable, table=True):
    """When a subscriber was located last: a report that is older tells nothing. Not where."""

    __tablename__ = "last_fix"
    __table_args__ = (Index("last_fix_fixed_at", "fixed_at"), {"sqlite_with_rowid": False})

    subscriber_id: str = Field(sa_column=Column(String, primary_key=True))
    fixed_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class PresenceTable(OffersTable, table=True):
    """Entering, inside or leaving a fence. Outside has no row."""

    __tablename__ = "presence"
    __table_args__ = ({"sqlite_with_rowid": False},)

    subscriber_id: str = Field(sa_column=Column(String, primary_key=True))
    fence_code: str = Field(sa_column=Column(String(64), primary_key=True))
    presence: str = Field(sa_column=Column(String(8), nullable=False))
    since: int = Field(sa_column=Column(BigInteger, nullable=False))
    fixed_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class FenceEntryTable(OffersTable, table=True):
    """A fence was entered and nobody has looked yet whether that raises an offer.

    `at`: the fix that completed it; with subscriber and fence it names the entry for ever.
    """

    __tablename__ = "fence_entry"
    __table_args__ = (Index("fence_entry_at", "at"), {"sqlite_with_rowid": False})

    subscriber_id: str = Field(sa_column=Column(String, primary_key=True))
    fence_code: str = Field(sa_column=Column(String(64), primary_key=True))
    at: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
