"""What is mirrored of charging's journal: accounts, subscribers, buckets, charges, totals, counters.

Instants are microseconds since 1970-01-01, UTC; money is minor_micros.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Text
from sqlmodel import Field

from services.notification.adapters.tables.base import NotificationTable

_ID = BigInteger().with_variant(Integer(), "sqlite")
_CLUSTERED = {"sqlite_with_rowid": False}


class MirrorPositionTable(NotificationTable, table=True):
    """How far the journal of a partition is in all other tables; `at`: when that was decided."""

    __tablename__ = "mirror_position"

    partition: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))


class MirroredAccountTable(NotificationTable, table=True):
    """An account. `low_balance` NULL: no threshold. `time_zone`: of its first subscriber."""

    __tablename__ = "mirrored_account"
    __table_args__ = (_CLUSTERED,)

    account_id: str = Field(sa_column=Column(String, primary_key=True))
    partition: int = Field(sa_column=Column(Integer, nullable=False))
    currency_code: str = Field(sa_column=Column(String(3), nullable=False))
    low_balance: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    time_zone: str = Field(sa_column=Column(String, nullable=False))


class MirroredSubscriberTable(NotificationTable, table=True):
    """A subscriber. JSON lists: `holdings` (code, suspended, ends_at), `caps` (counter, cap), `days`."""

    __tablename__ = "mirrored_subscriber"
    __table_args__ = (Index("mirrored_subscriber_account", "account_id"), _CLUSTERED)

    subscriber_id: str = Field(sa_column=Column(String, primary_key=True))
    account_id: str = Field(sa_column=Column(String, nullable=False))
    ordinal: int = Field(sa_column=Column(Integer, nullable=False))
    time_zone: str = Field(sa_column=Column(String, nullable=False))
    segment: str = Field(sa_column=Column(String, nullable=False))
    device_class: str = Field(sa_column=Column(String, nullable=False))
    customer_value: int = Field(sa_column=Column(Integer, nullable=False))
    zone: str = Field(sa_column=Column(String, nullable=False))
    barred: bool = Field(sa_column=Column(Boolean, nullable=False))
    holdings: str = Field(sa_column=Column(Text, nullable=False))
    caps: str = Field(sa_column=Column(Text, nullable=False))
    days: str = Field(sa_column=Column(Text, nullable=False))


class MirroredBucketTable(NotificationTable, table=True):
    """An open bucket. `valid_until` 0: no end is known. `subscriber_ids`: JSON list."""

    __tablename__ = "mirrored_bucket"
    __table_args__ = (
        Index("mirrored_bucket_end", "valid_until", "account_id", "bucket_id"),
        _CLUSTERED,
    )

    account_id: str = Field(sa_column=Column(String, primary_key=True))
    bucket_id: str = Field(sa_column=Column(String, primary_key=True))
    name: str = Field(sa_column=Column(String, nullable=False))
    unit: str = Field(sa_column=Column(String, nullable=False))
    is_money: bool = Field(sa_column=Column(Boolean, nullable=False))
    balance: int = Field(sa_column=Column(BigInteger, nullable=False))
    given: int = Field(sa_column=Column(BigInteger, nullable=False))
    valid_until: int = Field(sa_column=Column(BigInteger, nullable=False))
    end_known_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    offering_code: str = Field(sa_column=Column(String, nullable=False))
    subscriber_ids: str = Field(sa_column=Column(Text, nullable=False))


class ChargeLineTable(NotificationTable, table=True):
    """One charge, refund or correction. Ids follow the journal: old ones are found without an index."""

    __tablename__ = "charge_line"
    __table_args__ = (Index("charge_line_subscriber", "subscriber_id", "at"),)

    id: int | None = Field(default=None, sa_column=Column(_ID, primary_key=True, autoincrement=True))
    subscriber_id: str = Field(sa_column=Column(String, nullable=False))
    charge_id: str = Field(sa_column=Column(String, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    booked_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    kind: str = Field(sa_column=Column(String(16), nullable=False))
    offering_code: str = Field(sa_column=Column(String, nullable=False))
    rating_group: int = Field(sa_column=Column(BigInteger, nullable=False))
    zone: str = Field(sa_column=Column(String, nullable=False))
    unit: str = Field(sa_column=Column(String, nullable=False))
    units: int = Field(sa_column=Column(BigInteger, nullable=False))
    currency_code: str = Field(sa_column=Column(String(3), nullable=False))
    paid: int = Field(sa_column=Column(BigInteger, nullable=False))


class MonthTotalTable(NotificationTable, table=True):
    """What an account was charged in a month of its time zone. `charges`: lines that have an amount."""

    __tablename__ = "month_total"
    __table_args__ = (Index("month_total_end", "closed", "ends_at"), _CLUSTERED)

    account_id: str = Field(sa_column=Column(String, primary_key=True))
    month: str = Field(sa_column=Column(String(7), primary_key=True))
    total: int = Field(sa_column=Column(BigInteger, nullable=False))
    charges: int = Field(sa_column=Column(BigInteger, nullable=False))
    ends_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    closed: bool = Field(sa_column=Column(Boolean, nullable=False))


class CounterValueTable(NotificationTable, table=True):
    """Where a counter of a subscriber, or an account, stands in a period. `begun_at`: when it was new."""

    __tablename__ = "counter_value"
    __table_args__ = (Index("counter_value_begun", "begun_at"), _CLUSTERED)

    owner_id: str = Field(sa_column=Column(String, primary_key=True))
    counter: str = Field(sa_column=Column(String, primary_key=True))
    period: str = Field(sa_column=Column(String(16), primary_key=True))
    value: int = Field(sa_column=Column(BigInteger, nullable=False))
    begun_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class AnsweredOfferTable(NotificationTable, table=True):
    """An offer that was taken or refused; `offer`: `<decision_id>/<offer_code>`."""

    __tablename__ = "answered_offer"
    __table_args__ = (Index("answered_offer_at", "at"), _CLUSTERED)

    subscriber_id: str = Field(sa_column=Column(String, primary_key=True))
    offer: str = Field(sa_column=Column(String, primary_key=True))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))


class ExpiryMarkTable(NotificationTable, table=True):
    """Up to which bucket, in order of their ends, an hour mark has been told."""

    __tablename__ = "expiry_mark"

    hours: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    valid_until: int = Field(sa_column=Column(BigInteger, nullable=False))
    account_id: str = Field(sa_column=Column(String, nullable=False))
    bucket_id: str = Field(sa_column=Column(String, nullable=False))
