"""What a charged-usage record says: every field of the journal's events, with exact amounts."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import journal_pb2

from services.cli import records
from services.cli.records.columns import COLUMNS, columns_as_markdown
from services.cli.records.rows import rows_of
from services.common.runtime.following import FollowedRecord
from tests.support.charged_journal import correction, fee, journal_of, refund, usage

KINDS = ("usage_charged", "fee_charged", "charge_refunded", "charge_corrected")


def rows(*events: journal_pb2.Event) -> list[dict[str, Any]]:
    entry = journal_pb2.JournalEntry(operation=journal_pb2.OPERATION_CORRECT, events=events)
    return list(rows_of(journal_pb2.JournalRecord(partition=2, sequence=7, entries=[entry]), b"\xab"))


def fill(message: Message, seen: list[Any]) -> None:
    """Gives every field of a message a value of its own, and notes it as a row shows it."""
    for field in message.DESCRIPTOR.fields:
        number = 1_000 + len(seen)
        if field.name == "currency_code":
            setattr(message, field.name, "EUR")
        elif field.name == "zone" and "circumstances" in message.DESCRIPTOR.fields_by_name:
            pass  # circumstances say it
        elif field.message_type is not None and field.message_type.name == "Timestamp":
            getattr(message, field.name).CopyFrom(Timestamp(seconds=number))
            seen.append(datetime.fromtimestamp(number, UTC))
        elif field.is_repeated:
            fill(getattr(message, field.name).add(), seen)
        elif field.message_type is not None:
            fill(getattr(message, field.name), seen)
        elif field.type == FieldDescriptor.TYPE_BOOL:
            setattr(message, field.name, True)
            seen.append(True)
        elif field.type == FieldDescriptor.TYPE_BYTES:
            setattr(message, field.name, str(number).encode())
            seen.append(str(number).encode().hex())
        elif field.type == FieldDescriptor.TYPE_STRING:
            setattr(message, field.name, str(number))
            seen.append(str(number))
        else:
            setattr(message, field.name, number)
            seen.append(number)


def shown_in(row: dict[str, Any]) -> list[Any]:
    debits = [value for debit in row["debits"] for value in debit.values()]
    return [value for value in [*row.values(), *debits] if not isinstance(value, list)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_the_journals_event_is_in_the_row(kind: str) -> None:
    event = journal_pb2.Event()
    seen: list[Any] = []
    fill(getattr(event, kind), seen)
    (row,) = rows(event)
    shown = shown_in(row)
    turned = kind == "charge_refunded"
    missing = [value for value in seen if value not in shown and not (turned and -value in shown)]
    assert missing == []
    assert len(seen) > 8


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_is_filled_for_the_records_that_its_documentation_names(kind: str) -> None:
    event = journal_pb2.Event()
    fill(getattr(event, kind), [])
    (row,) = rows(event)
    letter = row["record_type"][0]
    filled = {name for name, value in row.items() if value is not None}
    assert filled == {column.name for column in COLUMNS if letter in column.of}


def test_amounts_are_exact_in_currencies_of_two_and_three_digits() -> None:
    charged, fee_row = rows(usage("c-1"), fee("c-2"))
    assert (charged["amount"], charged["amount_minor_micros"]) == (Decimal("0.0125"), 1_250_000)
    assert (fee_row["currency_code"], fee_row["amount"]) == ("KWD", Decimal("0.500"))


def test_what_was_given_back_is_below_zero() -> None:
    refunded, corrected = rows(refund("c-2", "c-1"), correction("k-1", "c-1"))
    assert (refunded["record_type"], refunded["refers_to_charge_id"]) == ("refund", "c-1")
    assert (refunded["amount"], refunded["total_minor_micros"]) == (Decimal("-0.0025"), -250_000)
    assert refunded["debits"] == [{"bucket_id": "b-1", "unit": "EUR", "amount": -250_000}]
    assert (corrected["record_type"], corrected["charge_id"]) == ("correction", "k-1")
    assert corrected["amount"] == Decimal("-0.0025")


def test_a_row_says_where_in_the_journal_it_stands() -> None:
    (record,) = journal_of(1)
    found = list(rows_of(journal_pb2.JournalRecord.FromString(record.payload), record.hash))
    assert [(row["sequence"], row["entry_index"], row["event_index"]) for row in found] == [
        (1, 0, 1),
        (1, 1, 0),
        (1, 1, 1),
        (1, 1, 2),
    ]
    assert {row["record_hash"] for row in found} == {record.hash.hex()}
    assert found[0]["decided_at"] == datetime(2026, 3, 2, 8, 0, 1, 250, UTC)


def test_a_record_older_than_circumstances_has_its_zone() -> None:
    event = usage("c-1")
    event.usage_charged.zone = "roaming"
    (row,) = rows(event)
    assert row["zone"] == "roaming"


def test_a_factor_of_zero_is_not_taken_for_none() -> None:
    free, plain = usage("c-1"), usage("c-2")
    free.usage_charged.factor_permille = 0
    assert [row["factor_permille"] for row in rows(free, plain)] == [0, 1_000]


def test_a_record_without_charges_has_no_rows() -> None:
    quiet: FollowedRecord = journal_of(5)[4]
    assert list(rows_of(journal_pb2.JournalRecord.FromString(quiet.payload), quiet.hash)) == []


def test_the_documentation_lists_the_columns_as_they_are() -> None:
    readme = Path(records.__file__).with_name("README.md").read_text(encoding="utf-8")
    assert columns_as_markdown() in readme
