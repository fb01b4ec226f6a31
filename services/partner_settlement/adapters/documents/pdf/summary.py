"""The first pages: who, for when, how much, and how it was calculated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reportlab.platypus import Flowable, KeepTogether, Spacer, Table, TableStyle
from tidemark.partner_settlement.v1 import statement_pb2

from services.partner_settlement.adapters.documents.pdf import figures, theme
from services.partner_settlement.adapters.documents.pdf.badge import Badge
from services.partner_settlement.adapters.documents.pdf.chart import legend, revenue_chart
from services.partner_settlement.adapters.documents.pdf.explanation import explanation, signatures
from services.partner_settlement.adapters.documents.pdf.fonts import BOLD, REGULAR
from services.partner_settlement.adapters.documents.pdf.grid import grid
from services.partner_settlement.adapters.documents.pdf.sections import sections_of
from services.partner_settlement.adapters.documents.pdf.totals import totals_tables
from services.partner_settlement.adapters.documents.revenue import revenue_by_product
from services.partner_settlement.adapters.documents.words import state_of
from services.partner_settlement.domain.documents import StatementState

_STATE_SENTENCES = {
    StatementState.ESTIMATE: "A running estimate, until the period is closed. Nothing is paid by it.",
    StatementState.DRAFT: "Calculated and not yet closed. Nothing is paid by it.",
    StatementState.PARKED: "Parked: a person must look at it before anything is paid.",
    StatementState.SUPERSEDED: "Replaced by a later revision. Kept as it was closed.",
}
_PARTS_STYLE: list[Any] = [
    ("FONT", (0, 0), (-1, -1), REGULAR, 8, 10.5),
    ("TEXTCOLOR", (0, 0), (-1, -1), theme.TEXT),
    ("TEXTCOLOR", (1, 1), (2, -1), theme.QUIET),
    ("ALIGN", (2, 0), (-1, -1), "RIGHT"),
    ("LEFTPADDING", (0, 0), (0, -1), 0),
    ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 2.6),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 3.2),
    ("LINEBELOW", (0, 0), (-1, -1), 0.35, theme.HAIRLINE),
    ("FONT", (0, 0), (0, 0), BOLD, 10.5, 14),
    ("FONT", (1, 0), (-1, 0), BOLD, 7, 10),
    ("TEXTCOLOR", (0, 0), (0, 0), theme.INK),
    ("TEXTCOLOR", (1, 0), (-1, 0), theme.QUIET),
    ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
    ("LINEBELOW", (0, 0), (-1, 0), 0.8, theme.INK),
]
_MOST_ADDRESS_LINES = 10
_FEW = 20
"""Rows that are kept on one page."""
NOTHING_SETTLED = "Nothing was settled in this period: no usage, fee or adjustment falls into it."


def summary(statement: statement_pb2.Statement, width: float) -> Iterator[Flowable]:
    """Everything that stands before the lines."""
    yield from _title(statement.header, width)
    yield _parties(statement.header, width)
    yield Spacer(0, 16)
    yield from _notices(statement, width)
    yield from totals_tables(statement, width)
    yield from _charts(statement, width)
    yield from _parts(statement, width)
    if state_of(statement.header) is StatementState.FINAL:
        # Beside the figures, not on a page of its own.
        yield signatures(statement.header, width)
        yield Spacer(0, 18)
    yield from explanation(statement, width)


def _title(header: statement_pb2.StatementHeader, width: float) -> Iterator[Flowable]:
    operator = [line for line in header.operator_name.splitlines() if line.strip()] or [""]
    small = "".join(f"<br/>{theme.plain(line, theme.NAME)}" for line in operator[1:_MOST_ADDRESS_LINES])
    letterhead = theme.marked_up(
        f'<font name="{BOLD}" size="9.5" color="#14213D">'
        f"{theme.plain(operator[0], theme.NAME)}</font>{small}",
        "small",
    )
    yield grid([[letterhead, Badge(state_of(header))]], [width - 130, 130])
    yield Spacer(0, 18)
    yield theme.paragraph("Settlement statement", "title")
    days = figures.days_of(header.period)
    number = f"No. {header.sequence_number:06}" if header.sequence_number else "without a number"
    revision = f"revision {header.revision}" if header.revision else ""
    parts = (f"Period {header.period}" + (f" ({days})" if days else ""), number, revision)
    yield theme.paragraph("  ·  ".join(filter(None, parts)), "subtitle")
    yield Spacer(0, 14)


def _parties(header: statement_pb2.StatementHeader, width: float) -> Flowable:
    party = header.party
    address = "".join(
        f"<br/>{theme.plain(line, theme.NAME)}" for line in party.address_lines[:_MOST_ADDRESS_LINES]
    )
    block = [
        theme.paragraph("STATEMENT FOR", "caption"),
        theme.paragraph(party.name or party.code, "strong", theme.NAME),
        theme.marked_up(address.removeprefix("<br/>")),
        *([theme.paragraph(f"Tax number {party.tax_number}", most=theme.NAME)] if party.tax_number else []),
    ]
    facts = [
        ("Statement", header.statement_id),
        ("Party", ", ".join((party.code, *party.roles))),
        ("Closed", figures.instant(header.closed_at) if header.HasField("closed_at") else ""),
        ("Usage seen up to", figures.instant(header.frozen_at) if header.HasField("frozen_at") else ""),
        ("Run", header.run_id),
    ]
    left, right = width * 0.5, width * 0.5
    rows = [
        [theme.paragraph(name, "small"), theme.paragraph(text, most=theme.NAME)]
        for name, text in facts
        if text
    ]
    table = grid([[block, grid(rows, [86, right - 98])]], [left, right])
    table.setStyle(
        TableStyle(
            [
                ("LINEABOVE", (0, 0), (-1, 0), 0.8, theme.INK),
                ("LINEBELOW", (0, 0), (-1, 0), 0.5, theme.RULE),
                ("RIGHTPADDING", (0, 0), (0, 0), 14),
                ("TOPPADDING", (0, 0), (-1, -1), 10),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 10),
            ]
        )
    )
    return table


def _notices(statement: statement_pb2.Statement, width: float) -> Iterator[Flowable]:
    header = statement.header
    state = state_of(header)
    sentences = [_STATE_SENTENCES.get(state, ""), header.parked_reason]
    if header.early:
        sentences.append("Closed before its period was over; what came later is in the next statements.")
    if not statement.lines:
        sentences.append(NOTHING_SETTLED)
    said = [sentence for sentence in sentences if sentence]
    if not said:
        return
    table = grid([[[theme.paragraph(sentence) for sentence in said]]], [width])
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), theme.SHADE),
                ("LINEBEFORE", (0, 0), (0, -1), 3, theme.STATE_COLOURS[state]),
                ("LEFTPADDING", (0, 0), (-1, -1), 12),
                ("TOPPADDING", (0, 0), (-1, -1), 7),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
            ]
        )
    )
    yield table
    yield Spacer(0, 14)


def _parts(statement: statement_pb2.Statement, width: float) -> Iterator[Flowable]:
    """What the lines are, part by part."""
    sections = list(sections_of(statement.lines))
    if not sections:
        return
    rows = [["What it is made of", "", "Lines", "Share", "Net"]]
    for section in sections:
        share = sum(line.share_minor for line in section.lines)
        net = sum(line.net_minor for line in section.lines)
        amounts = (figures.minor(amount, section.currency_code) for amount in (share, net))
        rows.append([section.title, section.currency_code, f"{len(section.lines):,}", *amounts])
    table = Table(rows, colWidths=[width - 300, 40, 60, 100, 100], repeatRows=1)
    table.setStyle(TableStyle(_PARTS_STYLE))
    yield KeepTogether([table]) if len(rows) <= _FEW else table
    yield Spacer(0, 18)


def _charts(statement: statement_pb2.Statement, width: float) -> Iterator[Flowable]:
    for code in sorted({line.currency_code for line in statement.lines}):
        revenue = revenue_by_product(statement.lines, code)
        if not revenue.products:
            continue
        what = "What is shared, by product" if revenue.of_basis else "Revenue by product"
        paid = "basis of the share" if revenue.of_basis else "paid by customers, tax included"
        yield KeepTogether(
            [
                theme.heading(what, code),
                Spacer(0, 2),
                legend((paid, "share of the party"), width),
                Spacer(0, 5),
                revenue_chart(revenue, code, width),
                Spacer(0, 18),
            ]
        )
