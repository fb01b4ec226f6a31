"""The PDF: figures that can be found in it, marks, many pages, and the same bytes each time."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from tidemark.partner_settlement.v1 import statement_pb2

from services.partner_settlement.adapters.documents.pdf import figures
from services.partner_settlement.adapters.documents.pdf.cells import wrapped
from services.partner_settlement.adapters.documents.pdf.document import render_pdf
from services.partner_settlement.adapters.documents.pdf.fonts import REGULAR, fit, register_fonts
from tests.support.statement_files import last_pdf_page, pdf_pages
from tests.support.statement_samples import full_statement, long_statement
from tests.support.statement_strategies import statements
from tests.support.statements import CENT, party, share_line, statement


def text_of(made: statement_pb2.Statement) -> str:
    return " ".join(" ".join(pdf_pages(render_pdf(made))).split())


def test_everything_that_a_finance_department_looks_for_is_there() -> None:
    made = full_statement()
    text = text_of(made)
    for total in made.totals:
        assert figures.minor(total.payable_minor, total.currency_code) in text
        assert figures.minor(total.net_minor, total.currency_code) in text
    for expected in (
        "FINAL",
        "No. 000007",
        "Period 2026-11 (2026-11-01 to 2026-11-30)",
        "Melody Musikdienste GmbH & Co. KG",
        "Währinger Straße 12/4",
        "Österreich",
        "ATU12345678",
        "Tidemark Mobile AG",
        "largest-remainder/1",
        made.header.record_set_sha256.hex(),
        made.footer.content_sha256.hex(),
        "for 2026-10, refers to melody/2026-10/1 line 3",
        "Revenue by product",
        "12,345.67891234",
        "3,086.41972808",
        "Held back for lines in dispute",
        "342 h 56 min 07 s",
    ):
        assert expected in text, expected


def test_every_line_stands_there_once_and_pages_are_counted() -> None:
    pages = pdf_pages(render_pdf(long_statement(120)))
    assert [f"Page {number} of {len(pages)}" in page for number, page in enumerate(pages, 1)] == [True] * len(
        pages
    )
    text = "\n".join(pages)
    names = [f"offering-{number % 23} · price-{number % 7}-" for number in range(120)]
    assert all(text.count(name) == names.count(name) for name in {*names})
    details = [page for page in pages if "Exact share" in page]
    assert len(details) >= 5
    assert all("Remainder" in page and "Net" in page for page in details)


def test_a_thousand_lines_take_many_pages_and_still_sum_up() -> None:
    made = long_statement(1_000)
    pages, last = last_pdf_page(render_pdf(made))
    assert pages > 40
    assert f"Page {pages} of {pages}" in last
    assert "1,000 lines together" in last
    assert figures.minor(made.totals[0].net_minor, "EUR") in last


@pytest.mark.parametrize(
    ("state", "mark", "sentence"),
    [
        (statement_pb2.STATEMENT_STATE_ESTIMATE, "ESTIMATE", "A running estimate"),
        (statement_pb2.STATEMENT_STATE_DRAFT, "DRAFT", "not yet closed"),
        (statement_pb2.STATEMENT_STATE_PARKED, "PARKED", "a person must look at it"),
        (statement_pb2.STATEMENT_STATE_SUPERSEDED, "SUPERSEDED", "Replaced by a later revision"),
    ],
)
def test_what_is_not_final_is_marked_on_every_page(
    state: statement_pb2.StatementState.ValueType, mark: str, sentence: str
) -> None:
    pages = pdf_pages(render_pdf(full_statement(state=state)))
    assert all(mark in page for page in pages)
    assert sentence in pages[0]
    assert not any("PAYABLE TO YOU" in page or "signature" in page for page in pages)


def test_a_final_statement_has_no_mark_and_lines_to_sign_on() -> None:
    text = text_of(full_statement())
    assert "PAYABLE TO YOU" in text
    assert "Date, signature" in text
    assert not any(mark in text for mark in ("ESTIMATE", "DRAFT", "PARKED", "SUPERSEDED"))


def test_an_empty_statement_is_one_page_that_says_so() -> None:
    (page,) = pdf_pages(render_pdf(statement([])))
    assert "Nothing was settled in this period" in page
    assert "Page 1 of 1" in page


def test_what_a_party_owes_is_said_to_be_owed() -> None:
    text = text_of(statement([share_line(-50_000 * CENT)]))
    assert "TO BE PAID BY YOU 150.00 EUR" in text
    assert f"{figures.MINUS}150.00" in text


@pytest.mark.parametrize(
    ("code", "shown"), [("EUR", "12,345.67"), ("JPY", "1,234,567"), ("KWD", "1,234.567")]
)
def test_amounts_have_the_digits_of_their_currency(code: str, shown: str) -> None:
    line = share_line(0, currency_code=code, share_minor=1_234_567, net_minor=1_234_567, partner_tax_minor=0)
    assert f"PAYABLE TO YOU {shown} {code}" in text_of(statement([line]))


def test_names_are_text_and_never_markup() -> None:
    name = '<img src="file:///etc/passwd"/> & <b>Söhne</b> €'
    made = statement(
        [share_line(CENT, offering_code=name, rate=name, text=name)],
        party=party(name=name),
        operator_name=f"{name}\nHafenstraße 1\nATU9",
        parked_reason=name,
    )
    text = text_of(made)
    assert name in text
    assert "Hafenstraße 1" in text


def test_texts_and_amounts_of_any_length_find_room() -> None:
    long = "a name without an end " * 500
    lines = [
        share_line(
            7 * 10**15,
            currency_code=code,
            offering_code="x" * 5_000,
            application=long,
            rate=long,
            text=long,
            agreement_reference=long,
        )
        for code in ("EUR", "USD", "JPY", "KWD", "CHF")
    ]
    made = statement(
        lines,
        party=party(name=long, address_lines=[long] * 50, tax_number="9" * 500),
        operator_name="\n".join([long] * 50),
        parked_reason=long,
        run_id="r" * 500,
    )
    text = text_of(made)
    assert all(figures.minor(total.payable_minor, total.currency_code) in text for total in made.totals)


def test_letters_that_the_font_lacks_are_shown_by_their_base() -> None:
    register_fonts()
    assert fit("Łódź, Kraków: €") == "Łódz, Kraków: €"
    assert fit("東京 \u202f→\u200b") == "?? \u00a0->"


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [("1234567/890", "13.87153932…"), ("5/2", "0.025"), ("-300", "\u22123.00"), ("1/0", "1/0"), ("", "")],
)
def test_exact_shares_are_shown_as_far_as_it_is_of_use(fraction: str, shown: str) -> None:
    assert figures.exact_share(fraction, "EUR") == shown


@pytest.mark.parametrize("width", [20.0, 33.0, 80.0])
def test_wrapped_rows_are_no_wider_than_asked_and_lose_nothing(width: float) -> None:
    register_fonts()
    text = "a-very-long-word-without-a-blank and some short ones"
    rows = list(wrapped(text, REGULAR, 6, width))
    assert "".join(rows).replace(" ", "") == text.replace(" ", "")
    assert len(rows) > 1


def test_bytes_are_the_same_in_threads_and_in_another_process() -> None:
    expected = hashlib.sha256(render_pdf(full_statement())).hexdigest()
    with ThreadPoolExecutor(max_workers=4) as pool:
        together = list(pool.map(lambda _: render_pdf(full_statement()), range(6)))
    assert {hashlib.sha256(document).hexdigest() for document in together} == {expected}
    program = (
        "import hashlib; from tests.support.statement_samples import full_statement; "
        "from services.partner_settlement.adapters.documents.pdf.document import render_pdf; "
        "print(hashlib.sha256(render_pdf(full_statement())).hexdigest())"
    )
    for seed in ("1", "2"):
        ran = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path), "TZ": "Asia/Tokyo"},
        )
        assert ran.stdout.strip() == expected


@given(made=statements(6))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_statement_can_be_written_and_its_totals_found(made: statement_pb2.Statement) -> None:
    document = render_pdf(made)
    assert document == render_pdf(statement_pb2.Statement.FromString(made.SerializeToString()))
    text = " ".join(" ".join(pdf_pages(document)).split())
    for total in made.totals:
        assert figures.minor(total.net_minor, total.currency_code) in text
