"""Accounts, their subscribers and buckets, and how their balances change, as messages."""

from __future__ import annotations

from collections.abc import Sequence

from tidemark.charging.v1 import account_api_pb2
from tidemark.type.v1 import quantity_pb2

from services.charging.adapters.messages.account_parts import set_movement, set_profile, set_subscription
from services.charging.adapters.messages.common import money, timestamp
from services.charging.application.watch_balance import Move
from services.charging.domain.answers import AccountView
from services.charging.domain.events import BucketMoved
from services.charging.domain.state import Bucket, Subscriber, Subscription
from services.common.kernel.clock import Instant


def account(view: AccountView, sequence: int) -> account_api_pb2.Account:
    """An account as a message. `sequence` 0: not tied to a record (answers that are kept for duplicates)."""
    return account_api_pb2.Account(
        account_id=view.account.account_id,
        currency_code=view.account.currency_code,
        credit_limit=money(view.account.credit_limit, view.account.currency_code),
        subscribers=[_subscriber_out(subscriber) for subscriber in view.subscribers],
        buckets=[_bucket(bucket) for bucket in view.buckets],
        sequence=sequence,
        open_sessions=view.open_sessions,
    )


def _subscriber_out(subscriber: Subscriber) -> account_api_pb2.Subscriber:
    message = account_api_pb2.Subscriber(
        subscriber_id=subscriber.subscriber_id,
        subscriptions=[subscription(item) for item in subscriber.subscriptions],
        time_zone=subscriber.time_zone,
        barred=subscriber.barred,
    )
    set_profile(message.profile, subscriber.profile)
    return message


def subscription(item: Subscription) -> account_api_pb2.Subscription:
    """A subscription as a message."""
    message = account_api_pb2.Subscription()
    set_subscription(message, item)
    return message


def _bucket(bucket: Bucket) -> account_api_pb2.Bucket:
    message = account_api_pb2.Bucket(
        bucket_id=bucket.bucket_id,
        name=bucket.name,
        priority=bucket.priority,
        valid_from=timestamp(bucket.valid_from),
        rating_groups=sorted(bucket.rating_groups),
        zones=sorted(bucket.conditions.zones),
        subscriber_ids=sorted(bucket.subscriber_ids),
        initial_amount=bucket.initial,
        member_limit_units=bucket.member_limit,
        days_from_first_use=bucket.days_from_first_use,
        giftable=bucket.giftable,
        offering_code=bucket.offering_code,
    )
    if bucket.valid_until is not None:
        message.valid_until.CopyFrom(timestamp(bucket.valid_until))
    if bucket.is_money:
        message.money.CopyFrom(money(bucket.balance, bucket.unit))
        message.money_reserved.CopyFrom(money(bucket.reserved, bucket.unit))
    else:
        message.quantity.CopyFrom(quantity_pb2.Quantity(unit=bucket.unit, amount=bucket.balance))
        message.quantity_reserved.CopyFrom(quantity_pb2.Quantity(unit=bucket.unit, amount=bucket.reserved))
    return message


def movement(moved: Move) -> account_api_pb2.BucketMovement:
    """A bucket's movement as a message; one that was opened moved from nothing."""
    if isinstance(moved, BucketMoved):
        message = account_api_pb2.BucketMovement()
        set_movement(message, moved)
        return message
    bucket = moved.bucket
    return account_api_pb2.BucketMovement(
        bucket_id=bucket.bucket_id,
        reason=account_api_pb2.MOVEMENT_REASON_OPENED,
        unit=bucket.unit,
        delta=bucket.balance,
        balance=bucket.balance,
    )


def balance_change(
    sequence: int, occurred_at: Instant, moves: Sequence[Move]
) -> account_api_pb2.WatchBalanceResponse:
    """One record's movements of an account, for a watcher."""
    return account_api_pb2.WatchBalanceResponse(
        sequence=sequence,
        change=account_api_pb2.BalanceChange(
            occurred_at=timestamp(occurred_at), movements=[movement(moved) for moved in moves]
        ),
    )
