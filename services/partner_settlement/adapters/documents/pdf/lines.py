"""Every line with the chain of its amounts: tables over as many landscape pages as it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import CondPageBreak, Flowable, LongTable, Spacer, TableStyle
from tidemark.partner_settlement.v1 import statement_pb2

from services.partner_settlement.adapters.documents.pdf import figures, theme
from services.partner_settlement.adapters.documents.pdf.cells import Texts, Written
from services.partner_settlement.adapters.documents.pdf.fonts import BOLD, REGULAR, fit
from services.partner_settlement.adapters.documents.pdf.sections import (
    Section,
    details_of,
    name_of,
    reference_of,
    sections_of,
)

Line = statement_pb2.StatementLine

_GAP = 3.5
_NUMBER_WIDTH = 20.0
_LEAST_NAME_WIDTH = 128.0
_GOOD_NAME_WIDTH = 236.0
_LEAST_PART = 96.0
"""Room that a part needs to begin on a page: its heading, the columns, a line."""
_ABOVE, _BELOW = 3.2, 3.4
_SUM_HEIGHT = 16.0
_SIZES = (6.6, 6.2, 5.8, 5.4, 5.0, 4.6)
"""Sizes of figures that are tried until a row fits on a page."""
_ROWS_IN_A_TABLE = 150
"""A table that is split over pages is copied each time; short ones keep the cost in proportion."""


@dataclass(frozen=True, slots=True)
class _Figure:
    """A column of figures; left out where no line has any. `summed`: the field that is added up below."""

    title: str
    text: Callable[[Line], str]
    has: Callable[[Line], bool]
    summed: str = ""


def _micros(title: str, name: str) -> _Figure:
    field = f"{name}_minor_micros"
    return _Figure(
        title,
        lambda line: figures.micros(getattr(line, field), line.currency_code) if _has_chain(line) else "",
        lambda line: getattr(line, field) != 0,
    )


def _minor(title: str, name: str) -> _Figure:
    field = f"{name}_minor"
    return _Figure(
        title,
        lambda line: figures.minor(getattr(line, field), line.currency_code),
        lambda line: getattr(line, field) != 0,
        field,
    )


def _has_chain(line: Line) -> bool:
    return bool(line.gross_minor_micros or line.tax_minor_micros or line.basis_minor_micros)


def _quantity(line: Line) -> str:
    counted = f"{line.records:,} rec." if line.records else ""
    return "\n".join(filter(None, (fit(figures.quantity(line.quantity, line.unit)), counted)))


_COLUMNS = (
    _Figure("Quantity", _quantity, lambda line: bool(_quantity(line))),
    _micros("Gross", "gross"),
    _micros("Tax in it", "tax"),
    _micros("Excluded", "excluded"),
    _micros("Basis", "basis"),
    _Figure("Rate", lambda line: fit(line.rate), lambda line: bool(line.rate)),
    _Figure(
        "Exact share",
        lambda line: fit(figures.exact_share(line.exact_share_minor, line.currency_code)),
        lambda line: bool(line.exact_share_minor),
    ),
    _Figure(
        "Remainder\n(minor unit)",
        lambda line: fit(figures.signed(line.remainder_minor)),
        lambda line: bool(line.remainder_minor),
    ),
    _minor("Share", "share"),
    _minor("Tax on share", "partner_tax"),
    _minor("Withheld", "withholding"),
    _minor("Net", "net"),
)
_ALWAYS = frozenset({"Share", "Net"})
_WRAPPED = "Rate"
_WIDEST_RATE = 74.0
_READING = (
    "From gross to net, exact and in major units. Gross, less the tax in it and what is excluded, is the "
    "basis. Basis by rate is the exact share, rounded once; share less exact share is the remainder, in "
    "minor units. Share and tax on it, less tax withheld, is net. Below zero: given back."
)


def line_tables(statement: statement_pb2.Statement, width: float) -> Iterator[Flowable]:
    """Part by part: a heading, the lines, their sums."""
    yield theme.paragraph("Lines", "title")
    yield theme.paragraph(_READING, "small")
    yield Spacer(0, 10)
    for section in sections_of(statement.lines):
        yield CondPageBreak(_LEAST_PART)
        yield theme.heading(section.title, section.currency_code)
        yield Spacer(0, 3)
        yield from _tables(section, width)
        yield Spacer(0, 14)


def _tables(section: Section, width: float) -> Iterator[Flowable]:
    columns = [c for c in _COLUMNS if c.title in _ALWAYS or any(map(c.has, section.lines))]
    cells = [[column.text(line) for column in columns] for line in section.lines]
    sums = [_sum(column, section) for column in columns]
    layout = _fitting(columns, [*cells, sums], width)
    many = len(section.lines)
    together = ["", f"{many:,} lines together" if many > 1 else "1 line", *sums]
    for first in range(0, many, _ROWS_IN_A_TABLE):
        lines = section.lines[first : first + _ROWS_IN_A_TABLE]
        rows = [_row(line, texts, layout) for line, texts in zip(lines, cells[first:], strict=False)]
        heights: list[float | None] = [_height(row, layout.size) for row in rows]
        last = first + _ROWS_IN_A_TABLE >= many
        table = LongTable(
            [["#", "Line", *(column.title for column in columns)], *rows, *([together] if last else [])],
            colWidths=layout.widths,
            rowHeights=[22.0, *heights, *([_SUM_HEIGHT] if last else [])],
            repeatRows=1,
        )
        table.setStyle(_style(lines, layout.size, last))
        yield table


def _row(line: Line, texts: Sequence[str], layout: _Layout) -> list[object]:
    cells: list[object] = [str(line.number), _name(line, layout.widths[1] - 2 * _GAP)]
    for index, text in enumerate(texts, start=2):
        wide = (
            index == layout.wrapped
            and stringWidth(text, REGULAR, layout.size) > layout.widths[index] - 2 * _GAP
        )
        written = Written(text, REGULAR, layout.size, theme.TEXT)
        cells.append(Texts([written], layout.widths[index] - 2 * _GAP, right=True) if wide else text)
    return cells


def _height(row: Sequence[object], size: float) -> float:
    """Of the highest cell; two rows of text are the most that a plain one has."""
    plain = size * 1.32 * (2 if any(isinstance(cell, str) and "\n" in cell for cell in row) else 1)
    return max(plain, *(cell.height for cell in row if isinstance(cell, Texts))) + _ABOVE + _BELOW


def _name(line: Line, width: float) -> Texts:
    texts = [Written(fit(name_of(line)), BOLD, 6.6, theme.TEXT)]
    if reference := reference_of(line):
        texts.append(Written(fit(reference), REGULAR, 6, theme.ACCENT))
    texts += [Written(fit(text), REGULAR, 5.6, theme.QUIET) for text in details_of(line) if text]
    return Texts(texts, width)


def _sum(column: _Figure, section: Section) -> str:
    if not column.summed:
        return ""
    total = sum(getattr(line, column.summed) for line in section.lines)
    return figures.minor(total, section.currency_code)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Size of the figures, width of every column, and which column wraps (-1: none)."""

    size: float
    widths: list[float]
    wrapped: int


