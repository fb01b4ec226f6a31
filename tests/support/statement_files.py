"""Documents of statements read back, without the code that wrote them."""

from __future__ import annotations

import csv
import io
from typing import Any

import pyarrow.parquet as pq  # type: ignore[import-untyped]
from pypdf import PdfReader


def csv_rows(document: bytes, record_type: str = "") -> list[dict[str, str]]:
    """Rows of one type, or of all."""
    rows = csv.DictReader(io.StringIO(document.decode(), newline=""), strict=True)
    return [row for row in rows if record_type in ("", row["record_type"])]


def parquet_rows(document: bytes) -> list[dict[str, Any]]:
    """The lines."""
    table = pq.read_table(io.BytesIO(document))
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def parquet_metadata(document: bytes) -> dict[str, str]:
    """What stands beside the lines."""
    metadata = pq.read_schema(io.BytesIO(document)).metadata
    return {key.decode(): value.decode() for key, value in metadata.items()}


def pdf_pages(document: bytes) -> list[str]:
    """The text of each page."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(document)).pages]


def last_pdf_page(document: bytes) -> tuple[int, str]:
    """How many pages there are, and the text of the last."""
    pages = PdfReader(io.BytesIO(document)).pages
    return len(pages), pages[-1].extract_text()
