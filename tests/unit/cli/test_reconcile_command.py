"""`tidemark reconcile`: a partner's file beside our records, down to the line at fault."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from tidemark.partner_settlement.v1 import report_api_pb2 as api
from tidemark.partner_settlement.v1 import statement_pb2

from services.partner_settlement.adapters.report_messages import usage_record_messages
from services.partner_settlement.application.report_ports import CountedRecord
from tests.support.fake_services import FakeServices
from tests.support.partner_reports import settled_record
from tests.support.statements import party, statement
from tests.unit.cli.conftest import Tidemark

MINE = "melody/2026-11/1"
HEADER = "record_id,amount,currency,quantity,product"


@pytest.fixture
def book(services: FakeServices) -> FakeServices:
    """Records c-1 to c-3 of 0.01, 0.02 and 0.03 EUR behind one final statement."""
    serve(services, statement([]))
    counted = [
        CountedRecord(settled_record(number, number * 1_000_000), 1, "2026-11") for number in (1, 2, 3)
    ]
    pieces = [api.StreamUsageRecordsResponse(records=usage_record_messages([each])) for each in counted]
    services.answer("StreamUsageRecords", pieces)
    return services


def serve(services: FakeServices, *statements: statement_pb2.Statement) -> None:
    summaries = [api.StatementSummary(header=each.header, totals=each.totals) for each in statements]
    services.answer("ListStatements", api.ListStatementsResponse(statements=summaries))


def written(tmp_path: Path, *lines: str, encoding: str = "utf-8") -> str:
    path = tmp_path / "partner.csv"
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return str(path)


def found(tidemark: Tidemark, file: str, *more: str) -> dict[str, Any]:
    result = tidemark("reconcile", file, "--party", "melody", "--period", "2026-11", "--json", *more)
    assert result.exit_code in (0, 1), result.stderr
    document: dict[str, Any] = json.loads(result.stdout)
    assert document["agrees"] == (result.exit_code == 0)
    return document


def test_what_agrees_is_said_to_agree(tidemark: Tidemark, book: FakeServices, tmp_path: Path) -> None:
    file = written(tmp_path, HEADER, "c-3,0.03,EUR,1003,x", "c-1,0.010,eur,1001,x", "", "c-2,0.02,EUR,,")
    result = tidemark("reconcile", file, "--party", "melody", "--period", "2026-11")
    assert result.exit_code == 0, result.stderr
    assert "3 records agree" in result.stdout
    assert book.requests[0] == api.ListStatementsRequest(party_code="melody", period="2026-11")
    assert book.requests[1] == api.StreamUsageRecordsRequest(statement_id=MINE)


def test_every_kind_of_difference_is_named_down_to_the_line(
    tidemark: Tidemark, book: FakeServices, tmp_path: Path
) -> None:
    file = written(
        tmp_path,
        HEADER,
        "c-1,0.05,EUR,1001,music",
        "c-2,0.02,EUR,7,music",
        "c-2,0.02,EUR,7,music",
        "x-9,1.00,EUR,1,=film",
        "c-4,zero,EUR,1,music",
        "c-5,1.00",
    )
    out = tmp_path / "differences.csv"
    result = tidemark("reconcile", file, "--party", "melody", "--period", "2026-11", "--out", str(out))
    assert result.exit_code == 1
    assert "1 missing with us, 1 missing with them, 1 amount differs" in result.stderr
    assert "music-bundle/music-data" in result.stdout
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [(row["difference"], row["record_id"], row["their_lines"]) for row in rows] == [
        ("unreadable", "", "6"),
        ("unreadable", "", "7"),
        ("amount-differs", "c-1", "2"),
        ("quantity-differs", "c-2", "3"),
        ("duplicate-with-them", "c-2", "3 4"),
        ("missing-with-them", "c-3", ""),
        ("missing-with-us", "x-9", "5"),
    ]
    assert rows[2]["our_amount"], rows[2]["their_amount"] == ("0.01", "0.05")
    assert rows[-1]["product"] == "'=film"
    document = found(tidemark, file, "--limit", "2")
    assert document["totals"] == [
        {
            "currency_code": "EUR",
            "equal": False,
            "ours": {"records": 3, "amount": "0.06", "amount_minor_micros": "6000000"},
            "theirs": {"records": 4, "amount": "1.09", "amount_minor_micros": "109000000"},
        }
    ]
    assert len(document["differences"]) == 2


@pytest.mark.parametrize(
    ("lines", "more"),
    [
        ((HEADER.replace(",", ";"), "c-1;0.01;EUR;1001;", "c-2;0.02;EUR;;", "c-3;0.03;EUR;;"), ()),
        (("their_id\tBetrag", "c-1\t0,01", "c-2\t0,02", "c-3\t0,03"),
         ("--column", "record_id=their_id,amount=betrag", "--currency", "EUR", "--decimal-comma")),
        (("\ufeffCharge ID,Gross Amount,CCY", '"c-1",0.01,EUR', "c-2,0.02,EUR", "c-3,0.03,EUR"), ()),
    ],
)  # fmt: skip
def test_files_are_written_in_many_ways(
    tidemark: Tidemark, book: FakeServices, tmp_path: Path, lines: tuple[str, ...], more: tuple[str, ...]
) -> None:
    assert found(tidemark, written(tmp_path, *lines), *more)["matched"] == 3


def test_net_amounts_and_rounded_amounts_can_be_compared(
    tidemark: Tidemark, book: FakeServices, tmp_path: Path
) -> None:
    file = written(tmp_path, "id,value,currency", "c-1,0.01,EUR", "c-2,0.02,EUR", "c-3,0.03,EUR")
    assert found(tidemark, file, "--amount", "net-of-tax")["counts"]["amount-differs"] == 3
    assert found(tidemark, file, "--amount", "net-of-tax", "--tolerance", "0.005")["agrees"]


def test_bytes_that_are_no_text_are_told_of_their_row(
    tidemark: Tidemark, book: FakeServices, tmp_path: Path
) -> None:
    lines = (HEADER, "c-1,0.01,EUR,,Müsli", "c-2,0.02,EUR,,", "c-3,0.03,EUR,,")
    file = written(tmp_path, *lines, encoding="latin-1")
    assert found(tidemark, file)["differences"][0]["why"] == "not utf-8-sig; say --encoding"
    assert found(tidemark, file, "--encoding", "latin-1")["agrees"]


def test_the_newest_statement_that_stands_is_compared(
    tidemark: Tidemark, book: FakeServices, tmp_path: Path
) -> None:
    superseded = statement([], state=statement_pb2.STATEMENT_STATE_SUPERSEDED)
    second = statement([], statement_id="melody/2026-11/2", revision=2)
    serve(book, superseded, second)
    file = written(tmp_path, HEADER)
    assert found(tidemark, file)["statement_id"] == "melody/2026-11/2"
    serve(book, superseded)
    gone = tidemark("reconcile", file, "--party", "melody", "--period", "2026-11")
    assert (gone.exit_code, "tidemark statements list" in gone.stderr) == (1, True)
    serve(book, second, statement([], party=party("vista"), statement_id="vista/2026-11/1"))
    many = tidemark("reconcile", file, "--period", "2026-11")
    assert "melody, vista" in many.stderr


def test_what_cannot_be_compared_is_told_in_a_line(
    tidemark: Tidemark, book: FakeServices, tmp_path: Path
) -> None:
    where = ("--statement", MINE)
    odd = written(tmp_path, "a,b", "1,2")
    assert "there are: a, b" in tidemark("reconcile", odd, *where).stderr
    assert "no column 'c'" in tidemark("reconcile", odd, *where, "--column", "record_id=c").stderr
    assert "no encoding" in tidemark("reconcile", odd, *where, "--encoding", "klingon").stderr
    assert tidemark("reconcile", odd, *where, "--column", "colour=a").exit_code == 2
    assert tidemark("reconcile", odd, *where, "--tolerance", "-1").exit_code == 2
    assert tidemark("reconcile", odd, *where, "--currency", "XYZ").exit_code == 2
    assert tidemark("reconcile", odd).exit_code == 2
    missing = tidemark("reconcile", str(tmp_path / "nothing.csv"), *where)
    assert (missing.exit_code, "nothing.csv" in missing.stderr) == (1, True)
    comma = written(tmp_path, HEADER, 'c-1,"0,01",EUR,,', "c-2,0.02,EUR,1.5,")
    whys = [each["why"] for each in found(tidemark, comma)["differences"][:2]]
    assert "say --decimal-comma" in whys[0]
    assert "not a whole number" in whys[1]
