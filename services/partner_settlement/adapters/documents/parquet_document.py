"""A statement as Parquet: the lines as typed columns without floats; header, totals and footer as metadata.

Metadata `tidemark.statement` is JSON: {"header": {...}, "totals": [{...}], "footers": [{...}]}, under the
names of the columns; amounts are texts, exact, in major units, and integers beside them.
"""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from tidemark.partner_settlement.v1 import statement_pb2

from services.partner_settlement.adapters.documents.columns import (
    AMOUNT_PRECISION,
    AMOUNT_SCALE,
    LINE_COLUMNS,
    SCHEMA_VERSION,
    Kind,
    Row,
)
from services.partner_settlement.adapters.documents.rows import rows_of

_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.INSTANT: pa.timestamp("us", tz="UTC"),
    Kind.AMOUNT: pa.decimal128(AMOUNT_PRECISION, AMOUNT_SCALE),
}
_FIELDS = [(column.name, _TYPES[column.kind]) for column in LINE_COLUMNS]
METADATA_KEY = "tidemark.statement"


def render_parquet(statement: statement_pb2.Statement) -> bytes:
    """The lines as one file; the same bytes each time. Raises ValueError for an unknown currency."""
    rows: dict[str, list[Row]] = {"header": [], "line": [], "total": [], "footer": []}
    for row in rows_of(statement):
        rows[row["record_type"]].append(row)
    (header,) = rows["header"]
    around = {"header": header, "totals": rows["total"], "footers": rows["footer"]}
    metadata = {
        "tidemark.schema_version": str(SCHEMA_VERSION),
        METADATA_KEY: json.dumps(around, ensure_ascii=False, default=_json, sort_keys=True),
    }
    sink = pa.BufferOutputStream()
    table = pa.Table.from_pylist(rows["line"], schema=pa.schema(_FIELDS, metadata=metadata))
    pq.write_table(table, sink, compression="zstd")
    written: bytes = sink.getvalue().to_pybytes()
    return written


def _json(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} has no form in JSON")
