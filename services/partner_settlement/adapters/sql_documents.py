"""Documents in SQL: the first rendering of a statement is the one that is kept."""

from __future__ import annotations

import hashlib

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from services.common.runtime.database import Database
from services.partner_settlement.adapters.tables.documents import DocumentTable
from services.partner_settlement.application.report_ports import Document, StoredStatement
from services.partner_settlement.domain.documents import DocumentFormat


class DamagedDocumentError(Exception):
    """A kept document no longer has its digest. Nothing is handed out in its place."""


class SqlDocuments:
    """DocumentStore over the service's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, statement: StoredStatement, document_format: DocumentFormat) -> Document | None:
        """The document of exactly this content. Raises DamagedDocumentError."""
        key = _key(statement, document_format)
        row = await self._database.run(lambda session: session.get(DocumentTable, key))
        return None if row is None else _document(row)

    async def keep(self, statement: StoredStatement, document: Document) -> Document:
        """Keeps a document; returns the one that was kept first."""

        def insert(session: Session) -> None:
            session.add(_row(statement, document))

        try:
            await self._database.run(insert)
        except IntegrityError:
            # Another process was first.
            kept = await self.find(statement, document.document_format)
            if kept is None:
                raise
            return kept
        return document


def _key(statement: StoredStatement, document_format: DocumentFormat) -> tuple[str, str, str]:
    return (statement.statement_id, document_format.value, hashlib.sha256(statement.content).hexdigest())


def _row(statement: StoredStatement, document: Document) -> DocumentTable:
    statement_id, document_format, source = _key(statement, document.document_format)
    revision = statement_id.rpartition("/")[2]
    return DocumentTable(
        statement_id=statement_id,
        format=document_format,
        source_sha256=source,
        revision=int(revision) if revision.isdecimal() else 0,
        state=statement.state.value,
        file_name=document.file_name,
        content=document.content,
        content_sha256=document.sha256,
    )


def _document(row: DocumentTable) -> Document:
    if hashlib.sha256(row.content).digest() != row.content_sha256:
        raise DamagedDocumentError(
            f"the {row.format} of {row.statement_id} is not what was kept; restore the database from a copy"
        )
    return Document(row.file_name, DocumentFormat(row.format), row.content, row.content_sha256)
