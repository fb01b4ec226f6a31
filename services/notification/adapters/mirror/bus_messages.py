"""Events of offers and settlement as values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.offers.v1 import offer_events_pb2
from tidemark.partner_settlement.v1 import settlement_events_pb2

from services.common.kernel.clock import Instant
from services.common.kernel.money import MICROS_PER_MINOR_UNIT, Money, currency
from services.notification.domain.mirror.bus_facts import (
    BusEvent,
    OfferAnswered,
    OfferShown,
    StatementReady,
)

_PRESENTED = offer_events_pb2.OfferPresented
_ACCEPTED = offer_events_pb2.OfferAccepted
_DECLINED = offer_events_pb2.OfferDeclined
_CLOSED = settlement_events_pb2.StatementClosed


def bus_event(subject: str, payload: bytes) -> BusEvent:
    """What a message says. Raises DecodeError or ValueError where it is none that is understood here."""
    read = _READERS.get(subject)
    if read is None:
        raise ValueError(f"{subject} is not listened to")
    return read(payload)


def _shown(payload: bytes) -> OfferShown:
    event = _PRESENTED.FromString(payload)
    price = None
    if event.price.currency_code:
        price = Money(event.price.minor_micros, currency(event.price.currency_code))
    return OfferShown(
        event.decision_id,
        event.offer_code,
        event.subscriber_id,
        event.account_id,
        event.outbound,
        _instant(event.at),
        _instant(event.expires_at),
        event.name,
        tuple(event.reasons),
        price,
    )


def _answered(kind: Any) -> Callable[[bytes], OfferAnswered]:
    def read(payload: bytes) -> OfferAnswered:
        event = kind.FromString(payload)
        at = _instant(event.at)
        return OfferAnswered(event.decision_id, event.offer_code, event.subscriber_id, at)

    return read


def _closed(payload: bytes) -> StatementReady:
    event = _CLOSED.FromString(payload)
    return StatementReady(
        event.statement_id,
        event.party_code,
        event.period,
        event.revision,
        _instant(event.closed_at),
        tuple(
            Money(each.amount_minor * MICROS_PER_MINOR_UNIT, currency(each.currency_code))
            for each in event.payable
        ),
        event.parked,
    )


def _instant(stamp: Timestamp) -> Instant:
    return Instant(stamp.seconds * 1_000_000 + stamp.nanos // 1_000)


_READERS: dict[str, Callable[[bytes], BusEvent]] = {
    _PRESENTED.DESCRIPTOR.full_name: _shown,
    _ACCEPTED.DESCRIPTOR.full_name: _answered(_ACCEPTED),
    _DECLINED.DESCRIPTOR.full_name: _answered(_DECLINED),
    _CLOSED.DESCRIPTOR.full_name: _closed,
}
SUBJECTS = tuple(_READERS)
"""What is listened to."""
