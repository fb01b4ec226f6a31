"""PartnerReportService over gRPC. Refusals are raised as RefusedError; the server's guard sends them.

A partner sees its own. By party code everybody else's is refused before anything is looked up; by
statement id it is unknown, as one that does not exist.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any, Protocol

from tidemark.partner_settlement.v1 import report_api_pb2 as api
from tidemark.partner_settlement.v1 import report_api_pb2_grpc, statement_pb2

from services.common.kernel.outcome import Category, Reason, Refused, RefusedError
from services.common.runtime.callers import NOT_YOUR_PARTY, Caller, Role, require_party
from services.partner_settlement.adapters.report_messages import (
    DOCUMENT_FORMATS,
    summary_message,
    usage_record_messages,
)
from services.partner_settlement.application.reports import PartnerReports

FORMAT_INVALID = Reason("FORMAT_INVALID", Category.INVALID_ARGUMENT)
PARTY_MISSING = Reason("PARTY_MISSING", Category.INVALID_ARGUMENT)
CHUNK_OCTETS = 64 * 1024
RECORDS_IN_A_MESSAGE = 1_000

Context = Any


class KnowsCallers(Protocol):
    """Tells who makes a call."""

    def of(self, context: Any) -> Caller:
        """The caller. Raises RefusedError where that cannot be known."""


class PartnerReportServicer(report_api_pb2_grpc.PartnerReportServiceServicer):
    """Translates, calls one use case, translates back."""

    def __init__(self, reports: PartnerReports, callers: KnowsCallers) -> None:
        self._reports = reports
        self._callers = callers

    async def ListStatements(
        self, request: api.ListStatementsRequest, context: Context
    ) -> api.ListStatementsResponse:
        """Headers and totals, oldest first."""
        party_code = self._party(context, request.party_code)
        found = await self._reports.statements(
            party_code, request.period, request.after_sequence_number, self._only_party(context)
        )
        return api.ListStatementsResponse(
            statements=[
                summary_message(statement_pb2.Statement.FromString(statement.content)) for statement in found
            ]
        )

    async def StreamStatement(
        self, request: api.StreamStatementRequest, context: Context
    ) -> AsyncIterator[api.StreamStatementResponse]:
        """Header and totals, the lines, the footer."""
        found = await self._reports.get(request.statement_id, self._only_party(context))
        message = statement_pb2.Statement.FromString(found.content)
        yield api.StreamStatementResponse(summary=summary_message(message))
        for line in message.lines:
            yield api.StreamStatementResponse(line=line)
        yield api.StreamStatementResponse(footer=message.footer)

    async def PullDocument(
        self, request: api.PullDocumentRequest, context: Context
    ) -> AsyncIterator[api.PullDocumentResponse]:
        """What comes, then the file in pieces of 64 KiB. INVALID_ARGUMENT FORMAT_INVALID."""
        only_party = self._only_party(context)
        document_format = DOCUMENT_FORMATS.get(request.format)
        if document_format is None:
            raise RefusedError(Refused(FORMAT_INVALID, "say CSV, PARQUET or PDF", "format"))
        document = await self._reports.document(request.statement_id, document_format, only_party)
        yield api.PullDocumentResponse(
            description=api.DocumentDescription(
                file_name=document.file_name,
                media_type=document.document_format.media_type,
                size_bytes=len(document.content),
                sha256=document.sha256,
            )
        )
        for first in range(0, len(document.content), CHUNK_OCTETS):
            yield api.PullDocumentResponse(chunk=document.content[first : first + CHUNK_OCTETS])

    async def GetEstimate(self, request: api.GetEstimateRequest, context: Context) -> api.GetEstimateResponse:
        """What the running periods have brought so far. INVALID_ARGUMENT PARTY_MISSING."""
        party_code = self._party(context, request.party_code)
        if not party_code:
            raise RefusedError(Refused(PARTY_MISSING, "say whose estimate it is to be", "party_code"))
        estimates = await self._reports.estimates(party_code, request.period)
        return api.GetEstimateResponse(
            estimates=[statement_pb2.Statement.FromString(estimate.content) for estimate in estimates]
        )

    async def StreamUsageRecords(
        self, request: api.StreamUsageRecordsRequest, context: Context
    ) -> AsyncIterator[api.StreamUsageRecordsResponse]:
        """The single records behind a statement or one of its lines, in journal order."""
        only_party = self._only_party(context)
        pieces = self._reports.records(request.statement_id, request.line_number, only_party)
        async with contextlib.aclosing(pieces):
            async for piece in pieces:
                for first in range(0, len(piece), RECORDS_IN_A_MESSAGE):
                    records = usage_record_messages(piece[first : first + RECORDS_IN_A_MESSAGE])
                    yield api.StreamUsageRecordsResponse(records=records)

    def _party(self, context: Context, asked_for: str) -> str:
        """Whose it is to be: as asked for, else the caller's own; '' for an operator who names nobody."""
        caller = self._callers.of(context)
        party_code = asked_for or caller.party
        require_party(caller, party_code)
        return party_code

    def _only_party(self, context: Context) -> str:
        """The party that the caller is held to; '' for the operator."""
        caller = self._callers.of(context)
        if caller.role is Role.OPERATOR:
            return ""
        if caller.role is not Role.PARTNER or not caller.party:
            raise RefusedError(Refused(NOT_YOUR_PARTY, "this is not yours to see"))
        return caller.party
