"""The whole document."""

from __future__ import annotations

import io
import threading

from reportlab.lib.pagesizes import A4, landscape
from reportlab.platypus import Flowable, NextPageTemplate, PageBreak
from tidemark.partner_settlement.v1 import statement_pb2

from services.partner_settlement.adapters.documents.pdf import pages, theme
from services.partner_settlement.adapters.documents.pdf.fonts import fit, register_fonts
from services.partner_settlement.adapters.documents.pdf.lines import line_tables
from services.partner_settlement.adapters.documents.pdf.summary import summary
from services.partner_settlement.adapters.documents.words import state_of

# reportlab parses paragraphs with one parser for the whole process.
_one_at_a_time = threading.Lock()


def render_pdf(statement: statement_pb2.Statement) -> bytes:
    """The statement on A4; the same bytes each time. Raises ValueError for an unknown currency."""
    with _one_at_a_time:
        register_fonts()
        return _rendered(statement)


def _rendered(statement: statement_pb2.Statement) -> bytes:
    header = statement.header
    operator = fit((header.operator_name.splitlines() or [""])[0])
    number = f" · No. {header.sequence_number:06}" if header.sequence_number else ""
    running = pages.Running(
        left=operator,
        middle=fit(f"Settlement statement {header.statement_id}{number}"),
        state=state_of(header),
    )
    sink = io.BytesIO()
    document = pages.template(
        sink,
        running,
        title=f"Settlement statement {header.statement_id}",
        author=operator,
        subject=f"{header.party.name}, {header.period}, {state_of(header).value}",
    )
    document.build(_story(statement), canvasmaker=pages.canvas_maker(running))
    return sink.getvalue()


def _story(statement: statement_pb2.Statement) -> list[Flowable]:
    story = list(summary(statement, A4[0] - 2 * theme.MARGIN))
    if statement.lines:
        story += [NextPageTemplate(pages.DETAILS), PageBreak()]
        story += line_tables(statement, landscape(A4)[0] - 2 * theme.WIDE_MARGIN)
    return story
