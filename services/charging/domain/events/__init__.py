"""What can happen to a partition. Each carries what is now so, never a computation to repeat."""

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
    MovementReason,
    ThresholdCrossed,
)
from services.charging.domain.events.charge import (
    ChargeCorrected,
    ChargeRefunded,
    Debit,
    FeeCharged,
    Outcome,
    OutcomeSettled,
    UsageCharged,
)
from services.charging.domain.events.counter import CounterAdvanced, CounterThresholdCrossed, SpendCapChanged
from services.charging.domain.events.entry import Entry, Event, Operation, PartitionOpened
from services.charging.domain.events.session import (
    AbortRequested,
    CloseCause,
    RatingGroupChanged,
    ReauthorisationRequested,
    SessionAdvanced,
    SessionClosed,
    SessionOpened,
    SessionResumed,
    UsageRefused,
)
from services.charging.domain.events.subscription import SubscriptionChange, SubscriptionChanged

__all__ = [
    "AbortRequested",
    "AccountOpened",
    "BalanceCorrected",
    "BucketClosed",
    "BucketMoved",
    "BucketOpened",
    "BucketStarted",
    "ChargeCorrected",
    "ChargeRefunded",
    "CloseCause",
    "CounterAdvanced",
    "CounterThresholdCrossed",
    "CreditLimitChanged",
    "Debit",
    "Entry",
    "Event",
    "FeeCharged",
    "MovementReason",
    "Operation",
    "Outcome",
    "OutcomeSettled",
    "PartitionOpened",
    "RatingGroupChanged",
    "ReauthorisationRequested",
    "SessionAdvanced",
    "SessionClosed",
    "SessionOpened",
    "SessionResumed",
    "SpendCapChanged",
    "SubscriberAdded",
    "SubscriberChanged",
    "SubscriptionChange",
    "SubscriptionChanged",
    "ThresholdCrossed",
    "UsageCharged",
    "UsageRefused",
]
