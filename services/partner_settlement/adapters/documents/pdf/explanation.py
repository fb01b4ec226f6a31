"""How a statement was calculated, and where it is signed."""

from __future__ import annotations

from collections.abc import Iterator

from reportlab.platypus import Flowable, KeepTogether, Spacer
from tidemark.partner_settlement.v1 import statement_pb2

from services.partner_settlement.adapters.documents.pdf import figures, theme
from services.partner_settlement.adapters.documents.pdf.grid import grid


def explanation(statement: statement_pb2.Statement, width: float) -> Iterator[Flowable]:
    """The remainder rule, the frozen input, the control totals."""
    header = statement.header
    facts = [
        ("Rounding", _rounding(header.remainder_rule)),
        (
            "Input",
            f"{header.record_count:,} records, frozen{_up_to(header)}; SHA-256 of the set "
            f"{header.record_set_sha256.hex() or 'not said'}",
        ),
        (
            "Control totals",
            f"{statement.footer.line_count:,} lines; SHA-256 of header, lines and totals "
            f"{statement.footer.content_sha256.hex() or 'not said'}",
        ),
        (
            "Check it",
            "The same statement as CSV and Parquet holds every exact figure; the single records "
            "behind each line can be pulled and compared record by record.",
        ),
    ]
    rows = [[theme.paragraph(name, "small"), theme.paragraph(text, "small")] for name, text in facts]
    yield KeepTogether(
        [theme.paragraph("How this was calculated", "heading"), Spacer(0, 4), grid(rows, [86, width - 86])]
    )


def _up_to(header: statement_pb2.StatementHeader) -> str:
    return f" at {figures.instant(header.frozen_at)}" if header.HasField("frozen_at") else ""


def _rounding(rule: str) -> str:
    return (
        "Shares are exact fractions of what the period brought; nothing is rounded for a single record. Each "
        "recipient's whole share is cut to minor units, and the minor units that are left go to the largest "
        "remainders, so that all parts sum to what there was to share; equal remainders take turns by a hash "
        f"of the period and the recipient. Rule: {rule or 'not said'}."
    )


def signatures(header: statement_pb2.StatementHeader, width: float) -> Flowable:
    """A line for each side."""
    operator = (header.operator_name.splitlines() or [""])[0]
    names = [f"For {operator}" if operator else "For the operator", f"For {header.party.name}"]
    lines = [
        [
            [theme.paragraph(name, "small", theme.NAME), theme.paragraph("Date, signature", "small")]
            for name in names
        ]
    ]
    table = grid([["", ""], *lines], [width / 2 - 12, width / 2 - 12], [34, None], gap=24)
    return KeepTogether([table])
