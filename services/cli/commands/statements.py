"""`tidemark statements`: what partners are told, as tables and as files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import grpc
import typer
from tidemark.partner_settlement.v1 import report_api_pb2 as api
from tidemark.partner_settlement.v1 import report_api_pb2_grpc, statement_pb2

from services.cli.failures import CommandFailedError
from services.cli.invocation import CALL_SECONDS, Invocation, command_group, register
from services.cli.output import Output
from services.cli.settlement.progress import octets_progress, records_progress
from services.cli.settlement.pull import Pulled, pull_document
from services.cli.settlement.record_rows import RECORD_COLUMNS, RecordsCsv, record_row
from services.cli.settlement.statement_view import show_list, show_statement
from services.cli.supervision.plan import PARTNER_SETTLEMENT
from services.partner_settlement.domain.documents import DocumentFormat, StatementState, document_name

STREAM_SECONDS = 3_600.0
_SHOWN_RECORDS = 200

StatementId = Annotated[str, typer.Argument(metavar="STATEMENT", help="Its id: party/period/revision.")]
Party = Annotated[str, typer.Option(help="Code of the partner. Default: all; a partner's own.")]
Period = Annotated[str, typer.Option(help="2026-11, 2026-W48, 2026-11-27 or 2026-Q4. Default: all.")]
Folder = Annotated[Path, typer.Option("--out", help="Folder for the files; made where it is not there.")]
Format = Annotated[DocumentFormat, typer.Option("--format", help="What kind of file.")]


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = command_group(
        app,
        "statements",
        "Look at partners' settlement statements and pull them as files.",
        "tidemark statements pull melody/2026-11/1 --format pdf",
        "Settle with partners",
    )
    register(group, "list", "tidemark statements list --party melody")(list_statements)
    register(group, "show", "tidemark statements show melody/2026-11/1")(show)
    register(group, "pull", "tidemark statements pull --all --party melody --format csv --out inbox")(pull)
    register(group, "records", "tidemark statements records melody/2026-11/1 --out records.csv")(records)
    register(group, "estimate", "tidemark statements estimate --party melody")(estimate)


async def list_statements(invocation: Invocation, party: Party = "", period: Period = "") -> None:
    """Lists statements, oldest first."""
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        answer = await listed(stub_of(channel), party, period)
    invocation.output.document(answer)
    show_list(invocation.output, answer.statements)


async def show(invocation: Invocation, statement_id: StatementId) -> None:
    """Shows a statement with all its lines. With --json every exact figure."""
    statement = statement_pb2.Statement()
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        request = api.StreamStatementRequest(statement_id=statement_id)
        async for part in stub_of(channel).StreamStatement(request, timeout=STREAM_SECONDS):
            if part.HasField("summary"):
                statement.header.CopyFrom(part.summary.header)
                statement.totals.extend(part.summary.totals)
            elif part.HasField("line"):
                statement.lines.append(part.line)
            else:
                statement.footer.CopyFrom(part.footer)
    if not statement.HasField("footer") or statement.footer.line_count != len(statement.lines):
        raise CommandFailedError(f"{statement_id} did not come whole; ask for it again")
    invocation.output.document(statement)
    show_statement(invocation.output, statement)


async def pull(
    invocation: Invocation,
    statement_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[STATEMENT]...", help="Ids: party/period/revision.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every final statement whose file is not in the folder yet.")
    ] = False,
    party: Party = "",
    period: Period = "",
    file_format: Format = DocumentFormat.CSV,
    out: Folder = Path("statements"),
) -> None:
    """Pulls statements as files, each whole and checked against its digest.

    A final statement is the same file whenever it is pulled. With --all only what is not there yet comes.
    """
    if bool(statement_ids) == everything:
        raise typer.BadParameter("name statements, or say --all", param_hint="STATEMENT")
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        stub = stub_of(channel)
        wanted, there = list(statement_ids or []), 0
        if everything:
            answer = await listed(stub, party, period)
            wanted, there = _not_there_yet(answer.statements, file_format, out)
        with octets_progress(not invocation.output.as_json) as progress:
            pulled = [await pull_document(stub, each, file_format, out, progress) for each in wanted]
    _tell_pulled(invocation, pulled, there)


async def records(
    invocation: Invocation,
    statement_id: StatementId,
    line: Annotated[int, typer.Option(min=0, help="Only the records of that line. 0: of all.")] = 0,
    out: Annotated[Path | None, typer.Option(help="CSV file to write them to.")] = None,
) -> None:
    """The single records behind a statement. With --json one line each.

    Subscribers and accounts are opaque ids.
    """
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        stub = stub_of(channel)
        if out is None:
            await _show_records(invocation.output, stub, statement_id, line)
        else:
            await _write_records(invocation.output, stub, statement_id, line, out)


async def _show_records(output: Output, stub: Any, statement_id: str, line: int) -> None:
    rows: list[tuple[str, ...]] = []

    def take(record: api.UsageRecord) -> None:
        output.json_line(record)
        if len(rows) < _SHOWN_RECORDS:
            rows.append(record_row(record))

    count = await each_record(stub, statement_id, line, take, shown=False)
    output.table("", RECORD_COLUMNS, rows)
    more = f"; the first {_SHOWN_RECORDS} are shown, --out writes all" if count > len(rows) else ""
    output.line(f"{count:,} records{more}")


async def _write_records(output: Output, stub: Any, statement_id: str, line: int, out: Path) -> None:
    with RecordsCsv(out) as file:
        count = await each_record(stub, statement_id, line, file.write, shown=not output.as_json)
    output.document({"file": str(out), "records": count})
    output.line(f"{count:,} records in {out}")


async def estimate(
    invocation: Invocation,
    party: Party = "",
    period: Annotated[str, typer.Option(help="Default: the running periods.")] = "",
    file_format: Annotated[
        DocumentFormat | None, typer.Option("--format", help="Write it as a file of that kind, too.")
    ] = None,
    out: Folder = Path("statements"),
) -> None:
    """Shows what the running period has brought so far. It is marked as an estimate, and pays nothing."""
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        stub = stub_of(channel)
        request = api.GetEstimateRequest(party_code=party, period=period)
        answer = await stub.GetEstimate(request, timeout=CALL_SECONDS)
        pulled = []
        if file_format is not None:
            with octets_progress(not invocation.output.as_json) as progress:
                for each in answer.estimates:
                    estimate_id = f"{each.header.party.code}/{each.header.period}/estimate"
                    pulled.append(await pull_document(stub, estimate_id, file_format, out, progress))
    invocation.output.document(answer)
    for each in answer.estimates:
        show_statement(invocation.output, each)
    for file in pulled:
        invocation.output.line(f"{file.path} ({file.octets:,} octets)")
    if not answer.estimates:
        invocation.output.line("nothing is running for that partner")


def stub_of(channel: grpc.aio.Channel) -> Any:
    """Calls the report service."""
    return report_api_pb2_grpc.PartnerReportServiceStub(channel)


async def listed(stub: Any, party: str, period: str) -> api.ListStatementsResponse:
    """Headers and totals."""
    request = api.ListStatementsRequest(party_code=party, period=period)
    answer: api.ListStatementsResponse = await stub.ListStatements(request, timeout=CALL_SECONDS)
    return answer


async def each_record(
    stub: Any, statement_id: str, line: int, take: Callable[[api.UsageRecord], None], *, shown: bool
) -> int:
    """Hands over every record behind a statement as it comes; returns how many there were."""
    count = 0
    request = api.StreamUsageRecordsRequest(statement_id=statement_id, line_number=line)
    with records_progress(shown, "records") as progress:
        async for piece in stub.StreamUsageRecords(request, timeout=STREAM_SECONDS):
            for record in piece.records:
                take(record)
            count += len(piece.records)
            progress(len(piece.records))
    return count


def _not_there_yet(
    statements: Sequence[api.StatementSummary], file_format: DocumentFormat, folder: Path
) -> tuple[list[str], int]:
    """Final statements whose file is not in the folder, and how many are."""
    final = [each.header for each in statements if each.header.state == statement_pb2.STATEMENT_STATE_FINAL]
    missing = [header.statement_id for header in final if not (folder / _name(header, file_format)).is_file()]
    return missing, len(final) - len(missing)


def _name(header: statement_pb2.StatementHeader, file_format: DocumentFormat) -> str:
    return document_name(
        header.party.code,
        header.period,
        header.revision,
        header.sequence_number,
        StatementState.FINAL,
        file_format,
    )


def _tell_pulled(invocation: Invocation, pulled: Sequence[Pulled], there: int) -> None:
    files = [
        {
            "statement_id": each.statement_id,
            "file": str(each.path),
            "size_bytes": each.octets,
            "sha256": each.sha256,
        }
        for each in pulled
    ]
    invocation.output.document({"files": files, "already_there": there})
    for each in pulled:
        invocation.output.line(f"{each.path} ({each.octets:,} octets, SHA-256 {each.sha256})")
    if there or not pulled:
        invocation.output.line(f"{there} were there already")
