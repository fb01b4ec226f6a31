"""Entries of charging's journal that say something of acceptances."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import account_api_pb2, journal_pb2

from services.common.kernel.clock import Instant


def entry(
    at: Instant, operation: journal_pb2.Operation.ValueType, *events: journal_pb2.Event
) -> journal_pb2.JournalEntry:
    """An entry of charging's journal."""
    stamp = Timestamp()
    stamp.FromMicroseconds(at)
    return journal_pb2.JournalEntry(decided_at=stamp, operation=operation, events=events)


def subscription_event(
    change: journal_pb2.SubscriptionChange.ValueType,
    offering_code: str = "video-pass",
    subscriber_id: str = "s-1",
) -> journal_pb2.Event:
    """A subscription changed."""
    return journal_pb2.Event(
        subscription_changed=journal_pb2.SubscriptionChanged(
            account_id="acme-1",
            subscriber_id=subscriber_id,
            subscription=account_api_pb2.Subscription(offering_code=offering_code),
            change=change,
        )
    )


def subscribed_entry(
    at: Instant, decision_id: str = "d-1", charge_id: str = "c-9"
) -> journal_pb2.JournalEntry:
    """The offering of an acceptance was taken, for two euros."""
    fee = journal_pb2.FeeCharged(
        charge_id=charge_id,
        account_id="acme-1",
        subscriber_id="s-1",
        offering_code="video-pass",
        currency_code="EUR",
        amount_minor_micros=200_000_000,
    )
    told = journal_pb2.BalanceCorrected(account_id="acme-1", reference=decision_id)
    return entry(
        at,
        journal_pb2.OPERATION_SUBSCRIBE,
        subscription_event(journal_pb2.SUBSCRIPTION_CHANGE_STARTED),
        journal_pb2.Event(fee_charged=fee),
        journal_pb2.Event(balance_corrected=told),
    )


def refund_entry(at: Instant, charge_id: str) -> journal_pb2.JournalEntry:
    """A charge was paid back."""
    refunded = journal_pb2.ChargeRefunded(charge_id="c-refund", refunded_charge_id=charge_id)
    return entry(at, journal_pb2.OPERATION_ONE_TIME_EVENT, journal_pb2.Event(charge_refunded=refunded))
