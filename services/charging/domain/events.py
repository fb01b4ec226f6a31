"""What can happen to a partition. Each carries what is now so, never a computation to repeat."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from services.charging.domain.state import Bucket, RatedUsage, Subscription
from services.common.kernel.clock import Instant


class MovementReason(Enum):
    """Why a bucket moved."""

    RESERVED = "reserved"
    DEBITED = "debited"
    RELEASED = "released"
    EXPIRED = "expired"
    TOPPED_UP = "topped up"
    ADJUSTED = "adjusted"
    TRANSFERRED = "transferred"
    REFUNDED = "refunded"


class CloseCause(Enum):
    """Why a session ended."""

    RELEASED = "released"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class PartitionOpened:
    """A process took the partition over."""

    epoch: int
    owner: str


@dataclass(frozen=True, slots=True)
class AccountOpened:
    """An account exists."""

    account_id: str
    currency_code: str
    credit_limit: int
    low_balance: int | None


@dataclass(frozen=True, slots=True)
class SubscriberAdded:
    """An account has a subscriber."""

    subscriber_id: str
    account_id: str
    time_zone: str
    subscriptions: tuple[Subscription, ...]


@dataclass(frozen=True, slots=True)
class BucketOpened:
    """A bucket exists, nothing reserved yet; its balance is what was put in."""

    bucket: Bucket


@dataclass(frozen=True, slots=True)
class BucketMoved:
    """A bucket now holds `balance` with `reserved` of it held."""

    account_id: str
    bucket_id: str
    reason: MovementReason
    unit: str
    delta: int
    balance: int
    reserved: int
    charge_id: str = ""


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """A session runs; the versions that rate it stay to its end."""

    ref: str
    subscriber_id: str
    account_id: str
    nf_name: str
    charging_id: str
    zone: str
    subscriptions: tuple[Subscription, ...]
    started_at: Instant


@dataclass(frozen=True, slots=True)
class SessionAdvanced:
    """A session took a request. `expires_at` is by the server's clock, the rest by the element's."""

    ref: str
    sequence: int
    last_report_at: Instant
    expires_at: Instant
    zone: str
    reauthorisation_pending: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RatingGroupChanged:
    """One rating group of a session after a request."""

    ref: str
    rating_group: int
    granted_units: int
    reservations: tuple[tuple[str, int], ...]
    rated: tuple[RatedUsage, ...]
    local_sequence: int | None
    last_report_at: Instant
    blocked: bool


@dataclass(frozen=True, slots=True)
class SessionClosed:
    """A session ended; nothing is reserved for it any more."""

    ref: str
    account_id: str
    cause: CloseCause
    nf_name: str


@dataclass(frozen=True, slots=True)
class Debit:
    """Taken from, or given back to, one bucket."""

    bucket_id: str
    unit: str
    amount: int


@dataclass(frozen=True, slots=True)
class UsageCharged:
    """The charged-usage record: one report of one rating group at one price."""

    charge_id: str
    ref: str
    account_id: str
    subscriber_id: str
    rating_group: int
    zone: str
    catalog_version: int
    offering_code: str
    price_code: str
    unit: str
    used_units: int
    rated_units: int
    debits: tuple[Debit, ...]
    currency_code: str
    amount: int
    overdrawn: int
    used_from: Instant
    used_until: Instant
    nf_name: str
    charging_id: str


@dataclass(frozen=True, slots=True)
class CounterAdvanced:
    """A subscriber's counter stands at a value."""

    subscriber_id: str
    counter: str
    value: int


@dataclass(frozen=True, slots=True)
class ThresholdCrossed:
    """A bucket passed a used percentage, or money its low-balance mark (`used_percent` 0)."""

    account_id: str
    bucket_id: str
    used_percent: int
    balance: int


@dataclass(frozen=True, slots=True)
class UsageRefused:
    """A known subscriber was refused a rating group. Changes nothing; others may want to know."""

    ref: str
    account_id: str
    subscriber_id: str
    rating_group: int
    result: str


@dataclass(frozen=True, slots=True)
class ReauthorisationRequested:
    """A session that had run dry should come back."""

    ref: str
    rating_groups: tuple[int, ...]
    nf_name: str


@dataclass(frozen=True, slots=True)
class ChargeRefunded:
    """Part or all of a charge was given back."""

    charge_id: str
    refunded_charge_id: str
    account_id: str
    subscriber_id: str
    currency_code: str
    amount: int
    credits: tuple[Debit, ...]
    refunded_total: int
    units_restored: bool


@dataclass(frozen=True, slots=True)
class BalanceCorrected:
    """Who moved a balance by hand, and why."""

    account_id: str
    reason: str
    actor: str
    reference: str


Event = (
    PartitionOpened
    | AccountOpened
    | SubscriberAdded
    | BucketOpened
    | BucketMoved
    | SessionOpened
    | SessionAdvanced
    | RatingGroupChanged
    | SessionClosed
    | UsageCharged
    | CounterAdvanced
    | ThresholdCrossed
    | UsageRefused
    | ReauthorisationRequested
    | ChargeRefunded
    | BalanceCorrected
)


class Operation(Enum):
    """What kind of request an entry came from."""

    OPEN_PARTITION = 1
    CREATE_SESSION = 2
    UPDATE_SESSION = 3
    RELEASE_SESSION = 4
    EXPIRE_SESSION = 5
    ONE_TIME_EVENT = 6
    PROVISION = 7
    TOP_UP = 8
    ADJUST = 9
    TRANSFER = 10


@dataclass(frozen=True, slots=True)
class Entry:
    """What one request did: its events, and the answer a duplicate will get.

    `duplicate_key` is empty for what no caller can repeat.
    """

    decided_at: Instant
    operation: Operation
    events: tuple[Event, ...]
    duplicate_key: bytes = b""
    request_digest: bytes = b""
    answer: bytes = b""
