"""What a partition holds in memory. The values are frozen; only `apply` replaces them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.common.kernel.clock import EPOCH, Instant


@dataclass(frozen=True, slots=True)
class Account:
    """Who pays. All its subscribers share one partition."""

    account_id: str
    currency_code: str
    credit_limit: int
    low_balance: int | None
    subscriber_ids: tuple[str, ...] = ()
    bucket_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subscription:
    """An offering a subscriber has, in the catalog version it was taken in."""

    offering_code: str
    catalog_version: int
    started_at: Instant


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who uses. The id is opaque; who it is, only the identity store knows."""

    subscriber_id: str
    account_id: str
    time_zone: str
    subscriptions: tuple[Subscription, ...]


@dataclass(frozen=True, slots=True)
class Bucket:
    """One balance: money in minor_micros, or units of an allowance.

    `floor` is how far it may be spent down: 0, or minus the credit limit.
    Empty sets of rating groups, zones or subscribers mean no restriction.
    """

    bucket_id: str
    account_id: str
    name: str
    unit: str
    is_money: bool
    balance: int
    reserved: int
    floor: int
    initial: int
    priority: int
    valid_from: Instant
    valid_until: Instant | None
    rating_groups: frozenset[int]
    zones: frozenset[str]
    subscriber_ids: frozenset[str]
    thresholds_percent: tuple[int, ...]
    offering_code: str

    @property
    def available(self) -> int:
        """What can still be reserved or debited; negative only after an overrun."""
        return self.balance - self.floor - self.reserved

    def holding(self, balance: int, reserved: int) -> Bucket:
        """The same bucket with another content. Spelled out, because it is made several times a request."""
        return Bucket(
            self.bucket_id,
            self.account_id,
            self.name,
            self.unit,
            self.is_money,
            balance,
            reserved,
            self.floor,
            self.initial,
            self.priority,
            self.valid_from,
            self.valid_until,
            self.rating_groups,
            self.zones,
            self.subscriber_ids,
            self.thresholds_percent,
            self.offering_code,
        )

    def serves(self, subscriber_id: str, rating_group: int, zone: str, at: Instant) -> bool:
        """True where this bucket may be used for such usage at that instant."""
        return (
            (not self.rating_groups or rating_group in self.rating_groups)
            and (not self.subscriber_ids or subscriber_id in self.subscriber_ids)
            and (not self.zones or zone in self.zones)
            and self.valid_from <= at
            and (self.valid_until is None or at < self.valid_until)
        )


@dataclass(frozen=True, slots=True)
class RatedUsage:
    """How far one price was used within a session and rating group."""

    catalog_version: int
    offering_code: str
    price_code: str
    used_units: int
    paid_units: int


@dataclass(frozen=True, slots=True)
class RatingGroupState:
    """One rating group of a session: what is granted, held for it, and used so far."""

    rating_group: int
    granted_units: int = 0
    reservations: tuple[tuple[str, int], ...] = ()
    rated: tuple[RatedUsage, ...] = ()
    local_sequence: int | None = None
    last_report_at: Instant = EPOCH
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """A charging session (TS 32.290): opened by Create, named by its charging_data_ref."""

    ref: str
    subscriber_id: str
    account_id: str
    nf_name: str
    charging_id: str
    zone: str
    subscriptions: tuple[Subscription, ...]
    started_at: Instant
    last_sequence: int = 0
    last_report_at: Instant = EPOCH
    expires_at: Instant = EPOCH
    reauthorisation_pending: tuple[int, ...] = ()
    rating_groups: Mapping[int, RatingGroupState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refunded:
    """What was given back of a charge so far."""

    minor_micros: int
    units: bool


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """The answer a duplicate gets. `answer` is opaque to the domain."""

    decided_at: Instant
    request_digest: bytes
    answer: bytes


@dataclass(slots=True)
class PartitionState:
    """Everything one partition holds. Changed by `apply` alone."""

    accounts: dict[str, Account] = field(default_factory=dict)
    subscribers: dict[str, Subscriber] = field(default_factory=dict)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    account_sessions: dict[str, set[str]] = field(default_factory=dict)
    """Derived: open sessions by account."""
    subscriber_buckets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Derived: buckets that a subscriber may use, so that a large account costs a small one's time."""
    counters: dict[tuple[str, str], int] = field(default_factory=dict)
    """(subscriber, counter) to units counted."""
    refunds: dict[str, Refunded] = field(default_factory=dict)
    answers: dict[bytes, KnownAnswer] = field(default_factory=dict)
    """Duplicate table, oldest first."""
