"""What charging is asked to do about subscriptions, and about who uses and who pays."""

from __future__ import annotations

from dataclasses import dataclass

from services.charging.domain.state import Profile
from services.common.kernel.clock import Instant


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Takes an offering, with the members chosen from it. `effective_from` None: now."""

    subscriber_id: str
    offering_code: str
    chosen: tuple[str, ...]
    effective_from: Instant | None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class CancelSubscription:
    """Ends a subscription, at once or with its running period."""

    subscriber_id: str
    offering_code: str
    at_period_end: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RenewSubscription:
    """Does what is due first for a subscription: its end, the end of a trial or a period, a move."""

    subscriber_id: str
    offering_code: str


@dataclass(frozen=True, slots=True)
class CloseBuckets:
    """Takes away the buckets of an account that are past and that nothing holds any more."""

    account_id: str


@dataclass(frozen=True, slots=True)
class GiftUnits:
    """Gives units of a bucket to another subscriber."""

    from_subscriber_id: str
    bucket_id: str
    units: int
    to_subscriber_id: str


@dataclass(frozen=True, slots=True)
class SetCreditLimit:
    """Sets how far below zero money may go, in minor_micros."""

    account_id: str
    currency_code: str
    credit_limit: int
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class SetProfile:
    """Sets what prices and policies look at beside usage."""

    subscriber_id: str
    profile: Profile


@dataclass(frozen=True, slots=True)
class BarSubscriber:
    """Puts a subscriber on the stop list, or takes them off it."""

    subscriber_id: str
    barred: bool
    reason: str
    actor: str


SubscriptionCommand = (
    Subscribe
    | CancelSubscription
    | RenewSubscription
    | CloseBuckets
    | GiftUnits
    | SetCreditLimit
    | SetProfile
    | BarSubscriber
)
