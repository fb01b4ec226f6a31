"""What it comes to: the amount payable in large figures, and the sum that leads to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable, KeepTogether, Spacer, Table, TableStyle
from tidemark.partner_settlement.v1 import statement_pb2

from services.partner_settlement.adapters.documents.pdf import figures, theme
from services.partner_settlement.adapters.documents.pdf.fonts import BOLD, REGULAR
from services.partner_settlement.adapters.documents.words import state_of
from services.partner_settlement.domain.documents import StatementState

Total = statement_pb2.StatementTotal

_IN_A_ROW = 3
"""Currencies beside each other."""
_LARGEST = 19.0


def totals_tables(statement: statement_pb2.Statement, width: float) -> Iterator[Flowable]:
    """Three currencies beside each other, then the next three."""
    for first in range(0, len(statement.totals), _IN_A_ROW):
        totals = list(statement.totals[first : first + _IN_A_ROW])
        state = state_of(statement.header)
        yield KeepTogether([_figures(totals, state, width), Spacer(0, 10), _sum(totals, width)])
        yield Spacer(0, 18)


def _figures(totals: Sequence[Total], state: StatementState, width: float) -> Flowable:
    cells = []
    for total in totals:
        payout = f"Payout {total.payout_id}" if total.payout_id else ""
        amount = figures.minor(abs(total.payable_minor), total.currency_code)
        cells.append(
            [
                theme.paragraph(_caption(total, state), "caption"),
                theme.marked_up(
                    f'<font size="{_size(amount, width)}">{theme.plain(amount)}</font> '
                    f'<font name="{REGULAR}" size="10" color="#64748B">'
                    f"{theme.plain(total.currency_code)}</font>",
                    "figure",
                ),
                theme.paragraph(payout, "small", 120),
            ]
        )
    each = width / _IN_A_ROW
    table = Table([cells], colWidths=[each] * len(cells), hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("LINEBEFORE", (index, 0), (index, 0), 2.5, _colour(total))
                for index, total in enumerate(totals)
            ]
            + [("LEFTPADDING", (0, 0), (-1, -1), 10), ("VALIGN", (0, 0), (-1, -1), "TOP")]
        )
    )
    return table


def _size(amount: str, width: float) -> float:
    """As large as fits beside the currency."""
    room = width / _IN_A_ROW - 54
    return min(_LARGEST, room / stringWidth(amount, BOLD, 1))


def _caption(total: Total, state: StatementState) -> str:
    if state is StatementState.FINAL:
        return "TO BE PAID BY YOU" if total.payable_minor < 0 else "PAYABLE TO YOU"
    return {StatementState.ESTIMATE: "ESTIMATED SO FAR", StatementState.SUPERSEDED: "NO LONGER VALID"}.get(
        state, "NOT PAYABLE YET"
    ) + (", OWED BY YOU" if total.payable_minor < 0 else "")


def _colour(total: Total) -> object:
    return theme.NEGATIVE if total.payable_minor < 0 else theme.ACCENT


def _sum(totals: Sequence[Total], width: float) -> Flowable:
    """Line by line as one would add it up."""

    def row(name: str, field: str, sign: int = 1) -> list[str]:
        return [
            name,
            *(figures.minor(sign * getattr(total, field), total.currency_code) for total in totals),
        ]

    others = [
        total.net_minor - total.share_minor - total.partner_tax_minor + total.withholding_minor
        for total in totals
    ]
    rows = [
        ["", *(total.currency_code for total in totals)],
        ["Lines", *(f"{total.lines:,}" for total in totals)],
        row("Share", "share_minor"),
        row("+ tax on the share", "partner_tax_minor"),
        row("\u2212 tax withheld", "withholding_minor", -1),
        [
            "+ carried forward to here, disputes, exchange",
            *(figures.minor(other, t.currency_code) for other, t in zip(others, totals, strict=True)),
        ],
        row("Net", "net_minor"),
        row("\u2212 carried forward to the next statement", "carried_forward_minor", -1),
        row("Payable", "payable_minor"),
        row("Held back for lines in dispute, taken off above", "held_minor"),
    ]
    column = min(110.0, (width - 200) / len(totals))
    table = Table(rows, colWidths=[width - column * len(totals), *([column] * len(totals))])
    table.setStyle(TableStyle(_SUM_STYLE))
    return table


_NET, _PAYABLE, _HELD = 6, 8, 9
_SUM_STYLE: list[Any] = [
    ("FONT", (0, 0), (-1, -1), REGULAR, 8.5, 11),
    ("TEXTCOLOR", (0, 0), (-1, -1), theme.TEXT),
    ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
    ("LEFTPADDING", (0, 0), (0, -1), 0),
    ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 3),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
    ("FONT", (0, 0), (-1, 0), BOLD, 7, 10),
    ("TEXTCOLOR", (0, 0), (-1, 1), theme.QUIET),
    ("LINEBELOW", (0, 0), (-1, -1), 0.35, theme.HAIRLINE),
    ("LINEBELOW", (0, 0), (-1, 0), 0.8, theme.INK),
    ("FONTNAME", (0, _NET), (-1, _NET), BOLD),
    ("LINEABOVE", (0, _NET), (-1, _NET), 0.5, theme.QUIET),
    ("FONTNAME", (0, _PAYABLE), (-1, _PAYABLE), BOLD),
    ("BACKGROUND", (0, _PAYABLE), (-1, _PAYABLE), theme.SHADE),
    ("LINEABOVE", (0, _PAYABLE), (-1, _PAYABLE), 0.8, theme.INK),
    ("LINEBELOW", (0, _PAYABLE), (-1, _PAYABLE), 0.8, theme.INK),
    ("TEXTCOLOR", (0, _HELD), (-1, _HELD), theme.QUIET),
    ("FONTSIZE", (0, _HELD), (-1, _HELD), 7.5),
]
