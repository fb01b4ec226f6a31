"""What can happen to a partition. Each carries what is now so, never a computation to repeat."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.state import NO_PROFILE, Bucket, Profile, RatedUsage, Subscription
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
    FEE = "fee"
    CORRECTED = "corrected"
    GIFTED = "gifted"
    ROLLED_OVER = "rolled over"


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
    profile: Profile = NO_PROFILE


class SubscriptionChange(Enum):
    """What happened to a subscription."""

    STARTED = "started"
    RENEWED = "renewed"
    TRIAL_ENDED = "trial ended"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    MOVED = "moved"
    CANCELLED = "cancelled"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class SubscriptionChanged:
    """A subscription as it is now; ENDED takes it away."""

    account_id: str
    subscriber_id: str
    subscription: Subscription
    change: SubscriptionChange


@dataclass(frozen=True, slots=True)
class SubscriberChanged:
    """Profile and bar of a subscriber as they are now."""

    account_id: str
    subscriber_id: str
    profile: Profile
    barred: bool
    reason: str
    actor: str


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
    circumstances: Circumstances
    subscriptions: tuple[Subscription, ...]
    started_at: Instant
    tariff_time_change: bool = False


@dataclass(frozen=True, slots=True)
class SessionAdvanced:
    """A session took a request. `expires_at` is by the server's clock, the rest by the element's."""

    ref: str
    sequence: int
    last_report_at: Instant
    expires_at: Instant
    circumstances: Circumstances
    reauthorisation_pending: tuple[int, ...]
    missing_sequences: tuple[int, ...] = ()


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
    missing_local_sequences: tuple[int, ...] = ()


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
class Outcome:
    """A result that was delivered, and where the evidence of it is."""

    outcome_id: str
    evidence_uri: str
    evidence_sha256: bytes
    provisional: bool


@dataclass(frozen=True, slots=True)
class UsageCharged:
    """The charged-usage record: one report of one rating group at one price.

    `used_units_before` and `paid_units_before`: where this charge begins within
    the price's scope. `concurrency` names the peak that was charged; '': usage.
    """

    charge_id: str
    ref: str
    account_id: str
    subscriber_id: str
    rating_group: int
    circumstances: Circumstances
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
    tax_code: str = ""
    tax: int = 0
    factor_permille: int = 1_000
    used_units_before: int = 0
    paid_units_before: int = 0
    offline: bool = False
    late: bool = False
    outcome: Outcome | None = None
    concurrency: str = ""


@dataclass(frozen=True, slots=True)
class FeeCharged:
    """Charged (negative: given back) for having an offering, for part/whole of a period (microseconds)."""

    charge_id: str
    account_id: str
    subscriber_id: str
    catalog_version: int
    offering_code: str
    fee_code: str
    currency_code: str
    amount: int
    tax_code: str
    tax: int
    debits: tuple[Debit, ...]
    period_from: Instant
    period_until: Instant
    overdrawn: int
    part: int
    whole: int
    promotion_percent: int


@dataclass(frozen=True, slots=True)
class BucketStarted:
    """First use: from now on a bucket has an end."""

    account_id: str
    bucket_id: str
    valid_until: Instant


@dataclass(frozen=True, slots=True)
class BucketClosed:
    """A bucket is over: `forfeited` is gone, `rolled_over` went on into the next period."""

    account_id: str
    bucket_id: str
    unit: str
    forfeited: int
    rolled_over: int


@dataclass(frozen=True, slots=True)
class CreditLimitChanged:
    """How far below zero an account's money may go."""

    account_id: str
    bucket_id: str
    credit_limit: int
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class SpendCapChanged:
    """A subscriber's own cap of a counter. None and not lifted: the catalog's again."""

    account_id: str
    subscriber_id: str
    counter_code: str
    cap: int | None
    lifted: bool
    actor: str


@dataclass(frozen=True, slots=True)
class CounterThresholdCrossed:
    """A counter passed a mark; once a period. `subscriber_id` '': the account counts."""

    account_id: str
    subscriber_id: str
    counter_code: str
    period: str
    mark: int
    value: int
    status: str
    cap: bool


@dataclass(frozen=True, slots=True)
class CounterAdvanced:
    """A counter of a subscriber (or an account) stands at a value in a period."""

    subscriber_id: str
    counter: str
    value: int
    period: str = ""


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


@dataclass(frozen=True, slots=True)
class SessionResumed:
    """A session that had expired reported after all and goes on."""

    ref: str
    account_id: str


@dataclass(frozen=True, slots=True)
class AbortRequested:
    """A session must end. Changes nothing; its element is told."""

    ref: str
    nf_name: str
    detail: str


@dataclass(frozen=True, slots=True)
class OutcomeSettled:
    """A provisional outcome is final, or was taken back."""

    charge_id: str
    account_id: str
    subscriber_id: str
    confirmed: bool
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class ChargeCorrected:
    """A signed difference to a charge made earlier, which stays as it is."""

    correction_id: str
    corrected_charge_id: str
    run_id: str
    account_id: str
    subscriber_id: str
    currency_code: str
    amount: int
    tax: int
    debits: tuple[Debit, ...]
    catalog_version: int
    offering_code: str
    price_code: str
    reason: str
    actor: str
    corrected_total: int
    corrected_total_tax: int


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
    | SubscriptionChanged
    | SubscriberChanged
    | FeeCharged
    | BucketStarted
    | BucketClosed
    | CreditLimitChanged
    | SpendCapChanged
    | CounterThresholdCrossed
    | SessionResumed
    | AbortRequested
    | OutcomeSettled
    | ChargeCorrected
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
    SUBSCRIBE = 11
    CANCEL = 12
    RENEW = 13
    GIFT = 14
    SET_CREDIT_LIMIT = 15
    SET_PROFILE = 16
    BAR = 17
    SET_SPEND_CAP = 18
    SETTLE_OUTCOME = 19
    CORRECT = 20


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
