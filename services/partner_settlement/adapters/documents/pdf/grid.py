"""A table without any look of its own, for placing things beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportlab.platypus import Table, TableStyle

from services.partner_settlement.adapters.documents.pdf import theme


def grid(
    rows: Sequence[list[Any]],
    widths: list[float],
    heights: list[float | None] | None = None,
    gap: float = 0,
) -> Table:
    """A table without any look of its own. With a gap, a rule stands over the second row of each column."""
    if gap:
        rows = [[row[0], "", row[1]] for row in rows]
        widths = [widths[0], gap, widths[1]]
    table = Table(rows, colWidths=widths, rowHeights=heights)
    commands: list[Any] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ]
    if gap:
        commands += [("LINEABOVE", (column, 1), (column, 1), 0.5, theme.QUIET) for column in (0, 2)]
    table.setStyle(TableStyle(commands))
    return table
