"""Colours, sizes and paragraph styles: one look for every page."""

from __future__ import annotations

from functools import lru_cache
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph

from services.partner_settlement.adapters.documents.pdf.fonts import BOLD, REGULAR, fit
from services.partner_settlement.domain.documents import StatementState

INK = HexColor("#14213D")
TEXT = HexColor("#1F2937")
QUIET = HexColor("#64748B")
RULE = HexColor("#CBD5E1")
HAIRLINE = HexColor("#E5EAF1")
SHADE = HexColor("#F4F6FA")
ACCENT = HexColor("#0F766E")
ACCENT_PALE = HexColor("#BFE3DD")
NEGATIVE = HexColor("#B42318")
NEGATIVE_PALE = HexColor("#F6CFCA")
WHITE = HexColor("#FFFFFF")

STATE_COLOURS: dict[StatementState, Color] = {
    StatementState.FINAL: ACCENT,
    StatementState.ESTIMATE: HexColor("#B45309"),
    StatementState.DRAFT: HexColor("#B45309"),
    StatementState.PARKED: NEGATIVE,
    StatementState.SUPERSEDED: HexColor("#475569"),
}

MARGIN = 48.0
"""Points left and right of a portrait page."""
WIDE_MARGIN = 36.0
"""The same of a landscape page."""
_LONGEST = 1_000
NAME = 120
"""Letters of a name, or a line of an address, that are shown."""

_STYLES: dict[str, tuple[str, float, float, Color]] = {
    "title": (BOLD, 20, 25, INK),
    "subtitle": (REGULAR, 9.5, 14, QUIET),
    "heading": (BOLD, 10.5, 14, INK),
    "caption": (BOLD, 6.5, 10, QUIET),
    "body": (REGULAR, 8.5, 12.5, TEXT),
    "strong": (BOLD, 9.5, 13, TEXT),
    "small": (REGULAR, 7, 10, QUIET),
    "figure": (BOLD, 19, 24, INK),
}


@lru_cache(maxsize=64)
def style(name: str) -> ParagraphStyle:
    """A paragraph style by its name."""
    font, size, leading, colour = _STYLES[name]
    return ParagraphStyle(
        name, fontName=font, fontSize=size, leading=leading, textColor=colour, splitLongWords=1
    )


def paragraph(text: str, name: str = "body", most: int = _LONGEST) -> Paragraph:
    """A paragraph of plain text, cut after so many letters: nothing in it is taken for markup."""
    return Paragraph(plain(text, most), style(name))


def marked_up(markup: str, name: str = "body") -> Paragraph:
    """A paragraph of markup, whose texts went through `plain`."""
    return Paragraph(markup, style(name))


def heading(text: str, currency_code: str = "") -> Paragraph:
    """A heading, and in which currency its figures are."""
    of = f' <font name="{REGULAR}" color="#64748B">in {plain(currency_code)}</font>' if currency_code else ""
    return marked_up(plain(text) + of, "heading")


def plain(text: str, most: int = _LONGEST) -> str:
    """A text for markup: escaped, in letters that the fonts have, no longer than fits where it stands."""
    fitting = fit(text)
    return escape(fitting if len(fitting) <= most else f"{fitting[:most]}…")