def _fitting(columns: Sequence[_Figure], rows: Sequence[Sequence[str]], width: float) -> _Layout:
    """The greatest size at which all figures fit beside a readable name, which gets the spare room first."""
    for size in _SIZES:
        widths = [_column_width(column, {row[i] for row in rows}, size) for i, column in enumerate(columns)]
        if sum(widths) <= width - _NUMBER_WIDTH - _LEAST_NAME_WIDTH:
            break
    spare = max(0.0, width - _NUMBER_WIDTH - _GOOD_NAME_WIDTH - sum(widths))
    widths = [each + spare / len(widths) for each in widths]
    name = width - _NUMBER_WIDTH - sum(widths)
    titles = [column.title for column in columns]
    return _Layout(
        size, [_NUMBER_WIDTH, name, *widths], titles.index(_WRAPPED) + 2 if _WRAPPED in titles else -1
    )


def _column_width(column: _Figure, texts: set[str], size: float) -> float:
    parts = {part for text in texts for part in text.split("\n")}
    widest = max((stringWidth(part, BOLD, size) for part in parts), default=0.0)
    title = max(stringWidth(part, BOLD, 6) for part in column.title.split("\n"))
    if column.title == _WRAPPED:
        widest = min(widest, _WIDEST_RATE)
    return max(widest, title) + 2 * _GAP


def _style(lines: Sequence[Line], size: float, with_sums: bool) -> TableStyle:
    commands: list[Any] = [
        ("FONT", (0, 0), (-1, -1), REGULAR, size, size * 1.32),
        ("TEXTCOLOR", (0, 0), (-1, -1), theme.TEXT),
        ("ALIGN", (2, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), _GAP),
        ("RIGHTPADDING", (0, 0), (-1, -1), _GAP),
        ("TOPPADDING", (0, 0), (-1, -1), _ABOVE),
        ("BOTTOMPADDING", (0, 0), (-1, -1), _BELOW),
        ("TEXTCOLOR", (0, 0), (0, -1), theme.QUIET),
        ("FONTNAME", (-1, 0), (-1, -1), BOLD),
        ("LINEBELOW", (0, 0), (-1, -2 if with_sums else -1), 0.35, theme.HAIRLINE),
        ("FONT", (0, 0), (-1, 0), BOLD, 6, 7.6),
        ("TEXTCOLOR", (0, 0), (-1, 0), theme.INK),
        ("BACKGROUND", (0, 0), (-1, 0), theme.SHADE),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, theme.INK),
    ]
    for row, line in enumerate(lines, start=1):
        if line.net_minor < 0:
            commands.append(("TEXTCOLOR", (-1, row), (-1, row), theme.NEGATIVE))
    if with_sums:
        commands += [
            ("FONTNAME", (0, -1), (-1, -1), BOLD),
            ("LINEABOVE", (0, -1), (-1, -1), 0.8, theme.INK),
        ]
    return TableStyle(commands)
