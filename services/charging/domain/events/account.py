"""What can happen to accounts and their subscribers."""

from __future__ import annotations

from dataclasses import dataclass

from services.charging.domain.state import NO_PROFILE, Profile, Subscription


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
class CreditLimitChanged:
    """How far below zero an account's money may go."""

    account_id: str
    bucket_id: str
    credit_limit: int
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class BalanceCorrected:
    """Who moved a balance by hand, and why."""

    account_id: str
    reason: str
    actor: str
    reference: str
