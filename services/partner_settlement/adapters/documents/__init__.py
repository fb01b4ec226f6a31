"""Statements as files. The same statement gives the same bytes, in every format."""

from __future__ import annotations

from tidemark.partner_settlement.v1 import statement_pb2

from services.partner_settlement.adapters.documents.csv_document import render_csv
from services.partner_settlement.adapters.documents.parquet_document import render_parquet
from services.partner_settlement.adapters.documents.pdf.document import render_pdf
from services.partner_settlement.adapters.documents.words import state_of
from services.partner_settlement.domain import documents
from services.partner_settlement.domain.documents import DocumentFormat

__all__ = ["document_name", "render", "render_csv", "render_parquet", "render_pdf"]

_RENDERERS = {
    DocumentFormat.CSV: render_csv,
    DocumentFormat.PARQUET: render_parquet,
    DocumentFormat.PDF: render_pdf,
}


def render(statement: statement_pb2.Statement, document_format: DocumentFormat) -> bytes:
    """The statement in a format; blocks. Raises ValueError for a currency that ISO 4217 does not have."""
    return _RENDERERS[document_format](statement)


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
