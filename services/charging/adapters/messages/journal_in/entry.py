"""An entry from its message, each event by the function of its kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tidemark.charging.v1 import journal_pb2

from services.charging.adapters.messages.common import instant_of
from services.charging.adapters.messages.journal_in import (
    account,
    bucket,
    charge,
    correction,
    counter,
    session,
)
from services.charging.domain import events as ev

_OPERATIONS = {
    journal_pb2.Operation.Value(f"OPERATION_{operation.name}"): operation for operation in ev.Operation
}


def entry(message: journal_pb2.JournalEntry) -> ev.Entry:
    """An entry from its message. Raises ValueError for an event or operation this version does not know."""
    operation = _OPERATIONS.get(message.operation)
    if operation is None:
        raise ValueError(f"an operation that this version does not know: {message.operation}")
    return ev.Entry(
        instant_of(message.decided_at),
        operation,
        tuple(_event(item) for item in message.events),
        message.duplicate_key,
        message.request_digest,
        message.answer,
    )


def _event(message: journal_pb2.Event) -> ev.Event:
    kind = message.WhichOneof("event")
    if kind is None:
        raise ValueError("an event of a kind that this version does not know")
    decoded: ev.Event = _EVENTS[kind](getattr(message, kind))
    return decoded


def _partition_opened(message: journal_pb2.PartitionOpened) -> ev.PartitionOpened:
    return ev.PartitionOpened(message.epoch, message.owner)


_EVENTS: dict[str, Callable[[Any], Any]] = {
    "partition_opened": _partition_opened,
    "account_opened": account.account_opened,
    "subscriber_added": account.subscriber_added,
    "bucket_opened": bucket.bucket_opened,
    "bucket_moved": bucket.bucket_moved,
    "session_opened": session.session_opened,
    "session_advanced": session.session_advanced,
    "rating_group_changed": session.rating_group_changed,
    "session_closed": session.session_closed,
    "usage_charged": charge.usage_charged,
    "counter_advanced": counter.counter_advanced,
    "threshold_crossed": bucket.threshold_crossed,
    "usage_refused": session.usage_refused,
    "reauthorisation_requested": session.reauthorisation_requested,
    "charge_refunded": correction.charge_refunded,
    "balance_corrected": account.balance_corrected,
    "subscription_changed": account.subscription_changed,
    "subscriber_changed": account.subscriber_changed,
    "fee_charged": charge.fee_charged,
    "bucket_started": bucket.bucket_started,
    "bucket_closed": bucket.bucket_closed,
    "credit_limit_changed": account.credit_limit_changed,
    "spend_cap_changed": counter.spend_cap_changed,
    "counter_threshold_crossed": counter.counter_threshold_crossed,
    "session_resumed": session.session_resumed,
    "abort_requested": session.abort_requested,
    "outcome_settled": correction.outcome_settled,
    "charge_corrected": correction.charge_corrected,
}
