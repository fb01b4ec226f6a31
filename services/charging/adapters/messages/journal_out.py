"""Domain events to journal messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tidemark.charging.v1 import journal_pb2

from services.charging.adapters.messages.accounts import movement, subscription
from services.charging.adapters.messages.common import CLOSE_CAUSES, timestamp
from services.charging.domain import events as ev


def entry(item: ev.Entry) -> journal_pb2.JournalEntry:
    """An entry as a message."""
    return journal_pb2.JournalEntry(
        decided_at=timestamp(item.decided_at),
        operation=journal_pb2.Operation.Value(f"OPERATION_{item.operation.name}"),
        duplicate_key=item.duplicate_key,
        request_digest=item.request_digest,
        answer=item.answer,
        events=[_EVENTS[type(event)](event) for event in item.events],
    )


def _partition_opened(event: ev.PartitionOpened) -> journal_pb2.Event:
    return journal_pb2.Event(
        partition_opened=journal_pb2.PartitionOpened(epoch=event.epoch, owner=event.owner)
    )


def _account_opened(event: ev.AccountOpened) -> journal_pb2.Event:
    return journal_pb2.Event(
        account_opened=journal_pb2.AccountOpened(
            account_id=event.account_id,
            currency_code=event.currency_code,
            credit_limit_minor_micros=event.credit_limit,
            low_balance_minor_micros=event.low_balance or 0,
            has_low_balance_threshold=event.low_balance is not None,
        )
    )


def _subscriber_added(event: ev.SubscriberAdded) -> journal_pb2.Event:
    return journal_pb2.Event(
        subscriber_added=journal_pb2.SubscriberAdded(
            subscriber_id=event.subscriber_id,
            account_id=event.account_id,
            time_zone=event.time_zone,
            subscriptions=[subscription(item) for item in event.subscriptions],
        )
    )


def _bucket_opened(event: ev.BucketOpened) -> journal_pb2.Event:
    bucket = event.bucket
    opened = journal_pb2.BucketOpened(
        account_id=bucket.account_id,
        bucket_id=bucket.bucket_id,
        name=bucket.name,
        unit=bucket.unit,
        is_money=bucket.is_money,
        balance=bucket.balance,
        floor=bucket.floor,
        priority=bucket.priority,
        valid_from=timestamp(bucket.valid_from),
        rating_groups=sorted(bucket.rating_groups),
        zones=sorted(bucket.zones),
        subscriber_ids=sorted(bucket.subscriber_ids),
        thresholds_percent=bucket.thresholds_percent,
        offering_code=bucket.offering_code,
    )
    if bucket.valid_until is not None:
        opened.valid_until.CopyFrom(timestamp(bucket.valid_until))
    return journal_pb2.Event(bucket_opened=opened)


def _bucket_moved(event: ev.BucketMoved) -> journal_pb2.Event:
    return journal_pb2.Event(
        bucket_moved=journal_pb2.BucketMoved(account_id=event.account_id, movement=movement(event))
    )


def _session_opened(event: ev.SessionOpened) -> journal_pb2.Event:
    return journal_pb2.Event(
        session_opened=journal_pb2.SessionOpened(
            charging_data_ref=event.ref,
            subscriber_id=event.subscriber_id,
            account_id=event.account_id,
            nf_name=event.nf_name,
            charging_id=event.charging_id,
            zone=event.zone,
            subscriptions=[subscription(item) for item in event.subscriptions],
            started_at=timestamp(event.started_at),
        )
    )


def _session_advanced(event: ev.SessionAdvanced) -> journal_pb2.Event:
    return journal_pb2.Event(
        session_advanced=journal_pb2.SessionAdvanced(
            charging_data_ref=event.ref,
            invocation_sequence_number=event.sequence,
            last_report_at=timestamp(event.last_report_at),
            expires_at=timestamp(event.expires_at),
            zone=event.zone,
            reauthorisation_pending=event.reauthorisation_pending,
        )
    )


def _rating_group_changed(event: ev.RatingGroupChanged) -> journal_pb2.Event:
    return journal_pb2.Event(
        rating_group_changed=journal_pb2.RatingGroupChanged(
            charging_data_ref=event.ref,
            rating_group=event.rating_group,
            granted_units=event.granted_units,
            reservations=[
                journal_pb2.Reservation(bucket_id=bucket_id, amount=amount)
                for bucket_id, amount in event.reservations
            ],
            rated_usage=[
                journal_pb2.RatedUsage(
                    catalog_version=item.catalog_version,
                    offering_code=item.offering_code,
                    price_code=item.price_code,
                    used_units=item.used_units,
                    paid_units=item.paid_units,
                )
                for item in event.rated
            ],
            local_sequence_number=event.local_sequence,
            last_report_at=timestamp(event.last_report_at),
            blocked=event.blocked,
        )
    )


def _session_closed(event: ev.SessionClosed) -> journal_pb2.Event:
    return journal_pb2.Event(
        session_closed=journal_pb2.SessionClosed(
            charging_data_ref=event.ref,
            account_id=event.account_id,
            cause=CLOSE_CAUSES[event.cause],
            nf_name=event.nf_name,
        )
    )


def _debits(items: tuple[ev.Debit, ...]) -> list[journal_pb2.BucketDebit]:
    return [
        journal_pb2.BucketDebit(bucket_id=item.bucket_id, unit=item.unit, amount=item.amount)
        for item in items
    ]


def _usage_charged(event: ev.UsageCharged) -> journal_pb2.Event:
    return journal_pb2.Event(
        usage_charged=journal_pb2.UsageCharged(
            charge_id=event.charge_id,
            charging_data_ref=event.ref,
            account_id=event.account_id,
            subscriber_id=event.subscriber_id,
            rating_group=event.rating_group,
            zone=event.zone,
            catalog_version=event.catalog_version,
            offering_code=event.offering_code,
            price_code=event.price_code,
            unit=event.unit,
            used_units=event.used_units,
            rated_units=event.rated_units,
            debits=_debits(event.debits),
            currency_code=event.currency_code,
            amount_minor_micros=event.amount,
            used_from=timestamp(event.used_from),
            used_until=timestamp(event.used_until),
            overdrawn_minor_micros=event.overdrawn,
            nf_name=event.nf_name,
            charging_id=event.charging_id,
        )
    )


def _counter_advanced(event: ev.CounterAdvanced) -> journal_pb2.Event:
    return journal_pb2.Event(
        counter_advanced=journal_pb2.CounterAdvanced(
            subscriber_id=event.subscriber_id, counter=event.counter, value=event.value
        )
    )


def _threshold_crossed(event: ev.ThresholdCrossed) -> journal_pb2.Event:
    return journal_pb2.Event(
        threshold_crossed=journal_pb2.ThresholdCrossed(
            account_id=event.account_id,
            bucket_id=event.bucket_id,
            used_percent=event.used_percent,
            balance=event.balance,
        )
    )


def _usage_refused(event: ev.UsageRefused) -> journal_pb2.Event:
    return journal_pb2.Event(
        usage_refused=journal_pb2.UsageRefused(
            charging_data_ref=event.ref,
            account_id=event.account_id,
            subscriber_id=event.subscriber_id,
            rating_group=event.rating_group,
            result=event.result,
        )
    )


def _reauthorisation_requested(event: ev.ReauthorisationRequested) -> journal_pb2.Event:
    return journal_pb2.Event(
        reauthorisation_requested=journal_pb2.ReauthorisationRequested(
            charging_data_ref=event.ref, rating_groups=event.rating_groups, nf_name=event.nf_name
        )
    )


def _charge_refunded(event: ev.ChargeRefunded) -> journal_pb2.Event:
    return journal_pb2.Event(
        charge_refunded=journal_pb2.ChargeRefunded(
            charge_id=event.charge_id,
            refunded_charge_id=event.refunded_charge_id,
            account_id=event.account_id,
            subscriber_id=event.subscriber_id,
            currency_code=event.currency_code,
            amount_minor_micros=event.amount,
            credits=_debits(event.credits),
            refunded_total_minor_micros=event.refunded_total,
            units_restored=event.units_restored,
        )
    )


def _balance_corrected(event: ev.BalanceCorrected) -> journal_pb2.Event:
    return journal_pb2.Event(
        balance_corrected=journal_pb2.BalanceCorrected(
            account_id=event.account_id, reason=event.reason, actor=event.actor, reference=event.reference
        )
    )


_EVENTS: dict[type, Callable[[Any], journal_pb2.Event]] = {
    ev.PartitionOpened: _partition_opened,
    ev.AccountOpened: _account_opened,
    ev.SubscriberAdded: _subscriber_added,
    ev.BucketOpened: _bucket_opened,
    ev.BucketMoved: _bucket_moved,
    ev.SessionOpened: _session_opened,
    ev.SessionAdvanced: _session_advanced,
    ev.RatingGroupChanged: _rating_group_changed,
    ev.SessionClosed: _session_closed,
    ev.UsageCharged: _usage_charged,
    ev.CounterAdvanced: _counter_advanced,
    ev.ThresholdCrossed: _threshold_crossed,
    ev.UsageRefused: _usage_refused,
    ev.ReauthorisationRequested: _reauthorisation_requested,
    ev.ChargeRefunded: _charge_refunded,
    ev.BalanceCorrected: _balance_corrected,
}
