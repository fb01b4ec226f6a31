"""Where subscribers stand to fences. Positions themselves are never stored.

Instants are microseconds since 1970, UTC.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String
from sqlmodel import Field

from services.offers.adapters.tables.base import OffersTable

_ID = BigInteger().with_variant(Integer(), "sqlite")


class PresenceTable(OffersTable, table=True):
    """Entering, inside or leaving a fence. Outside has no row."""

    __tablename__ = "presence"

    subscriber_id: str = Field(sa_column=Column(String(64), primary_key=True))
    fence_code: str = Field(sa_column=Column(String(64), primary_key=True))
    presence: str = Field(sa_column=Column(String(8), nullable=False))
    since: int = Field(sa_column=Column(BigInteger, nullable=False))
    fixed_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class FenceEntryTable(OffersTable, table=True):
    """A fence was entered and nobody has looked yet whether that raises an offer."""

    __tablename__ = "fence_entry"

    id: int | None = Field(default=None, sa_column=Column(_ID, primary_key=True, autoincrement=True))
    subscriber_id: str = Field(sa_column=Column(String(64), nullable=False, index=True))
    fence_code: str = Field(sa_column=Column(String(64), nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
