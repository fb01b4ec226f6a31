"""Usage records of a statement as rows for people, for CSV, and for comparison."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from tidemark.partner_settlement.v1 import agreement_pb2
from tidemark.partner_settlement.v1 import report_api_pb2 as api

from services.common.kernel.amount_words import show_units
from services.common.kernel.money import Money, currency
from services.partner_settlement.domain.reconciliation import Entry
from services.partner_settlement.domain.spreadsheets import guarded

Record = api.UsageRecord

RECORD_COLUMNS = ("record", "kind", "at", "product", ">quantity", ">gross", ">tax in it", ">line")


def kind_of(record: Record) -> str:
    """`usage`, `refund`, ..."""
    return agreement_pb2.RecordKind.Name(record.kind).removeprefix("RECORD_KIND_").lower()


CSV_COLUMNS: tuple[tuple[str, Callable[[Record], object]], ...] = (
    ("record_id", lambda record: record.record_id),
    ("kind", kind_of),
    ("refers_to_record_id", lambda record: record.refers_to_record_id),
    ("line_number", lambda record: record.line_number),
    ("home_period", lambda record: record.home_period),
    ("partition", lambda record: record.partition),
    ("sequence", lambda record: record.sequence),
    ("occurred_at", lambda record: record.occurred_at.ToJsonString()),
    ("account_id", lambda record: record.account_id),
    ("subscriber_id", lambda record: record.subscriber_id),
    ("offering_code", lambda record: record.offering_code),
    ("price_code", lambda record: record.price_code),
    ("catalog_version", lambda record: record.catalog_version or ""),
    ("rating_group", lambda record: record.rating_group or ""),
    ("slice", lambda record: record.slice),
    ("application", lambda record: record.application),
    ("sponsor", lambda record: record.sponsor),
    ("unit", lambda record: record.unit),
    ("quantity", lambda record: record.quantity),
    ("currency", lambda record: record.currency_code),
    ("amount", lambda record: f"{_money(record, record.gross_minor_micros).to_decimal():f}"),
    ("amount_minor_micros", lambda record: record.gross_minor_micros),
    ("tax", lambda record: f"{_money(record, record.tax_minor_micros).to_decimal():f}"),
    ("tax_minor_micros", lambda record: record.tax_minor_micros),
)


def record_row(record: Record) -> tuple[str, ...]:
    """A record for people."""
    return (
        record.record_id,
        kind_of(record),
        record.occurred_at.ToJsonString().partition(".")[0].replace("T", " ").rstrip("Z") + "Z",
        product_of(record),
        show_units(record.quantity, record.unit) if record.unit else "",
        str(_money(record, record.gross_minor_micros)),
        str(_money(record, record.tax_minor_micros)),
        str(record.line_number),
    )


def product_of(record: Record) -> str:
    """Offering and price; what else it is known by where it has none."""
    sold = "/".join(filter(None, (record.offering_code, record.price_code)))
    return sold or record.application or record.slice or record.sponsor


def entry_of(record: Record, net_of_tax: bool) -> Entry:
    """A record for comparison."""
    amount = record.gross_minor_micros - (record.tax_minor_micros if net_of_tax else 0)
    return Entry(record.record_id, record.currency_code, amount, record.quantity, product_of(record))


class RecordsCsv:
    """A CSV file of records; complete when it is left without an exception."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> RecordsCsv:
        self._file = self._path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\r\n")
        self._writer.writerow([name for name, _ in CSV_COLUMNS])
        return self

    def write(self, record: Record) -> None:
        """Appends a record."""
        self._writer.writerow([guarded(str(value(record))) for _, value in CSV_COLUMNS])

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._file.close()


def _money(record: Record, minor_micros: int) -> Money:
    return Money(minor_micros, currency(record.currency_code))
