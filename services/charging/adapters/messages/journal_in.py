"""Journal messages back to domain events, for replay and refunds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tidemark.charging.v1 import account_api_pb2, journal_pb2

from services.charging.adapters.messages.common import CLOSE_CAUSES_BACK, MOVEMENT_REASONS_BACK, instant_of
from services.charging.domain import events as ev
from services.charging.domain.state import Bucket, RatedUsage, Subscription

_OPERATION_PREFIX = "OPERATION_"


def entry(message: journal_pb2.JournalEntry) -> ev.Entry:
    """An entry from its message. Raises ValueError for an event or operation this version does not know."""
    return ev.Entry(
        instant_of(message.decided_at),
        _operation(message.operation),
        tuple(_event(item) for item in message.events),
        message.duplicate_key,
        message.request_digest,
        message.answer,
    )


def _operation(value: int) -> ev.Operation:
    name = journal_pb2.Operation.Name(value)  # type: ignore[arg-type]
    return ev.Operation[name.removeprefix(_OPERATION_PREFIX)]


def _event(message: journal_pb2.Event) -> ev.Event:
    kind = message.WhichOneof("event")
    if kind is None:
        raise ValueError("an event of a kind that this version does not know")
    decoded: ev.Event = _EVENTS[kind](getattr(message, kind))
    return decoded


def _partition_opened(message: journal_pb2.PartitionOpened) -> ev.PartitionOpened:
    return ev.PartitionOpened(message.epoch, message.owner)


def _account_opened(message: journal_pb2.AccountOpened) -> ev.AccountOpened:
    return ev.AccountOpened(
        message.account_id,
        message.currency_code,
        message.credit_limit_minor_micros,
        message.low_balance_minor_micros if message.has_low_balance_threshold else None,
    )


def _subscriber_added(message: journal_pb2.SubscriberAdded) -> ev.SubscriberAdded:
    return ev.SubscriberAdded(
        message.subscriber_id,
        message.account_id,
        message.time_zone,
        tuple(_subscription(item) for item in message.subscriptions),
    )


def _subscription(message: account_api_pb2.Subscription) -> Subscription:
    return Subscription(message.offering_code, message.catalog_version, instant_of(message.started_at))


def _bucket_opened(message: journal_pb2.BucketOpened) -> ev.BucketOpened:
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
            zones=frozenset(message.zones),
            subscriber_ids=frozenset(message.subscriber_ids),
            thresholds_percent=tuple(message.thresholds_percent),
            offering_code=message.offering_code,
        )
    )


def _bucket_moved(message: journal_pb2.BucketMoved) -> ev.BucketMoved:
    moved = message.movement
    return ev.BucketMoved(
        message.account_id,
        moved.bucket_id,
        MOVEMENT_REASONS_BACK[moved.reason],
        moved.unit,
        moved.delta,
        moved.balance,
        moved.reserved,
        moved.charge_id,
    )


def _session_opened(message: journal_pb2.SessionOpened) -> ev.SessionOpened:
    return ev.SessionOpened(
        message.charging_data_ref,
        message.subscriber_id,
        message.account_id,
        message.nf_name,
        message.charging_id,
        message.zone,
        tuple(_subscription(item) for item in message.subscriptions),
        instant_of(message.started_at),
    )


def _session_advanced(message: journal_pb2.SessionAdvanced) -> ev.SessionAdvanced:
    return ev.SessionAdvanced(
        message.charging_data_ref,
        message.invocation_sequence_number,
        instant_of(message.last_report_at),
        instant_of(message.expires_at),
        message.zone,
        tuple(message.reauthorisation_pending),
    )


def _rating_group_changed(message: journal_pb2.RatingGroupChanged) -> ev.RatingGroupChanged:
    return ev.RatingGroupChanged(
        message.charging_data_ref,
        message.rating_group,
        message.granted_units,
        tuple((item.bucket_id, item.amount) for item in message.reservations),
        tuple(
            RatedUsage(
                item.catalog_version, item.offering_code, item.price_code, item.used_units, item.paid_units
            )
            for item in message.rated_usage
        ),
        message.local_sequence_number if message.HasField("local_sequence_number") else None,
        instant_of(message.last_report_at),
        message.blocked,
    )


def _session_closed(message: journal_pb2.SessionClosed) -> ev.SessionClosed:
    return ev.SessionClosed(
        message.charging_data_ref, message.account_id, CLOSE_CAUSES_BACK[message.cause], message.nf_name
    )


def _debits(items: Any) -> tuple[ev.Debit, ...]:
    return tuple(ev.Debit(item.bucket_id, item.unit, item.amount) for item in items)


def _usage_charged(message: journal_pb2.UsageCharged) -> ev.UsageCharged:
    return ev.UsageCharged(
        charge_id=message.charge_id,
        ref=message.charging_data_ref,
        account_id=message.account_id,
        subscriber_id=message.subscriber_id,
        rating_group=message.rating_group,
        zone=message.zone,
        catalog_version=message.catalog_version,
        offering_code=message.offering_code,
        price_code=message.price_code,
        unit=message.unit,
        used_units=message.used_units,
        rated_units=message.rated_units,
        debits=_debits(message.debits),
        currency_code=message.currency_code,
        amount=message.amount_minor_micros,
        overdrawn=message.overdrawn_minor_micros,
        used_from=instant_of(message.used_from),
        used_until=instant_of(message.used_until),
        nf_name=message.nf_name,
        charging_id=message.charging_id,
    )


def _counter_advanced(message: journal_pb2.CounterAdvanced) -> ev.CounterAdvanced:
    return ev.CounterAdvanced(message.subscriber_id, message.counter, message.value)


def _threshold_crossed(message: journal_pb2.ThresholdCrossed) -> ev.ThresholdCrossed:
    return ev.ThresholdCrossed(message.account_id, message.bucket_id, message.used_percent, message.balance)


def _usage_refused(message: journal_pb2.UsageRefused) -> ev.UsageRefused:
    return ev.UsageRefused(
        message.charging_data_ref,
        message.account_id,
        message.subscriber_id,
        message.rating_group,
        message.result,
    )


def _reauthorisation_requested(message: journal_pb2.ReauthorisationRequested) -> ev.ReauthorisationRequested:
    return ev.ReauthorisationRequested(
        message.charging_data_ref, tuple(message.rating_groups), message.nf_name
    )


def _charge_refunded(message: journal_pb2.ChargeRefunded) -> ev.ChargeRefunded:
    return ev.ChargeRefunded(
        charge_id=message.charge_id,
        refunded_charge_id=message.refunded_charge_id,
        account_id=message.account_id,
        subscriber_id=message.subscriber_id,
        currency_code=message.currency_code,
        amount=message.amount_minor_micros,
        credits=_debits(message.credits),
        refunded_total=message.refunded_total_minor_micros,
        units_restored=message.units_restored,
    )


def _balance_corrected(message: journal_pb2.BalanceCorrected) -> ev.BalanceCorrected:
    return ev.BalanceCorrected(message.account_id, message.reason, message.actor, message.reference)


_EVENTS: dict[str, Callable[[Any], Any]] = {
    "partition_opened": _partition_opened,
    "account_opened": _account_opened,
    "subscriber_added": _subscriber_added,
    "bucket_opened": _bucket_opened,
    "bucket_moved": _bucket_moved,
    "session_opened": _session_opened,
    "session_advanced": _session_advanced,
    "rating_group_changed": _rating_group_changed,
    "session_closed": _session_closed,
    "usage_charged": _usage_charged,
    "counter_advanced": _counter_advanced,
    "threshold_crossed": _threshold_crossed,
    "usage_refused": _usage_refused,
    "reauthorisation_requested": _reauthorisation_requested,
    "charge_refunded": _charge_refunded,
    "balance_corrected": _balance_corrected,
}
