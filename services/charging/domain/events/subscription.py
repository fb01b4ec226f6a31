"""What can happen to subscriptions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from services.charging.domain.state import Subscription


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
