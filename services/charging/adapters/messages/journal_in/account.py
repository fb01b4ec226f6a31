"""Events of accounts, subscribers and their subscriptions."""

from __future__ import annotations

from tidemark.charging.v1 import journal_pb2

from services.charging.adapters.messages.account_parts import profile_of, subscription_of
from services.charging.domain import events as ev

_CHANGES = {
    journal_pb2.SubscriptionChange.Value(f"SUBSCRIPTION_CHANGE_{change.name}"): change
    for change in ev.SubscriptionChange
}


def account_opened(message: journal_pb2.AccountOpened) -> ev.AccountOpened:
    """An account exists."""
    return ev.AccountOpened(
        message.account_id,
        message.currency_code,
        message.credit_limit_minor_micros,
        message.low_balance_minor_micros if message.has_low_balance_threshold else None,
    )


def subscriber_added(message: journal_pb2.SubscriberAdded) -> ev.SubscriberAdded:
    """An account has a subscriber."""
    return ev.SubscriberAdded(
        message.subscriber_id,
        message.account_id,
        message.time_zone,
        tuple(subscription_of(item) for item in message.subscriptions),
        profile_of(message.profile),
    )


def subscription_changed(message: journal_pb2.SubscriptionChanged) -> ev.SubscriptionChanged:
    """A subscription as it is now. Raises ValueError for a change this version does not know."""
    change = _CHANGES.get(message.change)
    if change is None:
        raise ValueError(f"a change of a subscription that this version does not know: {message.change}")
    return ev.SubscriptionChanged(
        message.account_id, message.subscriber_id, subscription_of(message.subscription), change
    )


def subscriber_changed(message: journal_pb2.SubscriberChanged) -> ev.SubscriberChanged:
    """Profile and bar of a subscriber."""
    return ev.SubscriberChanged(
        message.account_id,
        message.subscriber_id,
        profile_of(message.profile),
        message.barred,
        message.reason,
        message.actor,
    )


def credit_limit_changed(message: journal_pb2.CreditLimitChanged) -> ev.CreditLimitChanged:
    """How far below zero money may go."""
    return ev.CreditLimitChanged(
        message.account_id,
        message.bucket_id,
        message.credit_limit_minor_micros,
        message.reason,
        message.actor,
    )


def balance_corrected(message: journal_pb2.BalanceCorrected) -> ev.BalanceCorrected:
    """Who moved a balance by hand, and why."""
    return ev.BalanceCorrected(message.account_id, message.reason, message.actor, message.reference)
