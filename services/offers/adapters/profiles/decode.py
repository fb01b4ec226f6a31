"""A record of charging's journal as what profiles and buckets see of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import account_api_pb2, journal_pb2

from services.common.runtime.following import FollowedRecord
from services.offers.adapters.profiles.changes import BucketChanges
from services.offers.domain.profiles.account import Bucket
from services.offers.domain.profiles.facts import (
    Added,
    Described,
    Fact,
    Located,
    Refused,
    Repaid,
    Subscribed,
    Used,
)
from services.offers.domain.profiles.profile import HeldOffering

_NO_BALANCE = "QUOTA_LIMIT_REACHED"


class Told(NamedTuple):
    """A fact, of which record, and of whom; where a report does not say that, of which session."""

    sequence: int
    subscriber_id: str
    account_id: str
    fact: Fact
    session_ref: str = ""


@dataclass(slots=True)
class Decoded:
    """What some records of one partition hold, in order.

    `owners`: sessions that were opened (whose they are) and closed ('') in them.
    """

    told: list[Told] = field(default_factory=list)
    buckets: BucketChanges = field(default_factory=BucketChanges)
    owners: dict[str, str] = field(default_factory=dict)


def decode(records: Iterable[FollowedRecord]) -> Decoded:
    """Reads records. Events of a kind that is not known here say nothing to a profile.

    Raises DecodeError or ValueError for a payload that is not its record.
    """
    decoded = Decoded()
    for followed in records:
        record = journal_pb2.JournalRecord.FromString(followed.payload)
        if (record.partition, record.sequence) != (followed.partition, followed.sequence):
            raise ValueError(
                f"record {followed.sequence} of partition {followed.partition} says that it is "
                f"{record.sequence} of {record.partition}"
            )
        for entry in record.entries:
            _Entry(decoded, followed.sequence, _instant(entry.decided_at)).read(entry)
    return decoded


class _Entry:
    """One entry while it is read: what one request did."""

    __slots__ = ("_at", "_decoded", "_sequence", "_session")

    def __init__(self, decoded: Decoded, sequence: int, at: int) -> None:
        self._decoded = decoded
        self._sequence = sequence
        self._at = at
        self._session = ("", "", "")
        """A session of this entry, whose it is, and of which account."""

    def read(self, entry: journal_pb2.JournalEntry) -> None:
        for event in entry.events:
            kind = event.WhichOneof("event")
            if kind is not None and (read := _READERS.get(kind)) is not None:
                read(self, getattr(event, kind))

    def used(self, charged: journal_pb2.UsageCharged) -> None:
        # An element's clock may be ahead; nothing was used after it was charged. 0: it did not say.
        used_until = _instant(charged.used_until)
        currency = charged.currency_code
        # A peak counts sessions or subscribers: that is no usage, but it is paid.
        units = 0 if charged.concurrency else charged.used_units
        subscriber_id, account_id = charged.subscriber_id, charged.account_id
        self._session = (charged.charging_data_ref, subscriber_id, account_id)
        self._decoded.told.append(
            Told(
                self._sequence,
                subscriber_id,
                account_id,
                Used(
                    used_until if 0 < used_until < self._at else self._at,
                    charged.rating_group,
                    charged.unit,
                    units,
                    charged.amount_minor_micros,
                    charged.zone,
                    any(debit.unit != currency for debit in charged.debits),
                ),
            )
        )

    def opened(self, opened: journal_pb2.SessionOpened) -> None:
        ref = opened.charging_data_ref
        self._decoded.owners[ref] = opened.subscriber_id
        self._session = (ref, opened.subscriber_id, opened.account_id)
        if opened.zone:
            fact = Located(min(_instant(opened.started_at), self._at), opened.zone)
            self._tell(opened, fact)

    def advanced(self, advanced: journal_pb2.SessionAdvanced) -> None:
        zone, ref = advanced.zone, advanced.charging_data_ref
        if not zone:
            return
        fact = Located(min(_instant(advanced.last_report_at), self._at), zone)
        known_ref, subscriber_id, account_id = self._session
        if ref == known_ref:
            self._decoded.told.append(Told(self._sequence, subscriber_id, account_id, fact))
        elif (owner := self._decoded.owners.get(ref)) is None:
            self._decoded.told.append(Told(self._sequence, "", "", fact, ref))
        elif owner:
            self._decoded.told.append(Told(self._sequence, owner, "", fact))

    def closed(self, closed: journal_pb2.SessionClosed) -> None:
        self._decoded.owners[closed.charging_data_ref] = ""

    def refused(self, refused: journal_pb2.UsageRefused) -> None:
        self._session = (refused.charging_data_ref, refused.subscriber_id, refused.account_id)
        if refused.result == _NO_BALANCE:
            self._tell(refused, Refused(self._at))

    def refunded(self, refunded: journal_pb2.ChargeRefunded) -> None:
        self._tell(refunded, Repaid(self._at, refunded.amount_minor_micros))

    def corrected(self, corrected: journal_pb2.ChargeCorrected) -> None:
        self._tell(corrected, Repaid(self._at, -corrected.amount_minor_micros))

    def added(self, added: journal_pb2.SubscriberAdded) -> None:
        profile = added.profile
        self._tell(
            added,
            Added(
                self._at,
                added.time_zone or "UTC",
                profile.segment,
                profile.customer_value,
                profile.device_class,
                tuple(sorted(map(_held, added.subscriptions), key=lambda held: held.code)),
            ),
        )

    def changed(self, changed: journal_pb2.SubscriberChanged) -> None:
        profile = changed.profile
        self._tell(
            changed,
            Described(
                self._at, profile.segment, profile.customer_value, profile.device_class, changed.barred
            ),
        )

    def subscribed(self, changed: journal_pb2.SubscriptionChanged) -> None:
        ended = changed.change == journal_pb2.SUBSCRIPTION_CHANGE_ENDED
        self._tell(changed, Subscribed(self._at, _held(changed.subscription), ended))

    def bucket_opened(self, opened: journal_pb2.BucketOpened) -> None:
        self._decoded.buckets.opened(opened.account_id, _bucket(opened))

    def bucket_moved(self, moved: journal_pb2.BucketMoved) -> None:
        movement = moved.movement
        self._decoded.buckets.moved(moved.account_id, movement.bucket_id, movement.balance, movement.reserved)

    def bucket_started(self, started: journal_pb2.BucketStarted) -> None:
        self._decoded.buckets.started(started.account_id, started.bucket_id, _instant(started.valid_until))

    def bucket_closed(self, closed: journal_pb2.BucketClosed) -> None:
        self._decoded.buckets.closed(closed.account_id, closed.bucket_id)

    def limited(self, changed: journal_pb2.CreditLimitChanged) -> None:
        floor = -changed.credit_limit_minor_micros
        self._decoded.buckets.limited(changed.account_id, changed.bucket_id, floor)

    def _tell(self, event: Any, fact: Fact) -> None:
        if event.subscriber_id:
            self._decoded.told.append(Told(self._sequence, event.subscriber_id, event.account_id, fact))


_READERS: dict[str, Callable[[_Entry, Any], None]] = {
    "usage_charged": _Entry.used,
    "bucket_moved": _Entry.bucket_moved,
    "session_advanced": _Entry.advanced,
    "session_opened": _Entry.opened,
    "session_closed": _Entry.closed,
    "usage_refused": _Entry.refused,
    "charge_refunded": _Entry.refunded,
    "charge_corrected": _Entry.corrected,
    "subscriber_added": _Entry.added,
    "subscriber_changed": _Entry.changed,
    "subscription_changed": _Entry.subscribed,
    "bucket_opened": _Entry.bucket_opened,
    "bucket_started": _Entry.bucket_started,
    "bucket_closed": _Entry.bucket_closed,
    "credit_limit_changed": _Entry.limited,
}


def _held(subscription: account_api_pb2.Subscription) -> HeldOffering:
    return HeldOffering(
        subscription.offering_code,
        subscription.state == account_api_pb2.SUBSCRIPTION_STATE_SUSPENDED,
        _instant(subscription.ends_at),
    )


def _bucket(opened: journal_pb2.BucketOpened) -> Bucket:
    return Bucket(
        opened.bucket_id,
        opened.unit,
        opened.is_money,
        opened.balance,
        0,
        opened.floor,
        opened.balance,
        _instant(opened.valid_from),
        _instant(opened.valid_until),
        opened.offering_code,
        frozenset(opened.rating_groups),
        frozenset(opened.zones),
        frozenset(opened.subscriber_ids),
    )


def _instant(stamp: Timestamp) -> int:
    return stamp.seconds * 1_000_000 + stamp.nanos // 1_000
