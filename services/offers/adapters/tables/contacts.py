"""How often a subscriber was approached, and what it wants no more. Deleted when a profile is erased."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, String
from sqlmodel import Field

from services.offers.adapters.tables.base import OffersTable

_ID = BigInteger().with_variant(Integer(), "sqlite")


class ContactTable(OffersTable, table=True):
    """A presentation, as contact caps count it. Written in the transaction of its decision."""

    __tablename__ = "contact"

    id: int | None = Field(default=None, sa_column=Column(_ID, primary_key=True, autoincrement=True))
    decision_id: str = Field(sa_column=Column(String(64), nullable=False))
    subscriber_id: str = Field(sa_column=Column(String(64), nullable=False))
    offer_code: str = Field(sa_column=Column(String(64), nullable=False))
    channel: str = Field(sa_column=Column(String(64), nullable=False))
    outbound: bool = Field(sa_column=Column(Boolean, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))


class ContactQuietTable(OffersTable, table=True):
    """An offer that was declined keeps quiet until then."""

    __tablename__ = "contact_quiet"

    subscriber_id: str = Field(sa_column=Column(String(64), primary_key=True))
    offer_code: str = Field(sa_column=Column(String(64), primary_key=True))
    until: int = Field(sa_column=Column(BigInteger, nullable=False))
