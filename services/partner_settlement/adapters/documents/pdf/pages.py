"""What stands on every page: running lines, `page n of m`, and the mark of what is not final."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reportlab.lib.colors import Color
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

from services.partner_settlement.adapters.documents.pdf import theme
from services.partner_settlement.adapters.documents.pdf.fonts import BOLD, REGULAR
from services.partner_settlement.domain.documents import StatementState

SUMMARY = "summary"
DETAILS = "details"
_BOTTOM = 46.0
_MARKS = {
    StatementState.ESTIMATE: "ESTIMATE",
    StatementState.DRAFT: "DRAFT",
    StatementState.PARKED: "PARKED",
    StatementState.SUPERSEDED: "SUPERSEDED",
}


@dataclass(frozen=True, slots=True)
class Running:
    """What the edges of each page say."""

    left: str
    middle: str
    state: StatementState


class CountingCanvas(Canvas):
    """Draws the edges last, when it is known how many pages there are."""

    def __init__(self, *arguments: Any, running: Running, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._running = running
        self._pages: list[dict[str, Any]] = []

    # Of the base class, which has them without saying so.
    _pageNumber: int  # noqa: N815
    _pagesize: tuple[float, float]
    _startPage: Callable[[], None]  # noqa: N815

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        """Keeps the page for later."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    @property
    def size(self) -> tuple[float, float]:
        """Of the present page, in points."""
        return self._pagesize

    def save(self) -> None:
        """Writes every page with its edges."""
        for page in self._pages:
            self.__dict__.update(page)
            _edges(self, self._running, self._pageNumber, len(self._pages))
            super().showPage()
        super().save()


def template(target: Any, running: Running, title: str, author: str, subject: str) -> BaseDocTemplate:
    """A document with a portrait and a landscape page; nothing in it depends on when it is made."""
    document = BaseDocTemplate(
        target,
        pagesize=A4,
        invariant=1,
        title=title,
        author=author,
        subject=subject,
        creator="Tidemark partner settlement",
        lang="en",
    )
    document.addPageTemplates(
        [
            _page(SUMMARY, A4, theme.MARGIN, running),
            _page(DETAILS, landscape(A4), theme.WIDE_MARGIN, running),
        ]
    )
    return document


def canvas_maker(running: Running) -> Callable[..., Canvas]:
    """What `build` makes its canvas with."""

    def make(*arguments: Any, **more: Any) -> Canvas:
        return CountingCanvas(*arguments, running=running, **more)

    return make


def _page(name: str, size: tuple[float, float], margin: float, running: Running) -> PageTemplate:
    width, height = size
    frame = Frame(
        margin,
        _BOTTOM,
        width - 2 * margin,
        height - _BOTTOM - 40,
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )

    def watermark(canvas: Canvas, _document: BaseDocTemplate) -> None:
        _watermark(canvas, size, running.state)

    return PageTemplate(id=name, frames=[frame], pagesize=size, onPage=watermark)


def _watermark(canvas: Canvas, size: tuple[float, float], state: StatementState) -> None:
    """Under the text, across the page; nothing on a final statement."""
    mark = _MARKS.get(state, "")
    if not mark:
        return
    colour = theme.STATE_COLOURS[state]
    canvas.saveState()
    canvas.setFillColor(Color(colour.red, colour.green, colour.blue, alpha=0.09))
    canvas.translate(size[0] / 2, size[1] / 2)
    canvas.rotate(45 if size[0] < size[1] else 30)
    canvas.setFont(BOLD, 92 if len(mark) <= 8 else 78)
    canvas.drawCentredString(0, -30, mark)
    canvas.restoreState()


def _edges(canvas: CountingCanvas, running: Running, number: int, count: int) -> None:
    width, height = canvas.size
    margin = theme.MARGIN if width < height else theme.WIDE_MARGIN
    canvas.saveState()
    canvas.setStrokeColor(theme.RULE)
    canvas.setLineWidth(0.5)
    canvas.line(margin, 34, width - margin, 34)
    canvas.setFillColor(theme.QUIET)
    canvas.setFont(REGULAR, 6.5)
    canvas.drawString(margin, 23, running.left)
    canvas.drawCentredString(width / 2, 23, running.middle)
    canvas.drawRightString(width - margin, 23, f"Page {number} of {count}")
    canvas.setFillColor(theme.STATE_COLOURS[running.state])
    canvas.rect(0, height - 5, width, 5, stroke=0, fill=1)
    canvas.restoreState()
