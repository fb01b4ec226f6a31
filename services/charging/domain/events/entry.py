"""What one request did to a partition: an entry of events."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from services.charging.domain.events.account import (
    AccountOpened,
    BalanceCorrected,
    CreditLimitChanged,
    SubscriberAdded,
    SubscriberChanged,
)
from services.charging.domain.events.bucket import (
    BucketClosed,
    BucketMoved,
    BucketOpened,
    BucketStarted,
    ThresholdCrossed,
)
from services.charging.domain.events.charge import (
    ChargeCorrected,
    ChargeRefunded,
    FeeCharged,
    OutcomeSettled,
    UsageCharged,
)
from services.charging.domain.events.counter import CounterAdvanced, CounterThresholdCrossed, SpendCapChanged
from services.charging.domain.events.session import (
    AbortRequested,
    RatingGroupChanged,
    ReauthorisationRequested,
    SessionAdvanced,
    SessionClosed,
    SessionOpened,
    SessionResumed,
    UsageRefused,
)
from services.charging.domain.events.subscription import SubscriptionChanged
from services.common.kernel.clock import Instant


@dataclass(frozen=True, slots=True)
class PartitionOpened:
    """A process took the partition over."""

    epoch: int
    owner: str


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
