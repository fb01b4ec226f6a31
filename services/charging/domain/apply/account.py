"""What happened to accounts, subscribers and their subscriptions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from services.charging.domain import events as ev
from services.charging.domain.state import Account, PartitionState, Subscriber, Subscription


def account_opened(state: PartitionState, event: ev.AccountOpened) -> None:
    """An account without subscribers or buckets."""
    state.accounts[event.account_id] = Account(
        event.account_id, event.currency_code, event.credit_limit, event.low_balance
    )


def subscriber_added(state: PartitionState, event: ev.SubscriberAdded) -> None:
    """A subscriber, who may use what the account's buckets leave open to all."""
    state.subscribers[event.subscriber_id] = Subscriber(
        event.subscriber_id, event.account_id, event.time_zone, event.subscriptions, event.profile
    )
    account = state.accounts[event.account_id]
    state.accounts[event.account_id] = replace(
        account, subscriber_ids=(*account.subscriber_ids, event.subscriber_id)
    )
    state.subscriber_buckets[event.subscriber_id] = tuple(
        bucket_id for bucket_id in account.bucket_ids if not state.buckets[bucket_id].subscriber_ids
    )


def subscriber_changed(state: PartitionState, event: ev.SubscriberChanged) -> None:
    """Profile and bar."""
    subscriber = state.subscribers[event.subscriber_id]
    state.subscribers[event.subscriber_id] = replace(subscriber, profile=event.profile, barred=event.barred)


def credit_limit_changed(state: PartitionState, event: ev.CreditLimitChanged) -> None:
    """The limit, and with it how far money may be spent down."""
    account = state.accounts[event.account_id]
    state.accounts[event.account_id] = replace(account, credit_limit=event.credit_limit)
    bucket = state.buckets[event.bucket_id]
    state.buckets[event.bucket_id] = replace(bucket, floor=-event.credit_limit)


def subscription_changed(state: PartitionState, event: ev.SubscriptionChanged) -> None:
    """The subscription as it is now, in its place; one that ended is gone."""
    subscriber = state.subscribers[event.subscriber_id]
    changed = event.subscription
    ended = event.change is ev.SubscriptionChange.ENDED
    state.subscribers[event.subscriber_id] = replace(
        subscriber, subscriptions=tuple(_with_subscription(subscriber.subscriptions, changed, ended))
    )


def _with_subscription(
    before: tuple[Subscription, ...], changed: Subscription, ended: bool
) -> Iterator[Subscription]:
    known = False
    for item in before:
        if item.offering_code != changed.offering_code:
            yield item
        else:
            known = True
            if not ended:
                yield changed
    if not known and not ended:
        yield changed
