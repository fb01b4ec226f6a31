"""A charging journal for tests of accrual: charges, refunds and corrections in real records."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import journal_pb2

from services.charging.domain.hash_chain import GENESIS_HASH, chained
from services.common.kernel.clock import HOUR, Instant, instant
from services.common.runtime.following import FollowedRecord
from services.partner_settlement.domain.records import Product, SettlementRecord

ZONE = "Europe/Berlin"
BEGIN = instant(datetime(2026, 11, 27, 12, tzinfo=ZoneInfo(ZONE)))


@dataclass(frozen=True, slots=True)
class Happened:
    """One event to write; `what`: usage, fee, refund, correction, or other, which moves no money.

    `of` counts the charges so far from the last: which one a change is about; beyond them, one unknown.
    With a refund `amount` is in thousandths of what is left.
    """

    what: str
    offering: int = 0
    units: int = 0
    amount: int = 0
    tax: int = 0
    hours_ago: int = 0
    of: int = 0


@dataclass(slots=True)
class _Charge:
    record: SettlementRecord
    corrected: int = 0
    refunded: int = 0
    units_back: int = 0


@dataclass(slots=True)
class JournalBook:
    """Writes a journal event by event, and notes what a settlement record of each must be.

    The second is worked out here anew, one event at a time, with nothing of the code under test.
    """

    partition: int = 0
    rows: list[FollowedRecord] = field(default_factory=list)
    expected: list[SettlementRecord] = field(default_factory=list)
    _charges: list[_Charge] = field(default_factory=list)
    _now: Instant = BEGIN
    _count: int = 0

    def record(self, entries: Iterable[Sequence[Happened]]) -> FollowedRecord:
        """Adds one journal record with these entries, three hours after the last."""
        sequence = len(self.rows) + 1
        self._now = Instant(self._now + 3 * HOUR)
        message = journal_pb2.JournalRecord(
            partition=self.partition, sequence=sequence, epoch=1, batch_id=b"b"
        )
        for entry_index, happened in enumerate(entries):
            entry = message.entries.add(decided_at=stamp(self._now))
            for event_index, one in enumerate(happened):
                entry.events.append(self._event(one, (self.partition, sequence, entry_index, event_index)))
        previous = self.rows[-1].hash if self.rows else GENESIS_HASH
        row = chained(self.partition, sequence, 1, b"b", previous, message.SerializeToString())
        self.rows.append(FollowedRecord(self.partition, sequence, row.payload, row.hash))
        return self.rows[-1]

    async def read(self, partition: int, after_sequence: int) -> AsyncGenerator[FollowedRecord, None]:
        """As JournalSource.read."""
        assert partition == self.partition
        for row in self.rows[after_sequence:]:
            yield row

    def _event(self, one: Happened, place: tuple[int, int, int, int]) -> journal_pb2.Event:
        self._count += 1
        if one.what == "usage":
            return self._usage(one, place)
        if one.what == "fee":
            return self._fee(one, place)
        if one.what == "refund":
            return self._refund(one, place)
        if one.what == "correction":
            return self._correction(one, place)
        return journal_pb2.Event(balance_corrected=journal_pb2.BalanceCorrected(account_id="acme"))

    def _usage(self, one: Happened, place: tuple[int, int, int, int]) -> journal_pb2.Event:
        charge_id, until = f"c-{self.partition}-{self._count}", Instant(self._now - one.hours_ago * HOUR)
        charged = journal_pb2.UsageCharged(
            charge_id=charge_id,
            account_id=f"a-{one.offering}",
            subscriber_id=f"s-{one.offering}",
            rating_group=100 + one.offering,
            catalog_version=1,
            offering_code=f"offering-{one.offering}",
            price_code="data",
            unit="octets",
            used_units=one.units,
            currency_code="EUR",
            amount_minor_micros=one.amount,
            tax_minor_micros=one.tax,
            used_until=stamp(until),
            circumstances=journal_pb2.Circumstances(slice="theatre" if one.offering else ""),
            sponsor_identity="brand" if one.offering == 2 else "",
            application_service_provider_identity="video" if one.offering == 1 else "",
        )
        product = Product(
            "usage", "usage", charged.offering_code, "data", 1, charged.rating_group,
            charged.circumstances.slice, charged.application_service_provider_identity,
            charged.sponsor_identity, "", "octets", "EUR",
        )  # fmt: skip
        at = min(until, self._now)
        self._charge(charge_id, place, product, one.units, one.amount, one.tax, f"-{one.offering}", at)
        return journal_pb2.Event(usage_charged=charged)

    def _fee(self, one: Happened, place: tuple[int, int, int, int]) -> journal_pb2.Event:
        charge_id = f"f-{self.partition}-{self._count}"
        charged = journal_pb2.FeeCharged(
            charge_id=charge_id,
            account_id="a-fee",
            subscriber_id="s-fee",
            catalog_version=1,
            offering_code=f"offering-{one.offering}",
            fee_code="monthly",
            currency_code="EUR",
            amount_minor_micros=one.amount,
            tax_minor_micros=one.tax,
        )
        product = Product("fee", "fee", charged.offering_code, "monthly", 1, 0, "", "", "", "", "", "EUR")
        self._charge(charge_id, place, product, 0, one.amount, one.tax, "-fee", self._now)
        return journal_pb2.Event(fee_charged=charged)

    def _refund(self, one: Happened, place: tuple[int, int, int, int]) -> journal_pb2.Event:
        charge = self._charges[-1 - one.of] if one.of < len(self._charges) else None
        refund_id = f"r-{self.partition}-{self._count}"
        left = 0 if charge is None else charge.record.gross_minor_micros + charge.corrected - charge.refunded
        amount = max(left, 0) * one.amount // 1000 if charge else one.amount
        total, units = amount, 0
        if charge is not None:
            charge.refunded += amount
            total = charge.refunded
            if total >= charge.record.gross_minor_micros + charge.corrected:
                units = charge.record.quantity - charge.units_back
                charge.units_back = charge.record.quantity
        self._change("refund", charge, refund_id, place, -amount, -one.tax, -units)
        return journal_pb2.Event(
            charge_refunded=journal_pb2.ChargeRefunded(
                charge_id=refund_id,
                refunded_charge_id=charge.record.record_id if charge else "c-before",
                account_id=self.expected[-1].account_id,
                subscriber_id=self.expected[-1].subscriber_id,
                currency_code="EUR",
                amount_minor_micros=amount,
                tax_minor_micros=one.tax,
                refunded_total_minor_micros=total,
            )
        )

    def _correction(self, one: Happened, place: tuple[int, int, int, int]) -> journal_pb2.Event:
        charge = self._charges[-1 - one.of] if one.of < len(self._charges) else None
        correction_id = f"k-{self.partition}-{self._count}"
        if charge is not None:
            charge.corrected += one.amount
        self._change("correction", charge, correction_id, place, one.amount, one.tax, 0)
        return journal_pb2.Event(
            charge_corrected=journal_pb2.ChargeCorrected(
                correction_id=correction_id,
                corrected_charge_id=charge.record.record_id if charge else "c-before",
                account_id=self.expected[-1].account_id,
                subscriber_id=self.expected[-1].subscriber_id,
                currency_code="EUR",
                amount_minor_micros=one.amount,
                tax_minor_micros=one.tax,
            )
        )

    def _charge(
        self,
        charge_id: str,
        place: tuple[int, int, int, int],
        product: Product,
        units: int,
        amount: int,
        tax: int,
        who: str,
        at: Instant,
    ) -> None:
        record = SettlementRecord(
            charge_id, place, day(at), product, units, amount, tax, f"a{who}", f"s{who}", at
        )
        self._charges.append(_Charge(record))
        self.expected.append(record)

    def _change(
        self,
        kind: str,
        charge: _Charge | None,
        record_id: str,
        place: tuple[int, int, int, int],
        amount: int,
        tax: int,
        units: int,
    ) -> None:
        unknown = Product(kind, kind, "", "", 0, 0, "", "", "", "", "", "EUR")
        of = charge.record if charge else None
        product = replace(of.product, kind=kind, origin=of.product.kind) if of else unknown
        home, about = (of.home, of.record_id) if of else (day(self._now), "c-before")
        who = (of.account_id, of.subscriber_id) if of else ("a-change", "s-change")
        self.expected.append(
            SettlementRecord(record_id, place, home, product, units, amount, tax, *who, self._now, about)
        )


def stamp(at: Instant) -> Timestamp:
    """An instant on the wire."""
    return Timestamp(seconds=at // 1_000_000, nanos=at % 1_000_000 * 1_000)


def day(at: Instant) -> date:
    """The day of an instant in the zone of these tests."""
    return datetime.fromtimestamp(at / 1_000_000, ZoneInfo(ZONE)).date()
