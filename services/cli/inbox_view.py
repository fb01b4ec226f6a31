"""Inboxes, endpoints and deliveries as tables and lines."""

from __future__ import annotations

from collections.abc import Sequence

from tidemark.notification.v1 import notification_api_pb2 as api
from tidemark.notification.v1 import notification_pb2
from tidemark.type.v1 import money_pb2

from services.cli.amounts import show_money
from services.cli.case_view import message_line
from services.cli.output import Output
from services.cli.rendering import show_time, without_empty_columns
from services.common.kernel.amount_words import show_units

_INBOX_COLUMNS = (">cursor", "", "occurred", "alert", "what", "id")
_ENDPOINT_COLUMNS = ("endpoint", "channel", "address", "registered", "removed")
_DELIVERY_COLUMNS = (
    "delivery",
    "alert",
    "channel",
    "state",
    "reason",
    ">attempts",
    "due",
    "updated",
    "detail",
)


def channel_name(channel: api.Channel.ValueType) -> str:
    """`webhook`, `web-push`, `email`, `sms`, `operator`."""
    return api.Channel.Name(channel).removeprefix("CHANNEL_").lower().replace("_", "-")


def _mark(entry: notification_pb2.Notification) -> str:
    if entry.HasField("dismissed_at"):
        return "dismissed"
    if entry.superseded:
        return "superseded"
    return "" if entry.HasField("read_at") else "new"


def show_inbox(output: Output, entries: Sequence[notification_pb2.Notification]) -> None:
    """Entries, oldest first."""
    rows = [
        (
            str(entry.cursor),
            _mark(entry),
            show_time(entry.occurred_at),
            entry.alert_code,
            f"{entry.title}\n{entry.body}",
            entry.notification_id,
        )
        for entry in entries
    ]
    output.table("", *without_empty_columns(_INBOX_COLUMNS, rows))


def update_line(update: api.WatchNotificationsResponse) -> str:
    """One line for whatever a stream brought."""
    kind = update.WhichOneof("update")
    if kind == "notification":
        entry = update.notification
        return f"{show_time(entry.created_at)}  {entry.cursor:>6}  {entry.title}: {entry.body}"
    if kind == "message":
        return message_line(update.message)
    return f"{show_time(update.balance.at)}  balance  " + ", ".join(map(_bucket, update.balance.buckets))


def _bucket(bucket: notification_pb2.BalanceBucket) -> str:
    if bucket.is_money:
        return show_money(money_pb2.Money(minor_micros=bucket.balance, currency_code=bucket.unit))
    return f"{bucket.name} {show_units(bucket.balance, bucket.unit)}"


def show_endpoints(output: Output, endpoints: Sequence[api.Endpoint]) -> None:
    """Endpoints, those that are gone with when that was."""
    rows = [
        (
            item.endpoint_id,
            channel_name(item.channel),
            item.address,
            show_time(item.registered_at),
            show_time(item.removed_at),
        )
        for item in endpoints
    ]
    output.table("", *without_empty_columns(_ENDPOINT_COLUMNS, rows))


def show_deliveries(output: Output, deliveries: Sequence[api.Delivery]) -> None:
    """Deliveries, newest first."""
    rows = [
        (
            item.delivery_id,
            item.alert_code,
            channel_name(item.channel),
            api.DeliveryState.Name(item.state).removeprefix("DELIVERY_STATE_").lower(),
            item.reason,
            str(item.attempts),
            show_time(item.due_at),
            show_time(item.updated_at),
            item.detail,
        )
        for item in deliveries
    ]
    output.table("", *without_empty_columns(_DELIVERY_COLUMNS, rows))
