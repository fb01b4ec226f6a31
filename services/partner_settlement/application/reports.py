"""What partners pull: statements, documents, estimates, and the records behind them.

`only_party` is whose statements the caller may see, '' all. Another party's statement, and a draft that the
operator has not closed yet, are answered as one that does not exist.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from services.common.kernel.outcome import Refused, RefusedError
from services.partner_settlement.application.report_ports import (
    CountedRecord,
    Document,
    DocumentRenderer,
    DocumentStore,
    StatementReader,
    StoredStatement,
)
from services.partner_settlement.domain.documents import KEPT_STATES, DocumentFormat, StatementState
from services.partner_settlement.domain.periods import parse_period
from services.partner_settlement.domain.reasons import PERIOD_INVALID, STATEMENT_UNKNOWN

ESTIMATE = "estimate"
"""Stands in a statement id in place of the revision: `melody/2026-11/estimate`."""


class PartnerReports:
    """Reads; the only thing it writes is a document that is pulled for the first time."""

    def __init__(self, reader: StatementReader, renderer: DocumentRenderer, store: DocumentStore) -> None:
        self._reader = reader
        self._renderer = renderer
        self._store = store
        # Rendering takes a processor for itself; more of it at once would only make all of it slower.
        self._rendering = asyncio.Lock()

    async def statements(
        self, party_code: str, period: str, after_sequence_number: int, only_party: str
    ) -> Sequence[StoredStatement]:
        """Statements of a party ('': of all), oldest first. Raises RefusedError PERIOD_INVALID."""
        _check_period(period)
        found = await self._reader.statements(party_code, period, after_sequence_number)
        return [statement for statement in found if _may_see(statement, only_party)]

    async def get(self, statement_id: str, only_party: str) -> StoredStatement:
        """A statement, or an estimate by its id. Raises RefusedError STATEMENT_UNKNOWN."""
        party_code, period, last = _parts(statement_id)
        if only_party and party_code != only_party:
            raise _unknown(statement_id)
        found: StoredStatement | None
        if last == ESTIMATE:
            found = next(iter(await self._reader.estimates(party_code, period)), None)
        else:
            found = await self._reader.statement(statement_id)
        if found is None or not _may_see(found, only_party):
            raise _unknown(statement_id)
        return found

    async def estimates(self, party_code: str, period: str) -> Sequence[StoredStatement]:
        """What periods have brought so far. Raises RefusedError PERIOD_INVALID."""
        _check_period(period)
        return await self._reader.estimates(party_code, period)

    async def document(self, statement_id: str, document_format: DocumentFormat, only_party: str) -> Document:
        """A statement as a file. Raises RefusedError STATEMENT_UNKNOWN.

        Once a closed statement was pulled, the same bytes come for ever, whatever this program has
        become since. Drafts and estimates are written anew each time.
        """
        statement = await self.get(statement_id, only_party)
        if statement.state not in KEPT_STATES:
            return await self._rendered(statement, document_format)
        kept = await self._store.find(statement, document_format)
        if kept is not None:
            return kept
        return await self._store.keep(statement, await self._rendered(statement, document_format))

    async def records(
        self, statement_id: str, line_number: int, only_party: str
    ) -> AsyncGenerator[Sequence[CountedRecord], None]:
        """The records behind a statement, or one of its lines. Raises RefusedError STATEMENT_UNKNOWN."""
        statement = await self.get(statement_id, only_party)
        async for piece in self._reader.records(statement.statement_id, line_number):
            yield piece

    async def _rendered(self, statement: StoredStatement, document_format: DocumentFormat) -> Document:
        async with self._rendering:
            return await asyncio.to_thread(self._renderer.render, statement, document_format)


def _may_see(statement: StoredStatement, only_party: str) -> bool:
    """The operator sees everything; a party what is its own, once somebody has vouched for it."""
    if not only_party:
        return True
    return statement.party_code == only_party and statement.state is not StatementState.DRAFT


def _parts(statement_id: str) -> tuple[str, str, str]:
    parts = statement_id.split("/")
    if len(parts) != 3 or not all(parts):
        raise _unknown(statement_id)
    party_code, period, last = parts
    if last == ESTIMATE:
        _check_period(period)
    return party_code, period, last


def _check_period(period: str) -> None:
    if period:
        try:
            parse_period(period)
        except ValueError as error:
            raise RefusedError(Refused(PERIOD_INVALID, str(error), "period")) from error


def _unknown(statement_id: str) -> RefusedError:
    return RefusedError(Refused(STATEMENT_UNKNOWN, f"there is no statement {statement_id!r}", "statement_id"))
