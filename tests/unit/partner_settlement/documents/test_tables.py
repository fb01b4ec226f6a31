"""CSV and Parquet: exact, complete, the same in both, and nothing in them is a formula."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from tidemark.partner_settlement.v1 import statement_pb2

from services.common.kernel.money import MICROS_PER_MINOR_UNIT, Money, currency
from services.common.runtime.columns import AMOUNT, BOOLEAN, TEXT, Kind
from services.partner_settlement import domain
from services.partner_settlement.adapters.documents.columns import (
    COLUMNS,
    LINE_COLUMNS,
    NAMES,
    columns_as_markdown,
)
from services.partner_settlement.adapters.documents.csv_document import render_csv
from services.partner_settlement.adapters.documents.parquet_document import render_parquet
from services.partner_settlement.domain.spreadsheets import guarded, unguarded
from tests.support.statement_files import csv_rows, parquet_metadata, parquet_rows
from tests.support.statement_samples import full_statement, opening_line
from tests.support.statement_strategies import statements, texts
from tests.support.statements import CENT, share_line, statement

SUMS = ("share", "partner_tax", "withholding", "net")


def major(minor: int, currency_code: str) -> Decimal:
    return Money(minor * MICROS_PER_MINOR_UNIT, currency(currency_code)).to_decimal()


@given(made=statements())
@settings(max_examples=60, deadline=None)
def test_lines_read_back_sum_to_the_totals_in_both_units(made: statement_pb2.Statement) -> None:
    document = render_csv(made)
    lines = csv_rows(document, "line")
    assert len(lines) == len(made.lines)
    for total in made.totals:
        mine = [row for row in lines if row["currency_code"] == total.currency_code]
        for name in SUMS:
            counted = [row for row in mine if name != "share" or row["line_kind"] != "borne"]
            expected = getattr(total, f"{name}_minor")
            assert sum(int(row[f"{name}_minor"]) for row in counted) == expected
            assert sum(Decimal(row[name]) for row in counted) == major(expected, total.currency_code)


@given(made=statements())
@settings(max_examples=60, deadline=None)
def test_footers_count_and_sum_what_stands_above_them(made: statement_pb2.Statement) -> None:
    rows = csv_rows(render_csv(made))
    *by_currency, last = [row for row in rows if row["record_type"] == "footer"]
    assert rows[0]["record_type"] == "header"
    assert rows[-1] is last
    assert (last["line_count"], last["currency_code"]) == (str(len(made.lines)), "")
    assert last["content_sha256"] == made.footer.content_sha256.hex()
    totals = [row for row in rows if row["record_type"] == "total"]
    names = ["currency_code", "line_count", *SUMS, *(f"{name}_minor" for name in SUMS)]
    assert [[row[name] for name in names] for row in by_currency] == [
        [row[name] for name in names] for row in totals
    ]


@given(made=statements())
@settings(max_examples=40, deadline=None)
def test_parquet_says_what_csv_says(made: statement_pb2.Statement) -> None:
    lines = csv_rows(render_csv(made), "line")
    document = render_parquet(made)
    found = parquet_rows(document)
    assert len(found) == len(lines)
    for line, row in zip(lines, found, strict=True):
        for column in LINE_COLUMNS:
            assert in_csv(row[column.name], column.kind) == unread(line[column.name], column.kind)
    around = json.loads(parquet_metadata(document)["tidemark.statement"])
    assert around["header"]["statement_id"] == made.header.statement_id
    assert [total["payable_minor"] for total in around["totals"]] == [
        total.payable_minor for total in made.totals
    ]
    assert around["footers"][-1]["line_count"] == len(made.lines)


def in_csv(value: object, kind: Kind) -> str:
    if value is None:
        return ""
    if kind is AMOUNT:
        assert isinstance(value, Decimal)
        return str(value.normalize() + 0)
    return str(value).lower() if kind is BOOLEAN else str(value)


def unread(field: str, kind: Kind) -> str:
    if kind is AMOUNT and field:
        return str(Decimal(field).normalize() + 0)
    return unguarded(field) if kind is TEXT else field


@given(made=statements(4))
@settings(max_examples=20, deadline=None)
def test_the_same_statement_gives_the_same_bytes(made: statement_pb2.Statement) -> None:
    again = statement_pb2.Statement.FromString(made.SerializeToString())
    assert render_csv(made) == render_csv(again)
    assert render_parquet(made) == render_parquet(again)


@given(text=texts)
def test_no_text_is_taken_for_a_formula_and_each_can_be_read_back(text: str) -> None:
    made = guarded(text)
    assert unguarded(made) == text
    if made != text or not text:
        return
    assert text.lstrip()[:1] not in set("=@\uff1d\uff0b\uff0d\uff20'")
    assert text[0] not in "\t\r\n"
    if text.lstrip().startswith(("+", "-")):
        assert float(text.removesuffix("…")) <= 0


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-2+3", "@SUM(A1)", " =1", "\t=1", "'=1", "\uff1d1"])
def test_what_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    (row,) = csv_rows(render_csv(statement([share_line(CENT, offering_code=text)])), "line")
    assert row["offering_code"] == f"'{text}"


def test_a_negative_number_stays_a_number() -> None:
    line = share_line(-7 * CENT, remainder_minor="-0.333333…")
    (row,) = csv_rows(render_csv(statement([line])), "line")
    assert (row["gross"], row["gross_minor_micros"]) == ("-0.07", "-7000000")
    assert row["remainder_minor"] == "-0.333333…"
    assert row["exact_share_minor"].startswith("'-")


@pytest.mark.parametrize(("code", "shown"), [("EUR", "12.34"), ("JPY", "1234"), ("KWD", "1.234")])
def test_amounts_have_the_digits_of_their_currency(code: str, shown: str) -> None:
    line = share_line(0, currency_code=code, share_minor=1_234, net_minor=1_234, partner_tax_minor=0)
    (row,) = csv_rows(render_csv(statement([line])), "line")
    assert (row["net"], row["net_minor"]) == (shown, "1234")


def test_rows_are_complete_and_lie_in_one_table() -> None:
    document = render_csv(full_statement())
    assert document.count(b"\r\n") == document.count(b"\n")
    table = list(csv.reader(io.StringIO(document.decode(), newline=""), strict=True))
    assert tuple(table[0]) == NAMES
    assert {len(row) for row in table} == {len(NAMES)}
    rows = csv_rows(document)
    assert [row["record_type"] for row in rows] == ["header", *["line"] * 15, *["total"] * 2, *["footer"] * 3]
    assert {row["state"] for row in rows} == {"final"}


def test_a_column_is_filled_for_the_rows_that_its_documentation_names() -> None:
    made = full_statement(parked_reason="a reason", early=True)
    extra = share_line(CENT, slice="s", application="a", sponsor="x", withholding_percent=5, text="t")
    made.lines.add().CopyFrom(extra)
    made.lines[-1].number = 16
    letters = {"header": "h", "line": "l", "total": "t", "footer": "f"}
    filled: dict[str, set[str]] = {name: set() for name in NAMES}
    for row in csv_rows(render_csv(made)):
        for name, value in row.items():
            if value:
                filled[name].add(letters[row["record_type"]])
    assert filled == {column.name: set(column.of) for column in COLUMNS}


def test_an_empty_statement_is_still_a_statement() -> None:
    made = statement([])
    assert [row["record_type"] for row in csv_rows(render_csv(made))] == ["header", "footer"]
    assert parquet_rows(render_parquet(made)) == []
    assert "melody/2026-11/1" in parquet_metadata(render_parquet(made))["tidemark.statement"]


def test_instants_are_utc_and_lines_without_a_chain_have_none() -> None:
    line = opening_line(statement_pb2.LINE_KIND_CARRIED_FORWARD, 5, "balance not paid out")
    header, row = csv_rows(render_csv(statement([line])))[:2]
    assert header["period_until"] == "2026-11-30T23:00:00.000000Z"
    assert (row["text"], row["offering_code"], row["exact_share_minor"]) == ("balance not paid out", "", "")
    assert statement([]).header.closed_at.ToDatetime(UTC).year == 2026


def test_the_documentation_lists_the_columns_as_they_are() -> None:
    handbook = Path(domain.__file__).parents[3] / "docs" / "statements.md"
    assert columns_as_markdown() in handbook.read_text(encoding="utf-8")
