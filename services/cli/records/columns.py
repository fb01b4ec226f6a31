"""The columns of a charged-usage record, in their order: one list for CSV, Parquet and the documentation."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]

from services.common.runtime import columns
from services.common.runtime.columns import AMOUNT, BOOLEAN, INSTANT, INTEGER, TEXT, Column, Kind

SCHEMA_VERSION = 2


def _debits_text(value: list[dict[str, Any]]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_DEBITS = Kind(
    "JSON: [{bucket_id, unit, amount}]",
    "list<struct<bucket_id: string, unit: string, amount: int64>>",
    pa.list_(pa.struct([("bucket_id", pa.string()), ("unit", pa.string()), ("amount", pa.int64())])),
    _debits_text,
    json.loads,
)
_T, _I, _B, _AT, _A = TEXT, INTEGER, BOOLEAN, INSTANT, AMOUNT

COLUMNS: tuple[Column, ...] = (
    Column("record_type", _T, "ufrc", "usage, fee, refund or correction"),
    Column("charge_id", _T, "ufrc", "id of this charge, refund or correction"),
    Column("partition", _I, "ufrc", "partition of the journal"),
    Column("sequence", _I, "ufrc", "journal record that holds it"),
    Column("entry_index", _I, "ufrc", "entry within the journal record, from 0"),
    Column("event_index", _I, "ufrc", "event within the entry, from 0"),
    Column("record_hash", _T, "ufrc", "hash of the journal record, hexadecimal"),
    Column("recorded_at", _AT, "ufrc", "when the journal record was written, server clock"),
    Column("decided_at", _AT, "ufrc", "when the request was decided, server clock"),
    Column("operation", _T, "ufrc", "kind of request: update_session, one_time_event, renew, correct, ..."),
    Column("account_id", _T, "ufrc", "who pays"),
    Column("subscriber_id", _T, "ufrc", "who used; opaque"),
    Column("charging_data_ref", _T, "u", "session; none for one-time events"),
    Column("charging_id", _T, "u", "charging id of the network"),
    Column("nf_name", _T, "u", "network element that reported"),
    Column("rating_group", _I, "u", "rating group"),
    Column("catalog_version", _I, "ufc", "version of the catalog that priced it"),
    Column("offering_code", _T, "ufc", "offering that priced it"),
    Column("price_code", _T, "uc", "price of the offering"),
    Column("fee_code", _T, "f", "fee of the offering"),
    Column("unit", _T, "u", "unit of the usage"),
    Column("used_units", _I, "u", "as reported"),
    Column("rated_units", _I, "u", "after rounding to increments"),
    Column("used_units_before", _I, "u", "used within the price's scope before this charge"),
    Column("paid_units_before", _I, "u", "of these, paid with money"),
    Column("factor_permille", _I, "u", "factor of a dynamic price; 1000: unchanged"),
    Column("concurrency", _T, "u", "peak that was charged: sessions or subscribers"),
    Column("offline", _B, "u", "reported without quota management"),
    Column("late", _B, "u", "reported after the session had expired, or out of order"),
    Column("used_from", _AT, "u", "begin of the usage, the element's clock"),
    Column("used_until", _AT, "u", "end of the usage, the element's clock"),
    Column("period_from", _AT, "f", "begin of the period of the fee"),
    Column("period_until", _AT, "f", "end of the period of the fee"),
    Column("part_micros", _I, "f", "part of the period that is charged, in microseconds"),
    Column("whole_micros", _I, "f", "the whole period, in microseconds"),
    Column("promotion_percent", _I, "f", "promotion taken off, per cent"),
    Column("currency_code", _T, "ufrc", "ISO 4217"),
    Column("amount", _A, "ufrc", "what was charged; below zero: given back"),
    Column("amount_minor_micros", _I, "ufrc", "the same, in millionths of the minor unit"),
    Column("tax_code", _T, "uf", "tax that is contained in the amount"),
    Column("tax", _A, "ufrc", "how much of it"),
    Column("tax_minor_micros", _I, "ufrc", "the same, in millionths of the minor unit"),
    Column("overdrawn_minor_micros", _I, "uf", "part of the amount that no balance covered"),
    Column("debits", _DEBITS, "ufrc", "taken from buckets; below zero: given back to them"),
    Column("zone", _T, "u", "serving zone"),
    Column("destination", _T, "u", "destination"),
    Column("area", _T, "u", "area"),
    Column("slice", _T, "u", "slice"),
    Column("qos_class", _T, "u", "QoS class"),
    Column("load_band", _T, "u", "band of network load"),
    Column("segment", _T, "u", "customer segment"),
    Column("device_class", _T, "u", "class of the device or asset"),
    Column("five_qi", _I, "u", "5QI; 0: not known"),
    Column("load_percent", _I, "u", "network load; 0: not known"),
    Column("customer_value", _I, "u", "customer value, 0 to 1000"),
    Column("outcome_id", _T, "u", "outcome that was charged"),
    Column("outcome_evidence_uri", _T, "u", "where its evidence is kept"),
    Column("outcome_evidence_sha256", _T, "u", "digest of the evidence, hexadecimal"),
    Column("outcome_provisional", _B, "u", "still to be confirmed when it was charged"),
    Column("refers_to_charge_id", _T, "rc", "charge that was refunded or corrected"),
    Column(
        "total_minor_micros",
        _I,
        "rc",
        "all refunds, or corrections, of that charge with this one; signed",
    ),
    Column("total_tax_minor_micros", _I, "rc", "tax in all of them; signed"),
    Column("units_restored", _B, "r", "allowance units were given back too, now or before"),
    Column("run_id", _T, "c", "re-rating run"),
    Column("reason", _T, "c", "why it was corrected"),
    Column("actor", _T, "c", "who answers for the correction"),
    Column("sponsor_identity", _T, "u", "who pays for what the subscriber used"),
    Column("application_service_provider_identity", _T, "u", "whose application it was"),
)

NAMES = tuple(column.name for column in COLUMNS)
_RECORD_TYPES = {"u": "usage", "f": "fee", "r": "refund", "c": "correction"}
"""By the letters in `Column.of`."""


def columns_as_markdown() -> str:
    """The table of columns as it stands in the README."""
    return columns.columns_as_markdown(COLUMNS, _RECORD_TYPES)
