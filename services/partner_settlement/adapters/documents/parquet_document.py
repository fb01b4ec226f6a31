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

from services.common.runtime.columns import Row, arrow_schema
from services.partner_settlement.adapters.documents.columns import LINE_COLUMNS, SCHEMA_VERSION
from services.partner_settlement.adapters.documents.rows import rows_of

METADATA_KEY = "tidemark.statement"


def render_parquet(statement: statement_pb2.Statement) -> bytes:
    """The lines as one file; the same bytes each time. Raises ValueError for an unknown currency."""
    rows: dict[str, list[Row]] = {"header": [], "line": [], "total": [], "footer": []}
    for row in rows_of(statement):
        rows[row["record_type"]].append(row)
    (header,) = rows["header"]
    around = {"header": header, "totals": rows["total"], "footers": rows["footer"]}
    metadata = {METADATA_KEY: json.dumps(around, ensure_ascii=False, default=_json, sort_keys=True)}
    sink = pa.BufferOutputStream()
    schema = arrow_schema(LINE_COLUMNS, SCHEMA_VERSION, metadata)
    table = pa.Table.from_pylist(rows["line"], schema=schema)
    pq.write_table(table, sink, compression="zstd")
    written: bytes = sink.getvalue().to_pybytes()
    return written


def _json(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} has no form in JSON")
