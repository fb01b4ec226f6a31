"""Inbox entries, balances, wishes, endpoints and deliveries as protobuf messages, there and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.notification.v1 import notification_api_pb2 as api
from tidemark.notification.v1 import notification_pb2

from services.common.kernel.clock import Instant
from services.notification.adapters.asked import known
from services.notification.adapters.case_messages import message_message, stamp
from services.notification.application.delivery_ports import DeliveryShown, DeliveryState
from services.notification.application.ports import Balances, Update
from services.notification.domain.channels import Endpoint
from services.notification.domain.conversations import Message
from services.notification.domain.customers import Bucket
from services.notification.domain.notifications import (
    AlertSeverity,
    Category,
    Channel,
    Mark,
    Notification,
)
from services.notification.domain.preferences import Preferences, Wish

N = TypeVar("N")
T = TypeVar("T")

_CATEGORIES = {
    Category.REGULATORY: notification_pb2.CATEGORY_REGULATORY,
    Category.SERVICE: notification_pb2.CATEGORY_SERVICE,
    Category.MARKETING: notification_pb2.CATEGORY_MARKETING,
}
_SEVERITIES = {
    AlertSeverity.INFO: notification_pb2.SEVERITY_INFO,
    AlertSeverity.WARNING: notification_pb2.SEVERITY_WARNING,
    AlertSeverity.CRITICAL: notification_pb2.SEVERITY_CRITICAL,
}
_CHANNELS = {
    Channel.WEBHOOK: api.CHANNEL_WEBHOOK,
    Channel.WEB_PUSH: api.CHANNEL_WEB_PUSH,
    Channel.EMAIL: api.CHANNEL_EMAIL,
    Channel.SMS: api.CHANNEL_SMS,
    Channel.OPERATOR: api.CHANNEL_OPERATOR,
}
_STATES = {
    DeliveryState.PENDING: api.DELIVERY_STATE_PENDING,
    DeliveryState.HELD: api.DELIVERY_STATE_HELD,
    DeliveryState.DELIVERED: api.DELIVERY_STATE_DELIVERED,
    DeliveryState.FAILED: api.DELIVERY_STATE_FAILED,
    DeliveryState.DROPPED: api.DELIVERY_STATE_DROPPED,
}
_MARKS = {api.MARK_READ: Mark.READ, api.MARK_DISMISSED: Mark.DISMISSED}
_NAMED_CATEGORIES = {number: category for category, number in _CATEGORIES.items()}
_NAMED_CHANNELS = {number: channel for channel, number in _CHANNELS.items()}


def notification_message(entry: Notification) -> notification_pb2.Notification:
    """An entry of an inbox."""
    return notification_pb2.Notification(
        notification_id=entry.notification_id,
        cursor=entry.cursor,
        subscriber_id=entry.recipient.subscriber_id,
        party_code=entry.recipient.party_code,
        account_id=entry.recipient.account_id,
        alert_code=entry.alert_code,
        rules_version=entry.rules_version,
        category=_CATEGORIES[entry.category],
        severity=_SEVERITIES[entry.severity],
        title=entry.title,
        body=entry.body,
        language=entry.language,
        data=entry.data,
        occurred_at=stamp(entry.occurred_at),
        created_at=stamp(entry.created_at),
        read_at=_stamp_if(entry.read_at),
        dismissed_at=_stamp_if(entry.dismissed_at),
        collapse_key=entry.collapse_key,
        superseded=entry.superseded,
    )


def balance_message(balances: Balances) -> notification_pb2.BalanceState:
    """What an account holds."""
    return notification_pb2.BalanceState(
        account_id=balances.account_id,
        feature_seq=balances.feature_seq,
        at=stamp(balances.at),
        buckets=map(_bucket_message, balances.buckets),
    )


def update_message(update: Update) -> api.WatchNotificationsResponse:
    """One update of a stream."""
    if isinstance(update, Notification):
        return api.WatchNotificationsResponse(notification=notification_message(update))
    if isinstance(update, Message):
        return api.WatchNotificationsResponse(message=message_message(update))
    return api.WatchNotificationsResponse(balance=balance_message(update))


def mark_of(number: api.Mark.ValueType) -> Mark:
    """What is to be marked. Raises RefusedError FIELD_INVALID."""
    return known(_MARKS, number, "mark", "read, or dismissed")


def channel_of(number: api.Channel.ValueType) -> Channel:
    """A channel that has to be named. Raises RefusedError FIELD_INVALID."""
    return known(_NAMED_CHANNELS, number, "channel", "one of the channels")


def preferences_of(message: api.Preferences) -> Preferences:
    """Wishes as they are asked for. Raises RefusedError FIELD_INVALID for a category or channel unknown."""
    return Preferences(
        language=message.language,
        time_zone=message.time_zone,
        quiet_from_minute=message.quiet_from_minute,
        quiet_until_minute=message.quiet_until_minute,
        wishes=tuple(_wish(wish, index) for index, wish in enumerate(message.wishes)),
        marketing_consent=message.marketing_consent,
        consent_evidence=message.consent_evidence,
    )


def preferences_message(preferences: Preferences) -> api.Preferences:
    """Wishes as they stand."""
    return api.Preferences(
        language=preferences.language,
        time_zone=preferences.time_zone,
        quiet_from_minute=preferences.quiet_from_minute,
        quiet_until_minute=preferences.quiet_until_minute,
        wishes=map(_wish_message, preferences.wishes),
        marketing_consent=preferences.marketing_consent,
        consent_evidence=preferences.consent_evidence,
        consented_at=_stamp_if(preferences.consented_at),
    )


def endpoint_message(endpoint: Endpoint) -> api.Endpoint:
    """Where a recipient is reached, without its secret."""
    return api.Endpoint(
        endpoint_id=endpoint.endpoint_id,
        subscriber_id=endpoint.recipient.subscriber_id,
        party_code=endpoint.recipient.party_code,
        operator=endpoint.recipient.operator,
        channel=_CHANNELS[endpoint.channel],
        address=endpoint.address,
        registered_at=stamp(endpoint.registered_at),
        removed_at=_stamp_if(endpoint.removed_at),
    )


def deliveries_message(deliveries: Sequence[DeliveryShown]) -> api.ListDeliveriesResponse:
    """What became of deliveries."""
    return api.ListDeliveriesResponse(
        deliveries=[
            api.Delivery(
                delivery_id=one.delivery_id,
                notification_id=one.notification_id,
                alert_code=one.alert_code,
                channel=_CHANNELS[one.channel],
                endpoint_id=one.endpoint_id,
                state=_STATES[one.state],
                reason=one.reason,
                detail=one.detail,
                attempts=one.attempts,
                due_at=_stamp_if(one.due_at),
                updated_at=stamp(one.updated_at),
            )
            for one in deliveries
        ]
    )


def _bucket_message(bucket: Bucket) -> notification_pb2.BalanceBucket:
    return notification_pb2.BalanceBucket(
        bucket_id=bucket.bucket_id,
        name=bucket.name,
        unit=bucket.unit,
        is_money=bucket.is_money,
        balance=bucket.balance,
        given=bucket.given,
        valid_until=_stamp_if(bucket.valid_until),
    )


def _wish(wish: api.Wish, index: int) -> Wish:
    field = f"preferences.wishes.{index}"
    category = known(_NAMED_CATEGORIES, wish.category, f"{field}.category", "one of the categories")
    channel = None
    if wish.channel != api.CHANNEL_UNSPECIFIED:
        channel = known(_NAMED_CHANNELS, wish.channel, f"{field}.channel", "one of the channels, or none")
    return Wish(category, wish.wanted, wish.alert_code, channel)


def _wish_message(wish: Wish) -> api.Wish:
    return api.Wish(
        alert_code=wish.alert_code,
        category=_CATEGORIES[wish.category],
        channel=api.CHANNEL_UNSPECIFIED if wish.channel is None else _CHANNELS[wish.channel],
        wanted=wish.wanted,
    )


def _stamp_if(at: Instant | None) -> Timestamp | None:
    return None if at is None else stamp(at)
