"""A record of charging's journal as what profiles and buckets see of it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from typing import Any

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


OwnerOf = Callable[[str], str]
"""Whose an open session of earlier records is; '' where that is not known."""


@dataclass(slots=True)
class Happened:
    """What some records say of one subscriber, in order; `sequence`: the last of those records."""

    account_id: str = ""
    sequence: int = 0
    facts: list[Fact] = field(default_factory=list)


@dataclass(slots=True)
class Decoded:
    """What some records of one partition hold.

    `owners`: sessions that were opened (whose they are) and closed ('') in them.
    """

    happened: dict[str, Happened] = field(default_factory=dict)
    buckets: BucketChanges = field(default_factory=BucketChanges)
    owners: dict[str, str] = field(default_factory=dict)
    entries: list[journal_pb2.JournalEntry] = field(default_factory=list)
    """Of the operations that were to be kept, for others than profiles."""


def decode(
    records: Iterable[FollowedRecord], owner_of: OwnerOf, kept: Container[int] = frozenset()
) -> Decoded:
    """Reads records. Events of a kind that is not known here say nothing to a profile.

    `kept`: operations whose entries others want, so that nobody parses a record twice.

    Raises DecodeError or ValueError for a payload that is not its record.
    """
    decoded = Decoded()
    reader = _Reader(decoded, owner_of)
    for followed in records:
        record = journal_pb2.JournalRecord.FromString(followed.payload)
        if (record.partition, record.sequence) != (followed.partition, followed.sequence):
            raise ValueError(
                f"record {followed.sequence} of partition {followed.partition} says that it is "
                f"{record.sequence} of {record.partition}"
            )
        for entry in record.entries:
            if entry.operation in kept:
                decoded.entries.append(entry)
            reader.begin(followed.sequence, _instant(entry.decided_at))
            for event in entry.events:
                kind = event.WhichOneof("event")
                if kind is not None and (read := _READERS.get(kind)) is not None:
                    read(reader, getattr(event, kind))
    return decoded


class _Reader:
    """Reads event after event. An entry, which is what one request did, is of one session at most."""

    __slots__ = ("_at", "_decoded", "_owner_of", "_sequence", "_session", "_subscriber_id", "_zone")

    def __init__(self, decoded: Decoded, owner_of: OwnerOf) -> None:
        self._decoded = decoded
        self._owner_of = owner_of
        self.begin(0, 0)

    def begin(self, sequence: int, at: int) -> None:
        """An entry begins, of a record, that was decided at an instant."""
        self._sequence = sequence
        self._at = at
        self._session = self._subscriber_id = self._zone = ""

    def used(self, charged: journal_pb2.UsageCharged) -> None:
        # An element's clock may be ahead; nothing was used after it was charged. 0: it did not say.
        used_until = _instant(charged.used_until)
        self._session = charged.charging_data_ref
        self._subscriber_id = subscriber_id = charged.subscriber_id
        self._zone = charged.zone
        fact = Used(
            used_until if 0 < used_until < self._at else self._at,
            charged.rating_group,
            charged.unit,
            # A peak counts sessions or subscribers: that is no usage, but it is paid.
            0 if charged.concurrency else charged.used_units,
            charged.amount_minor_micros,
            self._zone,
            _from_allowance(charged),
        )
        self._add(subscriber_id, charged.account_id, fact)

    def opened(self, opened: journal_pb2.SessionOpened) -> None:
        self._session, self._subscriber_id = opened.charging_data_ref, opened.subscriber_id
        self._decoded.owners[self._session] = self._subscriber_id
        if opened.zone:
            self._zone = opened.zone
            self._tell(opened, Located(min(_instant(opened.started_at), self._at), opened.zone))

    def advanced(self, advanced: journal_pb2.SessionAdvanced) -> None:
        zone, session = advanced.zone, advanced.charging_data_ref
        is_known = session == self._session
        # Usage has told it already, in most reports.
        if not zone or (is_known and zone == self._zone):
            return
        owner = self._subscriber_id if is_known else self._decoded.owners.get(session)
        if owner is None:
            owner = self._owner_of(session)
        if owner:
            self._add(owner, "", Located(min(_instant(advanced.last_report_at), self._at), zone))

    def closed(self, closed: journal_pb2.SessionClosed) -> None:
        self._decoded.owners[closed.charging_data_ref] = ""

    def refused(self, refused: journal_pb2.UsageRefused) -> None:
        self._session, self._subscriber_id = refused.charging_data_ref, refused.subscriber_id
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
            self._add(event.subscriber_id, event.account_id, fact)

    def _add(self, subscriber_id: str, account_id: str, fact: Fact) -> None:
        happened = self._decoded.happened.get(subscriber_id)
        if happened is None:
            happened = self._decoded.happened[subscriber_id] = Happened()
        happened.account_id = account_id or happened.account_id
        happened.sequence = self._sequence
        happened.facts.append(fact)


_READERS: dict[str, Callable[[_Reader, Any], None]] = {
    "usage_charged": _Reader.used,
    "bucket_moved": _Reader.bucket_moved,
    "session_advanced": _Reader.advanced,
    "session_opened": _Reader.opened,
    "session_closed": _Reader.closed,
    "usage_refused": _Reader.refused,
    "charge_refunded": _Reader.refunded,
    "charge_corrected": _Reader.corrected,
    "subscriber_added": _Reader.added,
    "subscriber_changed": _Reader.changed,
    "subscription_changed": _Reader.subscribed,
    "bucket_opened": _Reader.bucket_opened,
    "bucket_started": _Reader.bucket_started,
    "bucket_closed": _Reader.bucket_closed,
    "credit_limit_changed": _Reader.limited,
}


def _from_allowance(charged: journal_pb2.UsageCharged) -> bool:
    currency = charged.currency_code
    for debit in charged.debits:  # noqa: SIM110 - a generator costs twice as much, for every event
        if debit.unit != currency:
            return True
    return False


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
