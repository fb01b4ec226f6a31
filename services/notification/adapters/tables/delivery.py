"""Endpoints, preferences, deliveries and their attempts. Instants are microseconds since 1970-01-01, UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Text
from sqlmodel import Field

from services.notification.adapters.tables.base import NotificationTable

_ID = BigInteger().with_variant(Integer(), "sqlite")


class EndpointTable(NotificationTable, table=True):
    """Where a recipient is reached. Addresses are personal data: removed ones are deleted after 30 days."""

    __tablename__ = "endpoint"

    id: int | None = Field(default=None, sa_column=Column(_ID, primary_key=True, autoincrement=True))
    endpoint_id: str = Field(sa_column=Column(String(64), nullable=False, unique=True))
    recipient_key: str = Field(sa_column=Column(String(80), nullable=False))
    subscriber_id: str = Field(sa_column=Column(String(64), nullable=False))
    account_id: str = Field(sa_column=Column(String(64), nullable=False))
    party_code: str = Field(sa_column=Column(String(64), nullable=False))
    channel: str = Field(sa_column=Column(String(16), nullable=False))
    address: str = Field(sa_column=Column(Text, nullable=False))
    identity: str = Field(sa_column=Column(String(64), nullable=False))
    """SHA-256 of what makes an address the same; unique with recipient and channel."""
    secret: str = Field(default="", sa_column=Column(String(128), nullable=False))
    registered_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    removed_at: int | None = Field(default=None, sa_column=Column(BigInteger))


class PreferencesTable(NotificationTable, table=True):
    """What a subscriber wishes; a subscriber without a row has set nothing."""

    __tablename__ = "preferences"

    subscriber_id: str = Field(sa_column=Column(String(64), primary_key=True))
    language: str = Field(sa_column=Column(String(35), nullable=False))
    time_zone: str = Field(sa_column=Column(String(64), nullable=False))
    quiet_from_minute: int = Field(sa_column=Column(Integer, nullable=False))
    quiet_until_minute: int = Field(sa_column=Column(Integer, nullable=False))
    wishes: str = Field(sa_column=Column(Text, nullable=False))
    """JSON: a list of [category, alert code, channel, wanted]."""
    marketing_consent: bool = Field(sa_column=Column(Boolean, nullable=False))
    consent_evidence: str = Field(sa_column=Column(Text, nullable=False))
    consented_at: int | None = Field(default=None, sa_column=Column(BigInteger))


class ToldTable(NotificationTable, table=True):
    """A notification that has a channel to go through: its words, its fact, its chain."""

    __tablename__ = "told"

    notification_id: str = Field(sa_column=Column(String(64), primary_key=True))
    recipient_key: str = Field(sa_column=Column(String(80), nullable=False))
    alert_code: str = Field(sa_column=Column(String(64), nullable=False))
    cursor: int = Field(sa_column=Column(BigInteger, nullable=False))
    collapse_key: str = Field(sa_column=Column(String(200), nullable=False))
    superseded: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    content: str = Field(sa_column=Column(Text, nullable=False))
    """JSON of everything that never changes."""
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class DeliveryTable(NotificationTable, table=True):
    """A message on its way to one endpoint; unique with its notification. In a lane the ids are the order."""

    __tablename__ = "delivery"

    id: int | None = Field(default=None, sa_column=Column(_ID, primary_key=True, autoincrement=True))
    delivery_id: str = Field(sa_column=Column(String(64), nullable=False, unique=True))
    notification_id: str = Field(sa_column=Column(String(64), nullable=False))
    recipient_key: str = Field(sa_column=Column(String(80), nullable=False))
    channel: str = Field(sa_column=Column(String(16), nullable=False))
    step: int = Field(sa_column=Column(Integer, nullable=False))
    endpoint_id: str = Field(sa_column=Column(String(64), nullable=False))
    lane: str = Field(sa_column=Column(String(65), nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))
    aside: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    """Held so that others of its lane may go first."""
    due_at: int | None = Field(sa_column=Column(BigInteger))
    """None: over, or another delivery carries it in a digest."""
    reason: str = Field(default="", sa_column=Column(String(32), nullable=False))
    detail: str = Field(default="", sa_column=Column(Text, nullable=False))
    attempts: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    first_attempt_at: int | None = Field(default=None, sa_column=Column(BigInteger))
    held: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    digest_id: str = Field(default="", sa_column=Column(String(64), nullable=False))
    updated_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class LaneTable(NotificationTable, table=True):
    """When the next delivery of an endpoint is due. Locked by whoever changes what waits in it."""

    __tablename__ = "delivery_lane"

    lane: str = Field(sa_column=Column(String(65), primary_key=True))
    endpoint_id: str = Field(sa_column=Column(String(64), nullable=False))
    channel: str = Field(sa_column=Column(String(16), nullable=False))
    host: str = Field(sa_column=Column(String(300), nullable=False))
    due_at: int | None = Field(sa_column=Column(BigInteger))


class AttemptTable(NotificationTable, table=True):
    """An attempt to send, written before it begins. Of a digest: that of the delivery which carries it."""

    __tablename__ = "delivery_attempt"

    id: int | None = Field(default=None, sa_column=Column(_ID, primary_key=True, autoincrement=True))
    delivery_id: str = Field(sa_column=Column(String(64), nullable=False))
    number: int = Field(sa_column=Column(Integer, nullable=False))
    message_id: str = Field(sa_column=Column(String(80), nullable=False))
    recipient_key: str = Field(sa_column=Column(String(80), nullable=False))
    channel: str = Field(sa_column=Column(String(16), nullable=False))
    begun_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    ended_at: int | None = Field(default=None, sa_column=Column(BigInteger))
    """None: it runs, or its process ended before it did."""
    outcome: str = Field(default="", sa_column=Column(String(16), nullable=False))
    counts: bool = Field(default=True, sa_column=Column(Boolean, nullable=False))
    """False: certainly not received, so that limits do not count it."""
    detail: str = Field(default="", sa_column=Column(Text, nullable=False))
