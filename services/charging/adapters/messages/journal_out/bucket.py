"""Events of buckets."""

from __future__ import annotations

from tidemark.charging.v1 import journal_pb2

from services.charging.adapters.messages.account_parts import set_movement
from services.charging.adapters.messages.common import set_instant
from services.charging.domain import events as ev
from services.charging.domain.rating.circumstances import ANYWHERE, Conditions


def bucket_opened(message: journal_pb2.Event, event: ev.BucketOpened) -> None:
    """A bucket exists."""
    bucket, opened = event.bucket, message.bucket_opened
    opened.account_id = bucket.account_id
    opened.bucket_id = bucket.bucket_id
    opened.name = bucket.name
    opened.unit = bucket.unit
    opened.is_money = bucket.is_money
    opened.balance = bucket.balance
    opened.floor = bucket.floor
    opened.priority = bucket.priority
    set_instant(opened.valid_from, bucket.valid_from)
    if bucket.valid_until is not None:
        set_instant(opened.valid_until, bucket.valid_until)
    opened.rating_groups.extend(sorted(bucket.rating_groups))
    opened.subscriber_ids.extend(sorted(bucket.subscriber_ids))
    opened.thresholds_percent.extend(bucket.thresholds_percent)
    opened.offering_code = bucket.offering_code
    if bucket.conditions is not ANYWHERE:
        _set_conditions(opened, bucket.conditions)
    opened.member_limit_units = bucket.member_limit
    opened.days_from_first_use = bucket.days_from_first_use
    opened.giftable = bucket.giftable
    opened.rollover_periods = bucket.rollover_periods


def _set_conditions(opened: journal_pb2.BucketOpened, conditions: Conditions) -> None:
    """Zones have stood in the bucket itself from the beginning; the other kinds came later."""
    opened.zones.extend(sorted(conditions.zones))
    if conditions.count == (1 if conditions.zones else 0):
        return
    message = opened.conditions
    message.destinations.extend(sorted(conditions.destinations))
    message.areas.extend(sorted(conditions.areas))
    message.slices.extend(sorted(conditions.slices))
    message.qos_classes.extend(sorted(conditions.qos_classes))
    message.load_bands.extend(sorted(conditions.load_bands))
    message.segments.extend(sorted(conditions.segments))
    message.device_classes.extend(sorted(conditions.device_classes))


def bucket_moved(message: journal_pb2.Event, event: ev.BucketMoved) -> None:
    """What a bucket holds now."""
    moved = message.bucket_moved
    moved.account_id = event.account_id
    set_movement(moved.movement, event)


def bucket_started(message: journal_pb2.Event, event: ev.BucketStarted) -> None:
    """First use: a bucket has an end."""
    started = message.bucket_started
    started.account_id = event.account_id
    started.bucket_id = event.bucket_id
    set_instant(started.valid_until, event.valid_until)


def bucket_closed(message: journal_pb2.Event, event: ev.BucketClosed) -> None:
    """A bucket is over."""
    closed = message.bucket_closed
    closed.account_id = event.account_id
    closed.bucket_id = event.bucket_id
    closed.unit = event.unit
    closed.forfeited = event.forfeited
    closed.rolled_over = event.rolled_over


def threshold_crossed(message: journal_pb2.Event, event: ev.ThresholdCrossed) -> None:
    """A bucket passed a mark."""
    crossed = message.threshold_crossed
    crossed.account_id = event.account_id
    crossed.bucket_id = event.bucket_id
    crossed.used_percent = event.used_percent
    crossed.balance = event.balance
