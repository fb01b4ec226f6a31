"""Records of charging's journal as what the mirror sees of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import account_api_pb2, journal_pb2

from services.common.runtime.following import FollowedRecord
from services.notification.domain.mirror import happenings as hap
from services.notification.domain.mirror.accounts import Held, Holding

_TOPPED_UP = account_api_pb2.MOVEMENT_REASON_TOPPED_UP
_OF_RESERVATIONS = (account_api_pb2.MOVEMENT_REASON_RESERVED, account_api_pb2.MOVEMENT_REASON_RELEASED)
"""What a session holds is still there: the balance does not change. Most movements are such."""
_SUSPENDED = account_api_pb2.SUBSCRIPTION_STATE_SUSPENDED
_CANCELLED = journal_pb2.SUBSCRIPTION_CHANGE_CANCELLED
_CATALOG_COUNTER = "counter/"
"""How counters of the catalog are named beside those of monthly prices and members."""


class Place(NamedTuple):
    """Where an event stands in the journal. `at`: when its entry was decided."""

    partition: int
    sequence: int
    number: int
    at: int

    @property
    def cause(self) -> str:
        """Names the event for ever."""
        return f"{self.partition}-{self.sequence}-{self.number}"


class Happened(NamedTuple):
    """What some records of one partition say, in order; `at`: when the last of it was decided."""

    happenings: list[hap.Happening]
    at: int


def happened(records: Sequence[FollowedRecord]) -> Happened:
    """Reads records. Events of a kind that is not known here say nothing to the mirror.

    Raises DecodeError or ValueError for a payload that is not its record.
    """
    found: list[hap.Happening] = []
    at = 0
    for followed in records:
        record = journal_pb2.JournalRecord.FromString(followed.payload)
        if (record.partition, record.sequence) != (followed.partition, followed.sequence):
            raise ValueError(
                f"record {followed.sequence} of partition {followed.partition} says that it is "
                f"{record.sequence} of {record.partition}"
            )
        number, at = 0, _instant(record.recorded_at)
        for entry in record.entries:
            at = _instant(entry.decided_at)
            for event in entry.events:
                number += 1
                kind = event.WhichOneof("event")
                if kind is not None and (read := _READERS.get(kind)) is not None:
                    place = Place(record.partition, record.sequence, number, at)
                    found.extend(read(getattr(event, kind), place))
    return Happened(found, at)


def _account_opened(event: journal_pb2.AccountOpened, _: Place) -> Sequence[hap.Happening]:
    low_balance = event.low_balance_minor_micros if event.has_low_balance_threshold else None
    return (hap.AccountOpened(event.account_id, event.currency_code, low_balance),)


def _subscriber_added(event: journal_pb2.SubscriberAdded, _: Place) -> Sequence[hap.Happening]:
    profile = event.profile
    return (
        hap.SubscriberJoined(
            event.account_id,
            event.subscriber_id,
            event.time_zone or "UTC",
            profile.segment,
            profile.device_class,
            profile.customer_value,
            tuple(sorted(map(_holding, event.subscriptions))),
        ),
    )


def _subscriber_changed(event: journal_pb2.SubscriberChanged, place: Place) -> Sequence[hap.Happening]:
    profile = event.profile
    return (
        hap.SubscriberDescribed(
            event.account_id,
            event.subscriber_id,
            profile.segment,
            profile.device_class,
            profile.customer_value,
            event.barred,
            place.at,
            event.actor,
        ),
    )


def _subscription_changed(event: journal_pb2.SubscriptionChanged, place: Place) -> Sequence[hap.Happening]:
    subscription = event.subscription
    # What was cancelled runs to its end; all else to its renewal, unless it ends before that.
    until = _instant(subscription.ends_at)
    if not until and event.change != _CANCELLED:
        until = _instant(subscription.period_end)
    name = journal_pb2.SubscriptionChange.Name(event.change)
    return (
        hap.SubscriptionMoved(
            place.cause,
            place.at,
            event.account_id,
            event.subscriber_id,
            _holding(subscription),
            name.removeprefix("SUBSCRIPTION_CHANGE_").lower().replace("_", "-"),
            until,
        ),
    )


def _session_opened(event: journal_pb2.SessionOpened, _: Place) -> Sequence[hap.Happening]:
    if not event.zone or not event.subscriber_id:
        return ()
    return (hap.SeenIn(event.account_id, event.subscriber_id, event.zone),)


def _bucket_opened(event: journal_pb2.BucketOpened, place: Place) -> Sequence[hap.Happening]:
    held = Held(
        event.bucket_id,
        event.name,
        event.unit,
        event.is_money,
        event.balance,
        0 if event.is_money else event.balance,
        _instant(event.valid_until),
        max(place.at, _instant(event.valid_from)),
        event.offering_code,
        tuple(sorted(event.subscriber_ids)),
    )
    return (hap.Opened(event.account_id, held),)


def _bucket_moved(event: journal_pb2.BucketMoved, place: Place) -> Sequence[hap.Happening]:
    movement = event.movement
    if movement.reason in _OF_RESERVATIONS:
        return ()
    account_id = event.account_id
    bucket_id, balance = movement.bucket_id, movement.balance
    moved = hap.Moved(account_id, bucket_id, balance)
    if movement.reason != _TOPPED_UP:
        return (moved,)
    return (moved, hap.ToppedUp(place.cause, place.at, account_id, bucket_id, movement.delta, balance))


def _bucket_started(event: journal_pb2.BucketStarted, place: Place) -> Sequence[hap.Happening]:
    return (hap.Started(place.at, event.account_id, event.bucket_id, _instant(event.valid_until)),)


def _bucket_closed(event: journal_pb2.BucketClosed, _: Place) -> Sequence[hap.Happening]:
    return (hap.Closed(event.account_id, event.bucket_id),)


def _usage_charged(event: journal_pb2.UsageCharged, place: Place) -> Sequence[hap.Happening]:
    # An element's clock may be ahead; nothing was used after it was charged. 0: it did not say.
    used_until = _instant(event.used_until)
    return (
        hap.Charged(
            event.account_id,
            event.subscriber_id,
            event.charge_id,
            used_until if 0 < used_until < place.at else place.at,
            place.at,
            "usage",
            event.currency_code,
            event.amount_minor_micros,
            event.offering_code,
            event.rating_group,
            event.zone,
            event.unit,
            # A peak counts sessions or subscribers: that is no usage, but it is paid.
            0 if event.concurrency else event.used_units,
        ),
    )


def _fee_charged(event: journal_pb2.FeeCharged, place: Place) -> Sequence[hap.Happening]:
    amount = event.amount_minor_micros
    return (_line(event, place, event.charge_id, "fee", amount)._replace(offering_code=event.offering_code),)


def _charge_refunded(event: journal_pb2.ChargeRefunded, place: Place) -> Sequence[hap.Happening]:
    return (_line(event, place, event.charge_id, "refund", -event.amount_minor_micros),)


def _charge_corrected(event: journal_pb2.ChargeCorrected, place: Place) -> Sequence[hap.Happening]:
    line = _line(event, place, event.correction_id, "correction", event.amount_minor_micros)
    return (line._replace(offering_code=event.offering_code),)


def _line(event: Any, place: Place, charge_id: str, kind: str, paid: int) -> hap.Charged:
    account_id, subscriber_id, currency_code = event.account_id, event.subscriber_id, event.currency_code
    return hap.Charged(account_id, subscriber_id, charge_id, place.at, place.at, kind, currency_code, paid)


def _counter_advanced(event: journal_pb2.CounterAdvanced, place: Place) -> Sequence[hap.Happening]:
    name = event.counter
    if not name.startswith(_CATALOG_COUNTER):
        return ()
    counter = name[len(_CATALOG_COUNTER) :]
    return (hap.Counted(place.at, event.subscriber_id, counter, event.period, event.value),)


def _spend_cap_changed(event: journal_pb2.SpendCapChanged, _: Place) -> Sequence[hap.Happening]:
    cap = event.cap if event.HasField("cap") else None
    return (hap.Capped(event.account_id, event.subscriber_id, event.counter_code, cap, event.lifted),)


def _threshold_crossed(event: journal_pb2.ThresholdCrossed, place: Place) -> Sequence[hap.Happening]:
    return (
        hap.ThresholdPassed(
            place.cause, place.at, event.account_id, event.bucket_id, event.used_percent, event.balance
        ),
    )


def _counter_crossed(event: journal_pb2.CounterThresholdCrossed, place: Place) -> Sequence[hap.Happening]:
    return (
        hap.MarkPassed(
            place.at,
            event.account_id,
            event.subscriber_id,
            event.counter_code,
            event.period,
            event.mark,
            event.value,
            event.cap,
        ),
    )


def _usage_refused(event: journal_pb2.UsageRefused, place: Place) -> Sequence[hap.Happening]:
    return (
        hap.Refused(
            place.cause,
            place.at,
            event.account_id,
            event.subscriber_id,
            event.charging_data_ref,
            event.rating_group,
            event.result,
        ),
    )


def _holding(subscription: account_api_pb2.Subscription) -> Holding:
    ends_at = _instant(subscription.ends_at)
    return Holding(subscription.offering_code, subscription.state == _SUSPENDED, ends_at)


def _instant(stamp: Timestamp) -> int:
    return stamp.seconds * 1_000_000 + stamp.nanos // 1_000


_READERS: dict[str, Callable[[Any, Place], Sequence[hap.Happening]]] = {
    "account_opened": _account_opened,
    "subscriber_added": _subscriber_added,
    "subscriber_changed": _subscriber_changed,
    "subscription_changed": _subscription_changed,
    "session_opened": _session_opened,
    "bucket_opened": _bucket_opened,
    "bucket_moved": _bucket_moved,
    "bucket_started": _bucket_started,
    "bucket_closed": _bucket_closed,
    "usage_charged": _usage_charged,
    "fee_charged": _fee_charged,
    "charge_refunded": _charge_refunded,
    "charge_corrected": _charge_corrected,
    "counter_advanced": _counter_advanced,
    "spend_cap_changed": _spend_cap_changed,
    "threshold_crossed": _threshold_crossed,
    "counter_threshold_crossed": _counter_crossed,
    "usage_refused": _usage_refused,
}
