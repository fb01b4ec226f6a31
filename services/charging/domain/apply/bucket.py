"""What happened to buckets."""

from __future__ import annotations

from dataclasses import replace

from services.charging.domain import events as ev
from services.charging.domain.apply.counter import member_counter
from services.charging.domain.state import PartitionState


def bucket_opened(state: PartitionState, event: ev.BucketOpened) -> None:
    """A bucket, for all whom it serves."""
    bucket = event.bucket
    state.buckets[bucket.bucket_id] = bucket
    account = state.accounts[bucket.account_id]
    state.accounts[bucket.account_id] = replace(account, bucket_ids=(*account.bucket_ids, bucket.bucket_id))
    for subscriber_id in bucket.subscriber_ids or account.subscriber_ids:
        usable = state.subscriber_buckets[subscriber_id]
        state.subscriber_buckets[subscriber_id] = (*usable, bucket.bucket_id)


def bucket_moved(state: PartitionState, event: ev.BucketMoved) -> None:
    """What a bucket holds."""
    bucket = state.buckets[event.bucket_id]
    state.buckets[event.bucket_id] = bucket.holding(event.balance, event.reserved)


def bucket_started(state: PartitionState, event: ev.BucketStarted) -> None:
    """First use: the bucket has an end."""
    bucket = state.buckets[event.bucket_id]
    state.buckets[event.bucket_id] = replace(bucket, valid_until=event.valid_until, days_from_first_use=0)


def bucket_closed(state: PartitionState, event: ev.BucketClosed) -> None:
    """The bucket is gone, and what its members have used of it."""
    bucket = state.buckets.pop(event.bucket_id)
    account = state.accounts[event.account_id]
    left = tuple(bucket_id for bucket_id in account.bucket_ids if bucket_id != event.bucket_id)
    state.accounts[event.account_id] = replace(account, bucket_ids=left)
    for subscriber_id in bucket.subscriber_ids or account.subscriber_ids:
        usable = state.subscriber_buckets[subscriber_id]
        state.subscriber_buckets[subscriber_id] = tuple(
            bucket_id for bucket_id in usable if bucket_id != event.bucket_id
        )
        state.counters.pop((subscriber_id, member_counter(event.bucket_id)), None)
