"""Story: a partner pulls its statements, and nobody else's."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from sqlalchemy import text
from tidemark.partner_settlement.v1 import report_api_pb2 as api
from tidemark.partner_settlement.v1 import statement_pb2

from services.common.runtime.callers import Role
from services.common.runtime.grpc_errors import error_info
from services.partner_settlement.application.report_ports import CountedRecord
from tests.support.partner_reports import ReportService, report_service, settled_record, stored
from tests.support.statement_samples import full_statement, long_statement
from tests.support.statements import party, statement

MINE = "melody/2026-11/1"
CSV, PARQUET, PDF = api.DOCUMENT_FORMAT_CSV, api.DOCUMENT_FORMAT_PARQUET, api.DOCUMENT_FORMAT_PDF


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[ReportService]:
    async with report_service(tmp_path) as running:
        running.reader.kept = [
            stored(full_statement()),
            stored(statement([], statement_id="vista/2026-11/1", party=party("vista"))),
            stored(
                statement(
                    [],
                    statement_id="melody/2026-12/1",
                    period="2026-12",
                    sequence_number=0,
                    state=statement_pb2.STATEMENT_STATE_DRAFT,
                )
            ),
        ]
        running.reader.running = [
            stored(
                full_statement(
                    period="2027-01",
                    revision=0,
                    sequence_number=0,
                    statement_id="melody/2027-01/estimate",
                    state=statement_pb2.STATEMENT_STATE_ESTIMATE,
                )
            )
        ]
        yield running


async def pulled(
    stub: Any, statement_id: str, document_format: int
) -> tuple[api.DocumentDescription, list[bytes]]:
    request = api.PullDocumentRequest(statement_id=statement_id, format=document_format)  # type: ignore[arg-type]
    description, *rest = [answer async for answer in stub.PullDocument(request)]
    assert description.HasField("description")
    assert all(answer.HasField("chunk") for answer in rest)
    return description.description, [answer.chunk for answer in rest]


async def refusal(call: Any) -> tuple[str, str, str]:
    """(status, reason, message) of a call, or the first answer of a stream, that is refused."""
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        if hasattr(call, "read"):
            await call.read()
        else:
            await call
    info = error_info(failed.value)
    assert info is not None
    return failed.value.code().name, info.reason, failed.value.details() or ""


async def test_a_partner_lists_its_own_and_the_operator_lists_all(service: ReportService) -> None:
    async with service.stub("melody") as melody, service.stub() as operator:
        own = await melody.ListStatements(api.ListStatementsRequest())
        assert [each.header.statement_id for each in own.statements] == [MINE]
        assert own.statements[0].line_count == 15
        assert [total.currency_code for total in own.statements[0].totals] == ["CHF", "EUR"]
        everything = await operator.ListStatements(api.ListStatementsRequest())
        assert len(everything.statements) == 3
        newer = api.ListStatementsRequest(party_code="melody", after_sequence_number=7)
        assert not (await operator.ListStatements(newer)).statements


async def test_a_statement_is_streamed_summary_first_footer_last(service: ReportService) -> None:
    async with service.stub("melody") as stub:
        parts = [part async for part in stub.StreamStatement(api.StreamStatementRequest(statement_id=MINE))]
    assert [part.WhichOneof("part") for part in parts] == ["summary", *["line"] * 15, "footer"]
    assert [part.line.number for part in parts[1:-1]] == list(range(1, 16))
    assert parts[-1].footer.line_count == 15


@pytest.mark.parametrize("document_format", [CSV, PARQUET, PDF])
async def test_a_document_comes_in_pieces_with_its_digest(
    service: ReportService, document_format: int
) -> None:
    service.reader.kept = [stored(long_statement(400))]
    async with service.stub("melody") as stub:
        description, chunks = await pulled(stub, MINE, document_format)
    content = b"".join(chunks)
    ending = {CSV: "csv", PARQUET: "parquet", PDF: "pdf"}[document_format]  # type: ignore[index]
    assert description.file_name == f"melody_2026-11_r1_n000007.{ending}"
    assert (description.size_bytes, description.sha256) == (len(content), hashlib.sha256(content).digest())
    assert max(map(len, chunks)) <= 65_536


async def test_a_final_document_stays_the_same_when_the_program_changes(service: ReportService) -> None:
    async with service.stub("melody") as stub:
        first = await pulled(stub, MINE, CSV)
        service.renderer.suffix = b"as a later version would write it"
        assert await pulled(stub, MINE, CSV) == first
        assert service.renderer.rendered == 1
        service.reader.kept = [stored(full_statement(state=statement_pb2.STATEMENT_STATE_SUPERSEDED))]
        superseded, _ = await pulled(stub, MINE, CSV)
    assert superseded.file_name == "melody_2026-11_r1_n000007_superseded.csv"


async def test_those_who_pull_at_once_get_the_same_bytes(service: ReportService) -> None:
    async with service.stub("melody") as stub:
        documents = await asyncio.gather(*(pulled(stub, MINE, PDF) for _ in range(4)))
    assert all(document == documents[0] for document in documents)


async def test_an_estimate_is_marked_and_never_kept(service: ReportService) -> None:
    async with service.stub("melody") as stub:
        answer = await stub.GetEstimate(api.GetEstimateRequest())
        assert [each.header.period for each in answer.estimates] == ["2027-01"]
        description, _ = await pulled(stub, "melody/2027-01/estimate", PDF)
        await pulled(stub, "melody/2027-01/estimate", PDF)
    assert description.file_name == "melody_2027-01_estimate.pdf"
    assert service.renderer.rendered == 2


async def test_anothers_statement_is_answered_as_one_that_does_not_exist(service: ReportService) -> None:
    async with service.stub("melody") as stub:
        answers = set()
        for statement_id in ("vista/2026-11/1", "nobody/2026-11/1", "melody/2031-01/1", "melody/2026-12/1"):
            for call in (
                stub.StreamStatement(api.StreamStatementRequest(statement_id=statement_id)),
                stub.PullDocument(api.PullDocumentRequest(statement_id=statement_id, format=CSV)),
                stub.StreamUsageRecords(api.StreamUsageRecordsRequest(statement_id=statement_id)),
            ):
                code, reason, message = await refusal(call)
                answers.add((code, reason, message.replace(statement_id, "ID")))
        assert answers == {("NOT_FOUND", "STATEMENT_UNKNOWN", "there is no statement 'ID'")}
        refusals = {
            await refusal(stub.ListStatements(api.ListStatementsRequest(party_code=code)))
            for code in ("vista", "nobody")
        }
        refusals.add(await refusal(stub.GetEstimate(api.GetEstimateRequest(party_code="vista"))))
        assert refusals == {("PERMISSION_DENIED", "NOT_YOUR_PARTY", "this is not yours to see")}


async def test_a_subscriber_and_a_stranger_get_nothing(service: ReportService) -> None:
    request = api.StreamStatementRequest(statement_id=MINE)
    async with service.stub("melody", Role.SUBSCRIBER) as subscriber:
        assert (await refusal(subscriber.StreamStatement(request)))[1] == "NOT_YOUR_PARTY"
        assert (await refusal(subscriber.ListStatements(api.ListStatementsRequest())))[1] == "NOT_YOUR_PARTY"
    async with grpc.aio.insecure_channel(service.address) as channel:
        call = channel.unary_stream(
            "/tidemark.partner_settlement.v1.PartnerReportService/StreamStatement",
            request_serializer=api.StreamStatementRequest.SerializeToString,
            response_deserializer=api.StreamStatementResponse.FromString,
        )(request)
        assert (await refusal(call))[:2] == ("UNAUTHENTICATED", "UNAUTHENTICATED")


async def test_records_come_in_bounded_pieces_and_by_line(service: ReportService) -> None:
    service.reader.piece = 5_000
    service.reader.counted = [
        CountedRecord(settled_record(number), 1 + number % 2, "2026-11") for number in range(2_500)
    ]
    async with service.stub("melody") as stub:
        request = api.StreamUsageRecordsRequest(statement_id=MINE)
        pieces = [answer.records async for answer in stub.StreamUsageRecords(request)]
        assert [len(piece) for piece in pieces] == [1_000, 1_000, 500]
        record = pieces[0][3]
        assert (record.record_id, record.sequence, record.line_number) == ("c-3", 3, 2)
        assert (record.quantity, record.gross_minor_micros, record.home_period) == (
            1_003,
            1_000_000,
            "2026-11",
        )
        request.line_number = 2
        of_line = [answer.records async for answer in stub.StreamUsageRecords(request)]
        assert sum(map(len, of_line)) == 1_250


async def test_what_is_asked_for_wrongly_is_named(service: ReportService) -> None:
    async with service.stub() as stub:
        assert (await refusal(stub.PullDocument(api.PullDocumentRequest(statement_id=MINE))))[
            1
        ] == "FORMAT_INVALID"
        assert (await refusal(stub.ListStatements(api.ListStatementsRequest(period="2026-13"))))[
            1
        ] == "PERIOD_INVALID"
        assert (await refusal(stub.GetEstimate(api.GetEstimateRequest())))[1] == "PARTY_MISSING"
        odd = api.StreamStatementRequest(statement_id="../../etc/passwd")
        assert (await refusal(stub.StreamStatement(odd)))[1] == "STATEMENT_UNKNOWN"


async def test_a_damaged_document_is_not_handed_out(service: ReportService) -> None:
    async with service.stub("melody") as stub:
        await pulled(stub, MINE, CSV)
        await service.database.run(
            lambda session: session.connection().execute(
                text("UPDATE statement_document SET content = source_sha256")
            )
        )
        code, reason, _ = await refusal(
            stub.PullDocument(api.PullDocumentRequest(statement_id=MINE, format=CSV))
        )
    assert (code, reason) == ("INTERNAL", "INTERNAL")
