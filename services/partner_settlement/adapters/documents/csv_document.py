"""A statement as CSV (RFC 4180): UTF-8, one line of column names, CRLF; an empty field for none.

Spreadsheets take a text that begins like a formula for one. Such a text gets an apostrophe in front, and
so does a text that begins with an apostrophe: whoever reads it back takes one off.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tidemark.partner_settlement.v1 import statement_pb2

from services.partner_settlement.adapters.documents.columns import COLUMNS, NAMES, Kind
from services.partner_settlement.adapters.documents.rows import rows_of

# Full-width signs are taken for the narrow ones by some programs; blanks before a sign are dropped by some.
_LIKE_A_FORMULA = re.compile(r"[\s\x00]*[=+\-@\uff1d\uff0b\uff0d\uff20']|[\t\r\n\x00]")
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?…?")
GUARD = "'"


def render_csv(statement: statement_pb2.Statement) -> bytes:
    """The statement as one table; the same bytes each time. Raises ValueError for an unknown currency."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(NAMES)
    for row in rows_of(statement):
        writer.writerow([_field(row.get(name), text) for name, text in _WRITERS])
    return lines.getvalue().encode()


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula. Plain numbers stay as they are."""
    if _LIKE_A_FORMULA.match(text) and not _PLAIN_NUMBER.fullmatch(text):
        return GUARD + text
    return text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text.removeprefix(GUARD)


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
