"""A statement as CSV (RFC 4180): UTF-8, one line of column names, CRLF; an empty field for none.

No text in it is taken for a formula, see `domain/spreadsheets.py`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tidemark.partner_settlement.v1 import statement_pb2

from services.partner_settlement.adapters.documents.columns import COLUMNS, NAMES, Kind
from services.partner_settlement.adapters.documents.rows import rows_of
from services.partner_settlement.domain.spreadsheets import guarded


def render_csv(statement: statement_pb2.Statement) -> bytes:
    """The statement as one table; the same bytes each time. Raises ValueError for an unknown currency."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(NAMES)
    for row in rows_of(statement):
        writer.writerow([_field(row.get(name), text) for name, text in _WRITERS])
    return lines.getvalue().encode()


def _field(value: Any, text: Callable[[Any], str]) -> str:
    return "" if value is None else text(value)


def _instant_text(value: datetime) -> str:
    return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


_TO_TEXT: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: guarded,
    Kind.INTEGER: str,
    Kind.BOOLEAN: lambda value: "true" if value else "false",
    Kind.INSTANT: _instant_text,
    Kind.AMOUNT: lambda value: f"{value:f}",
}
_WRITERS = tuple((column.name, _TO_TEXT[column.kind]) for column in COLUMNS)
