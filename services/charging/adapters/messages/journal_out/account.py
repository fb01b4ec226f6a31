"""Events of accounts, subscribers and their subscriptions."""

from __future__ import annotations

from tidemark.charging.v1 import journal_pb2

from services.charging.adapters.messages.account_parts import set_profile, set_subscription
from services.charging.domain import events as ev
from services.charging.domain.state import NO_PROFILE

_CHANGES = {
    change: journal_pb2.SubscriptionChange.Value(f"SUBSCRIPTION_CHANGE_{change.name}")
    for change in ev.SubscriptionChange
}


def account_opened(message: journal_pb2.Event, event: ev.AccountOpened) -> None:
    """An account exists."""
    opened = message.account_opened
    opened.account_id = event.account_id
    opened.currency_code = event.currency_code
    opened.credit_limit_minor_micros = event.credit_limit
    if event.low_balance is not None:
        opened.low_balance_minor_micros = event.low_balance
        opened.has_low_balance_threshold = True


def subscriber_added(message: journal_pb2.Event, event: ev.SubscriberAdded) -> None:
    """An account has a subscriber."""
    added = message.subscriber_added
    added.subscriber_id = event.subscriber_id
    added.account_id = event.account_id
    added.time_zone = event.time_zone
    for item in event.subscriptions:
        set_subscription(added.subscriptions.add(), item)
    if event.profile != NO_PROFILE:
        set_profile(added.profile, event.profile)


def subscription_changed(message: journal_pb2.Event, event: ev.SubscriptionChanged) -> None:
    """A subscription as it is now."""
    changed = message.subscription_changed
    changed.account_id = event.account_id
    changed.subscriber_id = event.subscriber_id
    set_subscription(changed.subscription, event.subscription)
    changed.change = _CHANGES[event.change]


def subscriber_changed(message: journal_pb2.Event, event: ev.SubscriberChanged) -> None:
    """Profile and bar of a subscriber."""
    changed = message.subscriber_changed
    changed.account_id = event.account_id
    changed.subscriber_id = event.subscriber_id
    set_profile(changed.profile, event.profile)
    changed.barred = event.barred
    changed.reason = event.reason
    changed.actor = event.actor


def credit_limit_changed(message: journal_pb2.Event, event: ev.CreditLimitChanged) -> None:
    """How far below zero money may go."""
    changed = message.credit_limit_changed
    changed.account_id = event.account_id
    changed.bucket_id = event.bucket_id
    changed.credit_limit_minor_micros = event.credit_limit
    changed.reason = event.reason
    changed.actor = event.actor


def balance_corrected(message: journal_pb2.Event, event: ev.BalanceCorrected) -> None:
    """Who moved a balance by hand, and why."""
    corrected = message.balance_corrected
    corrected.account_id = event.account_id
    corrected.reason = event.reason
    corrected.actor = event.actor
    corrected.reference = event.reference
