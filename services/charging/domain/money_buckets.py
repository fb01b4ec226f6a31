"""The bucket that holds an account's own money."""

from __future__ import annotations

from services.charging.domain.state import Bucket, PartitionState


def money_bucket(state: PartitionState, account_id: str) -> Bucket:
    """Money that every subscriber may spend on anything; an account has it from its first day."""
    buckets = (state.buckets[bucket_id] for bucket_id in state.accounts[account_id].bucket_ids)
    return next(
        bucket
        for bucket in buckets
        if bucket.is_money and not bucket.rating_groups and not bucket.subscriber_ids
    )
