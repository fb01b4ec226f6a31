"""A record of charging's journal as what partner settlement keeps of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import journal_pb2

from services.common.kernel.clock import MINUTE, Instant
from services.common.runtime.following import FollowedRecord
from services.partner_settlement.domain.agreements import RecordKind
from services.partner_settlement.domain.changes import Change, Place
from services.partner_settlement.domain.periods import day_of
from services.partner_settlement.domain.records import Product, SettlementRecord

Decoded = SettlementRecord | Change

_USAGE = RecordKind.USAGE.value
_FEE = RecordKind.FEE.value
_MOST_CACHED = 50_000


class UnknownEventError(Exception):
    """An event of a later version of charging. It might move money, so nothing after it is accrued."""


class Decoder:
    """Reads journal records; days are those of one time zone.

    Products and days are cached: the records of a minute, and those of a price, are many.
    """

    def __init__(self, time_zone: str) -> None:
        self._time_zone = time_zone
        self._days: dict[int, date] = {}
        self._products: dict[tuple[str | int, ...], Product] = {}
        self._readers: dict[str, Callable[[Any, Place, Instant], Decoded]] = {
            "usage_charged": self._usage,
            "fee_charged": self._fee,
            "charge_refunded": self._refund,
            "charge_corrected": self._correction,
        }

    def decode(self, followed: FollowedRecord) -> list[Decoded]:
        """What moves money in a record, in its order.

        Raises UnknownEventError; DecodeError or ValueError for a payload that is not this record.
        """
        record = journal_pb2.JournalRecord.FromString(followed.payload)
        if (record.partition, record.sequence) != (followed.partition, followed.sequence):
            raise ValueError(
                f"record {followed.sequence} of partition {followed.partition} says that it is "
                f"{record.sequence} of {record.partition}"
            )
        decoded: list[Decoded] = []
        partition, sequence = followed.partition, followed.sequence
        for entry_index, entry in enumerate(record.entries):
            decided_at = _instant(entry.decided_at)
            for event_index, event in enumerate(entry.events):
                kind = event.WhichOneof("event")
                if kind is None:
                    raise UnknownEventError(
                        f"record {sequence} of partition {partition} holds an event of a kind that this "
                        "version does not know; start a newer one"
                    )
                read = self._readers.get(kind)
                if read is not None:
                    place = (partition, sequence, entry_index, event_index)
                    decoded.append(read(getattr(event, kind), place, decided_at))
        return decoded

    def _usage(self, charged: journal_pb2.UsageCharged, place: Place, decided_at: Instant) -> Decoded:
        # An element's clock may be ahead; nothing was used after it was charged. 0: it did not say.
        used_until = _instant(charged.used_until)
        occurred_at = used_until if 0 < used_until < decided_at else decided_at
        key = (
            _USAGE,
            _USAGE,
            charged.offering_code,
            charged.price_code,
            charged.catalog_version,
            charged.rating_group,
            charged.circumstances.slice,
            charged.application_service_provider_identity,
            charged.sponsor_identity,
            "",
            # A peak counts sessions or subscribers, whatever unit they use.
            charged.concurrency or charged.unit,
            charged.currency_code,
        )
        return SettlementRecord(
            charged.charge_id,
            place,
            self._day(occurred_at),
            self._products.get(key) or self._new_product(key),
            charged.used_units,
            charged.amount_minor_micros,
            charged.tax_minor_micros,
            charged.account_id,
            charged.subscriber_id,
            occurred_at,
        )

    def _fee(self, charged: journal_pb2.FeeCharged, place: Place, decided_at: Instant) -> Decoded:
        key = (
            _FEE,
            _FEE,
            charged.offering_code,
            charged.fee_code,
            charged.catalog_version,
            *(0, "", "", "", "", ""),
            charged.currency_code,
        )
        return SettlementRecord(
            charged.charge_id,
            place,
            self._day(decided_at),
            self._products.get(key) or self._new_product(key),
            0,
            charged.amount_minor_micros,
            charged.tax_minor_micros,
            charged.account_id,
            charged.subscriber_id,
            decided_at,
        )

    def _refund(self, refunded: journal_pb2.ChargeRefunded, place: Place, decided_at: Instant) -> Decoded:
        # The journal says how much was given back; a record says what was charged, so signs turn.
        return Change(
            RecordKind.REFUND,
            refunded.charge_id,
            refunded.refunded_charge_id,
            place,
            self._day(decided_at),
            decided_at,
            refunded.account_id,
            refunded.subscriber_id,
            refunded.currency_code,
            -refunded.amount_minor_micros,
            -refunded.tax_minor_micros,
            refunded.refunded_total_minor_micros,
        )

    def _correction(
        self, corrected: journal_pb2.ChargeCorrected, place: Place, decided_at: Instant
    ) -> Decoded:
        return Change(
            RecordKind.CORRECTION,
            corrected.correction_id,
            corrected.corrected_charge_id,
            place,
            self._day(decided_at),
            decided_at,
            corrected.account_id,
            corrected.subscriber_id,
            corrected.currency_code,
            corrected.amount_minor_micros,
            corrected.tax_minor_micros,
        )

    def _day(self, at: Instant) -> date:
        """The day of an instant. No zone's clock has been changed within a minute since 1972."""
        minute = at // MINUTE
        day = self._days.get(minute)
        if day is None:
            if len(self._days) >= _MOST_CACHED:
                self._days.clear()
            day = self._days[minute] = day_of(at, self._time_zone)
        return day

    def _new_product(self, key: tuple[Any, ...]) -> Product:
        if len(self._products) >= _MOST_CACHED:
            self._products.clear()
        product = self._products[key] = Product(*key)
        return product


def _instant(stamp: Timestamp) -> Instant:
    return Instant(stamp.seconds * 1_000_000 + stamp.nanos // 1_000)
