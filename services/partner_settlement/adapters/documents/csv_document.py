"""A statement as CSV (RFC 4180): UTF-8, one line of column names, CRLF; an empty field for none.

No text in it is taken for a formula, see `domain/spreadsheets.py`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

from tidemark.partner_settlement.v1 import statement_pb2

from services.common.runtime.columns import TEXT
from services.partner_settlement.adapters.documents.columns import COLUMNS, NAMES
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


_WRITERS = tuple((column.name, guarded if column.kind is TEXT else column.kind.to_text) for column in COLUMNS)
