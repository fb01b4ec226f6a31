"""DocumentRenderer: a statement's content read back and written in a format."""

from __future__ import annotations

import hashlib

from tidemark.partner_settlement.v1 import statement_pb2

from services.partner_settlement.adapters.documents import document_name, render
from services.partner_settlement.application.report_ports import Document, StoredStatement
from services.partner_settlement.domain.documents import DocumentFormat


class StatementRenderer:
    """Writes statements as files."""

    def render(self, statement: StoredStatement, document_format: DocumentFormat) -> Document:
        """Blocks for as long as it takes."""
        message = statement_pb2.Statement.FromString(statement.content)
        content = render(message, document_format)
        return Document(
            document_name(message, document_format),
            document_format,
            content,
            hashlib.sha256(content).digest(),
        )
