"""What reports need from outside: statements as they are kept, the records behind them, documents.

A statement's content is a serialized tidemark.partner_settlement.v1.Statement; use cases pass it on unread.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.partner_settlement.domain.documents import DocumentFormat, StatementState
from services.partner_settlement.domain.records import SettlementRecord


@dataclass(frozen=True, slots=True)
class StoredStatement:
    """A statement as it stands now; its content says the same state."""

    statement_id: str
    party_code: str
    state: StatementState
    content: bytes


@dataclass(frozen=True, slots=True)
class CountedRecord:
    """A record and the line of the statement that it counts in; `home_period` by its name."""

    record: SettlementRecord
    line_number: int
    home_period: str


class StatementReader(Protocol):
    """Statements and what they are made of. A party that is unknown has none."""

    async def statements(
        self, party_code: str, period: str, after_sequence_number: int
    ) -> Sequence[StoredStatement]:
        """Of a party ('': of all), of a period ('': of any), oldest first; drafts included.

        Above zero, `after_sequence_number` leaves only statements with a greater sequence number.
        """

    async def statement(self, statement_id: str) -> StoredStatement | None:
        """One statement; None where there is none."""

    async def estimates(self, party_code: str, period: str) -> Sequence[StoredStatement]:
        """What a period has brought a party so far ('': the running period of each kind), as of now."""

    def records(self, statement_id: str, line_number: int) -> AsyncIterator[Sequence[CountedRecord]]:
        """The records behind a line (0: behind all lines), in journal order, in pieces of any size.

        Each record comes once. One that counts in several lines names the first of them, or the one
        that was asked for.
        """


@dataclass(frozen=True, slots=True)
class Document:
    """A statement as a file. `sha256` is over the content."""

    file_name: str
    document_format: DocumentFormat
    content: bytes
    sha256: bytes


class DocumentRenderer(Protocol):
    """Writes statements as files, the same bytes for the same content."""

    def render(self, statement: StoredStatement, document_format: DocumentFormat) -> Document:
        """Blocks for as long as it takes."""


class DocumentStore(Protocol):
    """Documents as they were first pulled."""

    async def find(self, statement: StoredStatement, document_format: DocumentFormat) -> Document | None:
        """The document of exactly this content; None where nobody has pulled it."""

    async def keep(self, statement: StoredStatement, document: Document) -> Document:
        """Keeps a document and returns what is kept: of two that come at once, the first."""
