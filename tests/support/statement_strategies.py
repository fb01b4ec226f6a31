"""Statements of any shape, for Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st
from tidemark.partner_settlement.v1 import agreement_pb2, statement_pb2

from tests.support.statements import party, share_line, statement

CURRENCIES = ("EUR", "JPY", "KWD", "USD")
LINE_KINDS = tuple(value for value in statement_pb2.LineKind.values() if value)
RECORD_KINDS = tuple(agreement_pb2.RecordKind.values())

texts = st.text(
    st.characters(codec="utf-8") | st.sampled_from("=+-@'\"\t\r\n,;€ü|%\x00"),
    max_size=12,
)


@st.composite
def lines(draw: st.DrawFn) -> statement_pb2.StatementLine:
    """A line; texts of all sorts, also such as nobody should use."""
    return share_line(
        draw(st.integers(-(10**15), 10**15)),
        draw(st.integers(0, 100)),
        kind=draw(st.sampled_from(LINE_KINDS)),
        record_kind=draw(st.sampled_from(RECORD_KINDS)),
        currency_code=draw(st.sampled_from(CURRENCIES)),
        agreement_reference=draw(texts),
        offering_code=draw(texts),
        application=draw(texts),
        rate=draw(texts),
        text=draw(texts),
        unit=draw(st.sampled_from(("octets", "seconds", "kilometres", ""))),
        quantity=draw(st.integers(-(2**53), 2**53)),
        records=draw(st.integers(0, 2**40)),
        withholding_percent=draw(st.sampled_from((0, 5))),
    )


@st.composite
def statements(draw: st.DrawFn, most_lines: int = 12) -> statement_pb2.Statement:
    """A statement of up to some lines, in any state."""
    return statement(
        draw(st.lists(lines(), max_size=most_lines)),
        party=party(name=draw(texts), address_lines=draw(st.lists(texts, max_size=3))),
        operator_name=draw(texts),
        parked_reason=draw(texts),
        state=draw(st.sampled_from([value for value in statement_pb2.StatementState.values() if value])),
    )
