"""Events of buckets."""

from __future__ import annotations

from tidemark.charging.v1 import journal_pb2

from services.charging.adapters.messages.common import MOVEMENT_REASONS_BACK, instant_of
from services.charging.domain import events as ev
from services.charging.domain.rating.circumstances import ANYWHERE, Conditions
from services.charging.domain.state import Bucket


def bucket_opened(message: journal_pb2.BucketOpened) -> ev.BucketOpened:
    """A bucket exists."""
    return ev.BucketOpened(
        Bucket(
            bucket_id=message.bucket_id,
            account_id=message.account_id,
            name=message.name,
            unit=message.unit,
            is_money=message.is_money,
            balance=message.balance,
            reserved=0,
            floor=message.floor,
            initial=message.balance,
            priority=message.priority,
            valid_from=instant_of(message.valid_from),
            valid_until=instant_of(message.valid_until) if message.HasField("valid_until") else None,
            rating_groups=frozenset(message.rating_groups),
            subscriber_ids=frozenset(message.subscriber_ids),
            thresholds_percent=tuple(message.thresholds_percent),
            offering_code=message.offering_code,
            conditions=_conditions(message),
            member_limit=message.member_limit_units,
            days_from_first_use=message.days_from_first_use,
            giftable=message.giftable,
            rollover_periods=message.rollover_periods,
        )
    )


def _conditions(message: journal_pb2.BucketOpened) -> Conditions:
    """ANYWHERE itself where there are none: usage is then not even compared."""
    if not message.zones and not message.HasField("conditions"):
        return ANYWHERE
    beside_zones = message.conditions
    return Conditions(
        frozenset(message.zones),
        frozenset(beside_zones.destinations),
        frozenset(beside_zones.areas),
        frozenset(beside_zones.slices),
        frozenset(beside_zones.qos_classes),
        frozenset(beside_zones.load_bands),
        frozenset(beside_zones.segments),
        frozenset(beside_zones.device_classes),
    )


def bucket_moved(message: journal_pb2.BucketMoved) -> ev.BucketMoved:
    """What a bucket holds now. Raises ValueError for a reason this version does not know."""
    moved = message.movement
    reason = MOVEMENT_REASONS_BACK.get(moved.reason)
    if reason is None:
        raise ValueError(f"a movement for a reason that this version does not know: {moved.reason}")
    return ev.BucketMoved(
        message.account_id,
        moved.bucket_id,
        reason,
        moved.unit,
        moved.delta,
        moved.balance,
        moved.reserved,
        moved.charge_id,
    )


def bucket_started(message: journal_pb2.BucketStarted) -> ev.BucketStarted:
    """First use: a bucket has an end."""
    return ev.BucketStarted(message.account_id, message.bucket_id, instant_of(message.valid_until))


def bucket_closed(message: journal_pb2.BucketClosed) -> ev.BucketClosed:
    """A bucket is over."""
    return ev.BucketClosed(
        message.account_id, message.bucket_id, message.unit, message.forfeited, message.rolled_over
    )


def threshold_crossed(message: journal_pb2.ThresholdCrossed) -> ev.ThresholdCrossed:
    """A bucket passed a mark."""
    return ev.ThresholdCrossed(message.account_id, message.bucket_id, message.used_percent, message.balance)
