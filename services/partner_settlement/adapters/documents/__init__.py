"""Statements as files. The same statement gives the same bytes, in every format."""

from __future__ import annotations

from collections.abc import Callable

from tidemark.partner_settlement.v1 import statement_pb2

from services.partner_settlement.adapters.documents.words import state_of
from services.partner_settlement.domain import documents
from services.partner_settlement.domain.documents import DocumentFormat


def render(statement: statement_pb2.Statement, document_format: DocumentFormat) -> bytes:
    """The statement in a format; blocks. Raises ValueError for a currency that ISO 4217 does not have."""
    return _renderer(document_format)(statement)


def _renderer(document_format: DocumentFormat) -> Callable[[statement_pb2.Statement], bytes]:
    # pyarrow and reportlab are a fifth of a start, and no statement may ever be asked for.
    match document_format:
        case DocumentFormat.CSV:
            from services.partner_settlement.adapters.documents.csv_document import render_csv  # noqa: PLC0415

            return render_csv
        case DocumentFormat.PARQUET:
            from services.partner_settlement.adapters.documents.parquet_document import (  # noqa: PLC0415
                render_parquet,
            )

            return render_parquet
        case DocumentFormat.PDF:
            from services.partner_settlement.adapters.documents.pdf.document import render_pdf  # noqa: PLC0415

            return render_pdf


def document_name(statement: statement_pb2.Statement, document_format: DocumentFormat) -> str:
    """The name of its file, which repeats the header: party, period, revision, sequence number, state."""
    header = statement.header
    return documents.document_name(
        header.party.code,
        header.period,
        header.revision,
        header.sequence_number,
        state_of(header),
        document_format,
    )
