"""What a partition holds in memory. The values are frozen; only `apply` replaces them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from services.charging.domain.rating.circumstances import ANYWHERE, Circumstances, Conditions
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
    """An offering a subscriber has, in the catalog version that prices it.

    `period_start` and `period_end` are None where the offering has no periods;
    `period_number` counts from 0. `ends_at` None: no end is known.
    """

    offering_code: str
    catalog_version: int
    started_at: Instant
    suspended: bool = False
    period_start: Instant | None = None
    period_end: Instant | None = None
    period_number: int = 0
    trial_end: Instant | None = None
    ends_at: Instant | None = None

    def in_force(self, at: Instant) -> bool:
        """True where it prices usage and its buckets may be used at an instant."""
        return not self.suspended and self.begun(at)

    def begun(self, at: Instant) -> bool:
        """True between its start and its end, suspended or not."""
        return self.started_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True, slots=True)
class Profile:
    """What prices and policies look at beside usage. '' and 0: nothing is known."""

    segment: str = ""
    customer_value: int = 0
    device_class: str = ""


NO_PROFILE = Profile()


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who uses. The id is opaque; who it is, only the identity store knows. `barred`: on the stop list."""

    subscriber_id: str
    account_id: str
    time_zone: str
    subscriptions: tuple[Subscription, ...]
    profile: Profile = NO_PROFILE
    barred: bool = False

    def subscription(self, offering_code: str) -> Subscription | None:
        """What the subscriber has of an offering; None: nothing."""
        return next((item for item in self.subscriptions if item.offering_code == offering_code), None)

    def resting(self, at: Instant) -> tuple[str, ...]:
        """Offerings that were suspended before an instant and still are: what they brought rests."""
        return tuple(
            item.offering_code
            for item in self.subscriptions
            if item.suspended and (item.period_end is None or item.period_end <= at)
        )


@dataclass(frozen=True, slots=True)
class Bucket:
    """One balance: money in minor_micros, or units of an allowance.

    `floor` is how far it may be spent down: 0, or minus the credit limit.
    Empty sets of rating groups or subscribers mean no restriction.
    `member_limit`: most that one subscriber may use of it; 0: no limit.
    `days_from_first_use`: its validity begins with the first use; 0: no such
    rule, or it has begun. `rollover_periods`: how often what is left may still
    go on into a next period.
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
    subscriber_ids: frozenset[str]
    thresholds_percent: tuple[int, ...]
    offering_code: str
    conditions: Conditions = ANYWHERE
    member_limit: int = 0
    days_from_first_use: int = 0
    giftable: bool = False
    rollover_periods: int = 0

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
            self.subscriber_ids,
            self.thresholds_percent,
            self.offering_code,
            self.conditions,
            self.member_limit,
            self.days_from_first_use,
            self.giftable,
            self.rollover_periods,
        )

    def serves(self, subscriber_id: str, rating_group: int, under: Circumstances, at: Instant) -> bool:
        """True where this bucket may be used for such usage at that instant."""
        return (
            (not self.rating_groups or rating_group in self.rating_groups)
            and (not self.subscriber_ids or subscriber_id in self.subscriber_ids)
            and self.valid_from <= at
            and (self.valid_until is None or at < self.valid_until)
            and (self.conditions is ANYWHERE or self.conditions.hold(under))
        )


@dataclass(frozen=True, slots=True)
class RatedUsage:
    """How far one price, at one dynamic factor, was used within a session and rating group."""

    catalog_version: int
    offering_code: str
    price_code: str
    used_units: int
    paid_units: int
    factor_permille: int = 1_000


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
    missing_local_sequences: tuple[int, ...] = ()

    def granting(
        self, granted_units: int, reservations: tuple[tuple[str, int], ...], blocked: bool
    ) -> RatingGroupState:
        """The same rating group with another grant. Spelled out, because it is made twice a request."""
        return RatingGroupState(
            self.rating_group,
            granted_units,
            reservations,
            self.rated,
            self.local_sequence,
            self.last_report_at,
            blocked,
            self.missing_local_sequences,
        )


@dataclass(frozen=True, slots=True)
class Session:
    """A charging session (TS 32.290): opened by Create, named by its charging_data_ref."""

    ref: str
    subscriber_id: str
    account_id: str
    nf_name: str
    charging_id: str
    circumstances: Circumstances
    subscriptions: tuple[Subscription, ...]
    started_at: Instant
    tariff_time_change: bool = False
    """The element splits usage where the price changes."""
    last_sequence: int = 0
    last_report_at: Instant = EPOCH
    expires_at: Instant = EPOCH
    reauthorisation_pending: tuple[int, ...] = ()
    missing_sequences: tuple[int, ...] = ()
    rating_groups: Mapping[int, RatingGroupState] = field(default_factory=dict)

    def with_group(self, group: RatingGroupState) -> Session:
        """The same session with one rating group replaced. Spelled out, because each request makes one."""
        return Session(
            self.ref,
            self.subscriber_id,
            self.account_id,
            self.nf_name,
            self.charging_id,
            self.circumstances,
            self.subscriptions,
            self.started_at,
            self.tariff_time_change,
            self.last_sequence,
            self.last_report_at,
            self.expires_at,
            self.reauthorisation_pending,
            self.missing_sequences,
            {**self.rating_groups, group.rating_group: group},
        )


@dataclass(frozen=True, slots=True)
class Refunded:
    """What was given back of a charge so far, and the tax in it."""

    minor_micros: int
    units: bool
    tax_minor_micros: int = 0


@dataclass(frozen=True, slots=True)
class Corrected:
    """The signed sum of a charge's corrections, and the tax in it."""

    minor_micros: int
    tax_minor_micros: int


class OutcomeState(Enum):
    """Where an outcome that was charged stands."""

    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class Count:
    """What a counter has counted in one period ('': without periods)."""

    period: str
    value: int


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
    expired: dict[str, Session] = field(default_factory=dict)
    """Sessions that fell silent, the longest expired first: a late report wakes them."""
    counters: dict[tuple[str, str], tuple[Count, ...]] = field(default_factory=dict)
    """(subscriber or account, counter) to its last two periods, oldest first."""
    caps: dict[tuple[str, str], int | None] = field(default_factory=dict)
    """(subscriber, counter) to a cap of the subscriber's own; None: lifted."""
    refunds: dict[str, Refunded] = field(default_factory=dict)
    corrections: dict[str, Corrected] = field(default_factory=dict)
    outcomes: dict[str, OutcomeState] = field(default_factory=dict)
    """Charge ids of outcomes."""
    outcome_charges: dict[tuple[str, str], str] = field(default_factory=dict)
    """(subscriber, outcome id) to the charge: an outcome is charged once."""
    answers: dict[bytes, KnownAnswer] = field(default_factory=dict)
    """Duplicate table, oldest first."""
