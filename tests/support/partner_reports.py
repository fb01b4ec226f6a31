"""Statements in memory behind the report service on a real gRPC server, with tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from tidemark.partner_settlement.v1 import report_api_pb2, report_api_pb2_grpc, statement_pb2

from services.common.kernel.clock import Instant
from services.common.runtime.callers import Callers, Role, mint_token
from services.common.runtime.database import Database, open_database
from services.common.runtime.grpc_client import connect
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.token_keys import read_token_keys
from services.partner_settlement.adapters.documents.words import state_of
from services.partner_settlement.adapters.grpc_reports import PartnerReportServicer
from services.partner_settlement.adapters.sql_documents import SqlDocuments
from services.partner_settlement.adapters.statement_renderer import StatementRenderer
from services.partner_settlement.application.report_ports import CountedRecord, StoredStatement
from services.partner_settlement.application.reports import PartnerReports
from services.partner_settlement.domain.documents import DocumentFormat
from services.partner_settlement.domain.records import Product, SettlementRecord
from services.partner_settlement.settings import PartnerSettlementSettings

SECRET = "a secret of this test, as long as it has to be"
MIGRATIONS = "services.partner_settlement.adapters.migrations"
NAME = report_api_pb2.DESCRIPTOR.services_by_name["PartnerReportService"].full_name


def stored(message: statement_pb2.Statement) -> StoredStatement:
    """A statement as it is kept."""
    header = message.header
    content = message.SerializeToString(deterministic=True)
    return StoredStatement(header.statement_id, header.party.code, state_of(header), content)


def settled_record(number: int, gross_minor_micros: int = 1_000_000, **product: Any) -> SettlementRecord:
    """Record `c-NUMBER` of a second of November, with a sixth of tax."""
    values: dict[str, Any] = {
        "kind": "usage",
        "origin": "usage",
        "offering_code": "music-bundle",
        "price_code": "music-data",
        "catalog_version": 7,
        "rating_group": 201,
        "slice": "",
        "application": "",
        "sponsor": "",
        "loyalty_program": "",
        "unit": "octets",
        "currency_code": "EUR",
    }
    return SettlementRecord(
        record_id=f"c-{number}",
        place=(0, number, 0, 0),
        home=date(2026, 11, 1),
        product=Product(**(values | product)),
        quantity=1_000 + number,
        gross_minor_micros=gross_minor_micros,
        tax_minor_micros=gross_minor_micros // 6,
        account_id="a-1",
        subscriber_id=f"s-{number % 7}",
        occurred_at=Instant(1_793_500_000_000_000 + number),
    )


@dataclass(slots=True)
class MemoryReader:
    """StatementReader over lists."""

    kept: list[StoredStatement] = field(default_factory=list)
    running: list[StoredStatement] = field(default_factory=list)
    counted: list[CountedRecord] = field(default_factory=list)
    piece: int = 400

    async def statements(
        self, party_code: str, period: str, after_sequence_number: int
    ) -> Sequence[StoredStatement]:
        """In the order in which they were put in."""
        return [
            each
            for each in self.kept
            if party_code in ("", each.party_code)
            and period in ("", _header(each).period)
            and (after_sequence_number == 0 or _header(each).sequence_number > after_sequence_number)
        ]

    async def statement(self, statement_id: str) -> StoredStatement | None:
        """By its id."""
        return next((each for each in self.kept if each.statement_id == statement_id), None)

    async def estimates(self, party_code: str, period: str) -> Sequence[StoredStatement]:
        """Of a party and a period."""
        return [
            each
            for each in self.running
            if each.party_code == party_code and period in ("", _header(each).period)
        ]

    async def records(self, statement_id: str, line_number: int) -> AsyncIterator[Sequence[CountedRecord]]:
        """All that were put in, whatever the statement."""
        wanted = [each for each in self.counted if line_number in (0, each.line_number)]
        for first in range(0, len(wanted), self.piece):
            yield wanted[first : first + self.piece]


def _header(statement: StoredStatement) -> statement_pb2.StatementHeader:
    return statement_pb2.Statement.FromString(statement.content).header


@dataclass(slots=True)
class CountingRenderer:
    """The real renderer, and how often it was asked. `suffix` stands for another version of the program."""

    rendered: int = 0
    suffix: bytes = b""

    def render(self, statement: StoredStatement, document_format: DocumentFormat) -> Any:
        """Renders."""
        self.rendered += 1
        document = StatementRenderer().render(statement, document_format)
        if not self.suffix:
            return document
        return type(document)(
            document.file_name, document_format, document.content + self.suffix, document.sha256
        )


@dataclass(slots=True)
class ReportService:
    """What a test needs of the running service."""

    reader: MemoryReader
    renderer: CountingRenderer
    database: Database
    address: str

    @asynccontextmanager
    async def stub(self, party: str = "", role: Role = Role.PARTNER) -> AsyncIterator[Any]:
        """Calls as a partner; as the operator without a party."""
        token = mint_token(
            SECRET.encode(), role if party else Role.OPERATOR, "test", party=party, account=party
        )
        channel = connect(self.address, token=token)
        try:
            yield report_api_pb2_grpc.PartnerReportServiceStub(channel)
        finally:
            await channel.close(None)


@asynccontextmanager
async def report_service(folder: Path) -> AsyncIterator[ReportService]:
    """Serves on a free port, with a database in a folder."""
    key_file = folder / "token.secret"
    key_file.write_text(SECRET)
    reader, renderer = MemoryReader(), CountingRenderer()
    database = open_database(f"sqlite:///{folder}/settlement.sqlite", MIGRATIONS)
    reports = PartnerReports(reader, renderer, SqlDocuments(database))
    servicer = PartnerReportServicer(reports, Callers(read_token_keys(key_file)))
    settings = PartnerSettlementSettings(listen_port=0, health_port=0)
    add = report_api_pb2_grpc.add_PartnerReportServiceServicer_to_server
    server = GrpcServer(settings, [Servicer(add, servicer, NAME)])
    try:
        yield ReportService(reader, renderer, database, await server.start())
    finally:
        await server.drain(1)
        await database.close()
