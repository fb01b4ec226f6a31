"""Parts of an account that the API and the journal share: subscriptions, profiles, movements of buckets."""

from __future__ import annotations

from tidemark.charging.v1 import account_api_pb2

from services.charging.adapters.messages.common import MOVEMENT_REASONS, instant_of, set_instant
from services.charging.domain.events import BucketMoved
from services.charging.domain.state import NO_PROFILE, Profile, Subscription


def set_subscription(message: account_api_pb2.Subscription, item: Subscription) -> None:
    """Writes a subscription into an empty message."""
    message.offering_code = item.offering_code
    message.catalog_version = item.catalog_version
    set_instant(message.started_at, item.started_at)
    message.state = (
        account_api_pb2.SUBSCRIPTION_STATE_SUSPENDED
        if item.suspended
        else account_api_pb2.SUBSCRIPTION_STATE_ACTIVE
    )
    if item.period_start is not None:
        set_instant(message.period_start, item.period_start)
    if item.period_end is not None:
        set_instant(message.period_end, item.period_end)
    message.period_number = item.period_number
    if item.trial_end is not None:
        set_instant(message.trial_end, item.trial_end)
    if item.ends_at is not None:
        set_instant(message.ends_at, item.ends_at)


def subscription_of(message: account_api_pb2.Subscription) -> Subscription:
    """Back again. One without a state is active: there was none when it was written."""
    return Subscription(
        message.offering_code,
        message.catalog_version,
        instant_of(message.started_at),
        message.state == account_api_pb2.SUBSCRIPTION_STATE_SUSPENDED,
        instant_of(message.period_start) if message.HasField("period_start") else None,
        instant_of(message.period_end) if message.HasField("period_end") else None,
        message.period_number,
        instant_of(message.trial_end) if message.HasField("trial_end") else None,
        instant_of(message.ends_at) if message.HasField("ends_at") else None,
    )


def set_profile(message: account_api_pb2.SubscriberProfile, profile: Profile) -> None:
    """Writes a profile into an empty message."""
    message.segment = profile.segment
    message.customer_value = profile.customer_value
    message.device_class = profile.device_class


def profile_of(message: account_api_pb2.SubscriberProfile) -> Profile:
    """Back again; NO_PROFILE itself where nothing is known."""
    profile = Profile(message.segment, message.customer_value, message.device_class)
    return NO_PROFILE if profile == NO_PROFILE else profile


def set_movement(message: account_api_pb2.BucketMovement, moved: BucketMoved) -> None:
    """Writes a bucket's movement into an empty message."""
    message.bucket_id = moved.bucket_id
    message.reason = MOVEMENT_REASONS[moved.reason]
    message.unit = moved.unit
    message.delta = moved.delta
    message.balance = moved.balance
    message.reserved = moved.reserved
    message.charge_id = moved.charge_id
