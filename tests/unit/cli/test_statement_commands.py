"""`tidemark statements`: what is listed and shown, and files that are whole or not there."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import pytest
from tidemark.partner_settlement.v1 import report_api_pb2 as api
from tidemark.partner_settlement.v1 import statement_pb2

from services.partner_settlement.adapters.report_messages import usage_record_messages
from services.partner_settlement.application.report_ports import CountedRecord
from tests.support.fake_services import FakeServices
from tests.support.partner_reports import settled_record
from tests.support.statement_samples import full_statement
from tests.support.statements import statement
from tests.unit.cli.conftest import Tidemark

MINE = "melody/2026-11/1"
NAME = "melody_2026-11_r1_n000007.csv"


def summary(made: statement_pb2.Statement) -> api.StatementSummary:
    return api.StatementSummary(header=made.header, totals=made.totals, line_count=len(made.lines))


def document(content: bytes, name: str = NAME, digest: bytes | None = None) -> list[api.PullDocumentResponse]:
    description = api.DocumentDescription(
        file_name=name, size_bytes=len(content), sha256=digest or hashlib.sha256(content).digest()
    )
    chunks = [content[first : first + 1_000] for first in range(0, len(content), 1_000)]
    return [
        api.PullDocumentResponse(description=description),
        *(api.PullDocumentResponse(chunk=chunk) for chunk in chunks),
    ]


def test_statements_are_listed_with_what_is_payable(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("ListStatements", api.ListStatementsResponse(statements=[summary(full_statement())]))
    listed = tidemark("statements", "list", "--party", "melody", "--period", "2026-11")
    assert MINE in listed.stdout
    assert "4,685.22 EUR" in listed.stdout
    assert services.requests[-1] == api.ListStatementsRequest(party_code="melody", period="2026-11")
    document = json.loads(tidemark("statements", "list", "--json").stdout)
    assert document["statements"][0]["header"]["sequence_number"] == "7"


def test_a_statement_is_shown_whole(tidemark: Tidemark, services: FakeServices) -> None:
    made = full_statement()
    parts = [
        api.StreamStatementResponse(summary=summary(made)),
        *(api.StreamStatementResponse(line=line) for line in made.lines),
        api.StreamStatementResponse(footer=made.footer),
    ]
    services.answer("StreamStatement", parts)
    shown = tidemark("statements", "show", MINE)
    assert shown.exit_code == 0
    assert "melody/2026-11/1: final" in shown.stdout
    assert "melody/2026-10/1" in shown.stdout
    assert "12,345.68" in shown.stdout
    assert len(json.loads(tidemark("statements", "show", MINE, "--json").stdout)["lines"]) == 15
    services.answer("StreamStatement", [*parts[:-3], parts[-1]])
    assert "did not come whole" in tidemark("statements", "show", MINE).stderr


def test_a_document_is_pulled_and_checked(tidemark: Tidemark, services: FakeServices, tmp_path: Path) -> None:
    content = b"record_type\r\n" * 500
    services.answer("PullDocument", document(content))
    done = tidemark("statements", "pull", MINE, "--out", str(tmp_path / "inbox"), "--json")
    assert done.exit_code == 0, done.stderr
    (file,) = json.loads(done.stdout)["files"]
    assert (tmp_path / "inbox" / NAME).read_bytes() == content
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    assert services.requests[-1].format == api.DOCUMENT_FORMAT_CSV
    assert [path.name for path in (tmp_path / "inbox").iterdir()] == [NAME]


@pytest.mark.parametrize("broken", ["digest", "size", "nothing"])
def test_what_is_damaged_leaves_the_file_that_was_there(
    tidemark: Tidemark, services: FakeServices, tmp_path: Path, broken: str
) -> None:
    (tmp_path / NAME).write_bytes(b"as it was")
    answers = document(b"x" * 5_000, digest=b"d" * 32 if broken == "digest" else None)
    services.answer("PullDocument", {"digest": answers, "size": answers[:-1], "nothing": []}[broken])
    done = tidemark("statements", "pull", MINE, "--out", str(tmp_path))
    assert done.exit_code == 1
    assert MINE in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert (tmp_path / NAME).read_bytes() == b"as it was"


@pytest.mark.parametrize("name", ["../outside.csv", "/etc/passwd", "", ".hidden", "a/b.csv"])
def test_a_file_stays_in_its_folder(
    tidemark: Tidemark, services: FakeServices, tmp_path: Path, name: str
) -> None:
    services.answer("PullDocument", document(b"x", name))
    done = tidemark("statements", "pull", MINE, "--out", str(tmp_path / "inbox"))
    assert done.exit_code == 1
    assert "no name for one" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_all_pulls_final_statements_that_are_not_there_yet(
    tidemark: Tidemark, services: FakeServices, tmp_path: Path
) -> None:
    older = statement([], statement_id="melody/2026-10/1", period="2026-10", sequence_number=6)
    draft = statement([], state=statement_pb2.STATEMENT_STATE_DRAFT, period="2026-12", sequence_number=0)
    answer = api.ListStatementsResponse(
        statements=[summary(each) for each in (older, full_statement(), draft)]
    )
    services.answer("ListStatements", answer)
    services.answer("PullDocument", document(b"x"))
    (tmp_path / "melody_2026-10_r1_n000006.csv").write_text("there")
    done = tidemark("statements", "pull", "--all", "--party", "melody", "--out", str(tmp_path))
    assert "1 were there already" in done.stdout
    assert [request.statement_id for request in services.requests if hasattr(request, "format")] == [MINE]
    again = json.loads(tidemark("statements", "pull", "--all", "--out", str(tmp_path), "--json").stdout)
    assert again == {"files": [], "already_there": 2}


def test_what_to_pull_must_be_said(tidemark: Tidemark) -> None:
    assert tidemark("statements", "pull").exit_code == 2
    assert tidemark("statements", "pull", MINE, "--all").exit_code == 2


def test_records_are_shown_and_written(tidemark: Tidemark, services: FakeServices, tmp_path: Path) -> None:
    counted = [
        CountedRecord(settled_record(1), 1, "2026-11"),
        CountedRecord(settled_record(2, -1_234_567, kind="refund", offering_code="=cmd"), 2, "2026-11"),
    ]
    pieces = [api.StreamUsageRecordsResponse(records=usage_record_messages([each])) for each in counted]
    services.answer("StreamUsageRecords", pieces)
    shown = tidemark("statements", "records", MINE, "--line", "2")
    assert services.requests[-1] == api.StreamUsageRecordsRequest(statement_id=MINE, line_number=2)
    assert "2 records" in shown.stdout
    lines = tidemark("statements", "records", MINE, "--json").stdout.splitlines()
    assert [json.loads(line)["record_id"] for line in lines] == ["c-1", "c-2"]
    out = tmp_path / "records.csv"
    assert "2 records in" in tidemark("statements", "records", MINE, "--out", str(out)).stdout
    first, second = csv.DictReader(out.read_text().splitlines())
    assert (first["record_id"], first["amount"], first["quantity"]) == ("c-1", "0.01", "1001")
    assert (second["kind"], second["amount"]) == ("refund", "-0.01234567")
    assert second["offering_code"] == "'=cmd"


def test_an_estimate_is_shown_as_one_and_written_on_request(
    tidemark: Tidemark, services: FakeServices, tmp_path: Path
) -> None:
    made = full_statement(state=statement_pb2.STATEMENT_STATE_ESTIMATE, sequence_number=0)
    services.answer("GetEstimate", api.GetEstimateResponse(estimates=[made]))
    services.answer("PullDocument", document(b"%PDF", "melody_2026-11_estimate.pdf"))
    shown = tidemark("statements", "estimate", "--party", "melody")
    assert ": estimate, " in shown.stdout
    tidemark("statements", "estimate", "--party", "melody", "--format", "pdf", "--out", str(tmp_path))
    assert services.requests[-1].statement_id == "melody/2026-11/estimate"
    assert (tmp_path / "melody_2026-11_estimate.pdf").read_bytes() == b"%PDF"
    services.answer("GetEstimate", api.GetEstimateResponse())
    assert "nothing is running" in tidemark("statements", "estimate").stdout
