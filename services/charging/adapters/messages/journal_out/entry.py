"""An entry as a message, each event by the function of its type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tidemark.charging.v1 import journal_pb2

from services.charging.adapters.messages.common import set_instant
from services.charging.adapters.messages.journal_out import (
    account,
    bucket,
    charge,
    correction,
    counter,
    session,
)
from services.charging.domain import events as ev

_OPERATIONS = {
    operation: journal_pb2.Operation.Value(f"OPERATION_{operation.name}") for operation in ev.Operation
}


def entry(item: ev.Entry) -> journal_pb2.JournalEntry:
    """An entry as a message. Raises ValueError where a number does not fit its field."""
    message = journal_pb2.JournalEntry()
    set_instant(message.decided_at, item.decided_at)
    message.operation = _OPERATIONS[item.operation]
    message.duplicate_key = item.duplicate_key
    message.request_digest = item.request_digest
    message.answer = item.answer
    add = message.events.add
    for event in item.events:
        _EVENTS[type(event)](add(), event)
    return message


def _partition_opened(message: journal_pb2.Event, event: ev.PartitionOpened) -> None:
    opened = message.partition_opened
    opened.epoch = event.epoch
    opened.owner = event.owner


_EVENTS: dict[type, Callable[[journal_pb2.Event, Any], None]] = {
    ev.PartitionOpened: _partition_opened,
    ev.AccountOpened: account.account_opened,
    ev.SubscriberAdded: account.subscriber_added,
    ev.BucketOpened: bucket.bucket_opened,
    ev.BucketMoved: bucket.bucket_moved,
    ev.SessionOpened: session.session_opened,
    ev.SessionAdvanced: session.session_advanced,
    ev.RatingGroupChanged: session.rating_group_changed,
    ev.SessionClosed: session.session_closed,
    ev.UsageCharged: charge.usage_charged,
    ev.CounterAdvanced: counter.counter_advanced,
    ev.ThresholdCrossed: bucket.threshold_crossed,
    ev.UsageRefused: session.usage_refused,
    ev.ReauthorisationRequested: session.reauthorisation_requested,
    ev.ChargeRefunded: correction.charge_refunded,
    ev.BalanceCorrected: account.balance_corrected,
    ev.SubscriptionChanged: account.subscription_changed,
    ev.SubscriberChanged: account.subscriber_changed,
    ev.FeeCharged: charge.fee_charged,
    ev.BucketStarted: bucket.bucket_started,
    ev.BucketClosed: bucket.bucket_closed,
    ev.CreditLimitChanged: account.credit_limit_changed,
    ev.SpendCapChanged: counter.spend_cap_changed,
    ev.CounterThresholdCrossed: counter.counter_threshold_crossed,
    ev.SessionResumed: session.session_resumed,
    ev.AbortRequested: session.abort_requested,
    ev.OutcomeSettled: correction.outcome_settled,
    ev.ChargeCorrected: correction.charge_corrected,
}
