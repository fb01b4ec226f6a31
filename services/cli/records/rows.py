"""A journal record as charged-usage records: one row for each charge, fee, refund and correction in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import journal_pb2

from services.cli.records.columns import NAMES
from services.common.kernel.money import Money, currency
from services.common.runtime.columns import Row

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNCHANGED_PERMILLE = 1_000


def rows_of(record: journal_pb2.JournalRecord, record_hash: bytes) -> Iterator[Row]:
    """The rows of one journal record, in its order.

    Raises ValueError for a currency that is none, and for an event or operation of a later version:
    it might charge, and would be missing.
    """
    for entry_index, entry in enumerate(record.entries):
        for event_index, event in enumerate(entry.events):
            kind = event.WhichOneof("event")
            if kind is None:
                raise ValueError("an event of a kind that this version does not know")
            fill = _FILL.get(kind)
            if fill is None:
                continue
            row: Row = dict.fromkeys(NAMES)
            row["partition"] = record.partition
            row["sequence"] = record.sequence
            row["entry_index"] = entry_index
            row["event_index"] = event_index
            row["record_hash"] = record_hash.hex()
            row["recorded_at"] = _instant(record.recorded_at)
            row["decided_at"] = _instant(entry.decided_at)
            row["operation"] = _operation(entry.operation)
            fill(row, event)
            yield row


def _usage(row: Row, event: journal_pb2.Event) -> None:
    charged = event.usage_charged
    row["record_type"] = "usage"
    _copy(row, charged, _USAGE_TEXTS)
    _copy_numbers(row, charged, _USAGE_NUMBERS)
    row["factor_permille"] = (
        charged.factor_permille if charged.HasField("factor_permille") else _UNCHANGED_PERMILLE
    )
    row["used_from"] = _instant(charged.used_from)
    row["used_until"] = _instant(charged.used_until)
    row["debits"] = _debits(charged.debits)
    _money(row, charged.currency_code, charged.amount_minor_micros)
    _tax(row, charged.currency_code, charged.tax_minor_micros)
    _circumstances(row, charged)
    if charged.HasField("outcome"):
        outcome = charged.outcome
        row["outcome_id"] = outcome.outcome_id or None
        row["outcome_evidence_uri"] = outcome.evidence_uri or None
        row["outcome_evidence_sha256"] = outcome.evidence_sha256.hex() or None
        row["outcome_provisional"] = outcome.provisional


def _circumstances(row: Row, charged: journal_pb2.UsageCharged) -> None:
    _copy(row, charged.circumstances, _CIRCUMSTANCE_TEXTS)
    _copy_numbers(row, charged.circumstances, _CIRCUMSTANCE_NUMBERS)
    # The first records said the zone alone.
    row["zone"] = row["zone"] or charged.zone or None


def _fee(row: Row, event: journal_pb2.Event) -> None:
    charged = event.fee_charged
    row["record_type"] = "fee"
    _copy(row, charged, _FEE_TEXTS)
    _copy_numbers(row, charged, _FEE_NUMBERS)
    row["period_from"] = _instant(charged.period_from)
    row["period_until"] = _instant(charged.period_until)
    row["debits"] = _debits(charged.debits)
    _money(row, charged.currency_code, charged.amount_minor_micros)
    _tax(row, charged.currency_code, charged.tax_minor_micros)


def _refund(row: Row, event: journal_pb2.Event) -> None:
    """The journal says how much was given back; a row says what was charged, so signs turn."""
    refunded = event.charge_refunded
    row["record_type"] = "refund"
    _copy(row, refunded, _REFUND_TEXTS)
    row["refers_to_charge_id"] = refunded.refunded_charge_id
    row["total_minor_micros"] = -refunded.refunded_total_minor_micros
    row["units_restored"] = refunded.units_restored
    row["debits"] = _debits(refunded.credits, sign=-1)
    row["total_tax_minor_micros"] = -refunded.refunded_total_tax_minor_micros
    _money(row, refunded.currency_code, -refunded.amount_minor_micros)
    _tax(row, refunded.currency_code, -refunded.tax_minor_micros)


def _correction(row: Row, event: journal_pb2.Event) -> None:
    corrected = event.charge_corrected
    row["record_type"] = "correction"
    row["charge_id"] = corrected.correction_id
    row["refers_to_charge_id"] = corrected.corrected_charge_id
    _copy(row, corrected, _CORRECTION_TEXTS)
    row["catalog_version"] = corrected.catalog_version
    row["total_minor_micros"] = corrected.corrected_total_minor_micros
    row["total_tax_minor_micros"] = corrected.corrected_total_tax_minor_micros
    row["debits"] = _debits(corrected.debits)
    _money(row, corrected.currency_code, corrected.amount_minor_micros)
    _tax(row, corrected.currency_code, corrected.tax_minor_micros)


_FILL: dict[str, Callable[[Row, journal_pb2.Event], None]] = {
    "usage_charged": _usage,
    "fee_charged": _fee,
    "charge_refunded": _refund,
    "charge_corrected": _correction,
}

_USAGE_TEXTS = (
    "charge_id", "charging_data_ref", "account_id", "subscriber_id", "offering_code", "price_code", "unit",
    "nf_name", "charging_id", "tax_code", "concurrency", "sponsor_identity",
    "application_service_provider_identity",
)  # fmt: skip
_USAGE_NUMBERS = (
    "rating_group", "catalog_version", "used_units", "rated_units", "used_units_before", "paid_units_before",
    "overdrawn_minor_micros", "offline", "late",
)  # fmt: skip
_CIRCUMSTANCE_TEXTS = (
    "zone", "destination", "area", "slice", "qos_class", "load_band", "segment", "device_class",
)  # fmt: skip
_CIRCUMSTANCE_NUMBERS = ("five_qi", "load_percent", "customer_value")
_FEE_TEXTS = ("charge_id", "account_id", "subscriber_id", "offering_code", "fee_code", "tax_code")
_FEE_NUMBERS = (
    "catalog_version", "overdrawn_minor_micros", "part_micros", "whole_micros", "promotion_percent",
)  # fmt: skip
_REFUND_TEXTS = ("charge_id", "account_id", "subscriber_id")
_CORRECTION_TEXTS = (
    "run_id", "account_id", "subscriber_id", "offering_code", "price_code", "reason", "actor",
)  # fmt: skip


def _copy(row: Row, message: Any, names: tuple[str, ...]) -> None:
    for name in names:
        row[name] = getattr(message, name) or None


def _copy_numbers(row: Row, message: Any, names: tuple[str, ...]) -> None:
    for name in names:
        row[name] = getattr(message, name)


def _money(row: Row, currency_code: str, minor_micros: int) -> None:
    row["currency_code"] = currency_code or None
    row["amount"] = _decimal(minor_micros, currency_code)
    row["amount_minor_micros"] = minor_micros


def _tax(row: Row, currency_code: str, minor_micros: int) -> None:
    row["tax"] = _decimal(minor_micros, currency_code)
    row["tax_minor_micros"] = minor_micros


def _decimal(minor_micros: int, currency_code: str) -> Decimal | None:
    return Money(minor_micros, currency(currency_code)).to_decimal() if currency_code else None


def _debits(items: Iterable[journal_pb2.BucketDebit], sign: int = 1) -> list[dict[str, Any]]:
    return [{"bucket_id": item.bucket_id, "unit": item.unit, "amount": sign * item.amount} for item in items]


def _instant(at: Timestamp) -> datetime:
    """Exact to the microsecond; protobuf's own conversion is as exact, and slower."""
    return _EPOCH + timedelta(seconds=at.seconds, microseconds=at.nanos // 1_000)


def _operation(value: int) -> str:
    name = journal_pb2.Operation.Name(value)  # type: ignore[arg-type]
    return name.removeprefix("OPERATION_").lower()
