"""Cells of long tables: texts that are wrapped once, where reportlab's paragraphs are wrapped three times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from reportlab.lib.colors import Color
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable


@dataclass(frozen=True, slots=True)
class Written:
    """A text in one font, size and colour; it may take several rows."""

    text: str
    font: str
    size: float
    colour: Color

    @property
    def leading(self) -> float:
        """From one baseline to the next."""
        return self.size * 1.34


_MOST_LETTERS = 400
_MOST_ROWS = 6
"""Of one text: a cell must fit on a page, whatever somebody has put into a name."""


class Texts(Flowable):
    """Texts below each other in a given width, flush left or right."""

    def __init__(self, texts: Sequence[Written], width: float, right: bool = False) -> None:
        super().__init__()
        self._rows = [
            (each, row)
            for each in texts
            for row in islice(wrapped(each.text[:_MOST_LETTERS], each.font, each.size, width), _MOST_ROWS)
        ]
        self._right = right
        self.width = width
        self.height = sum(each.leading for each, _ in self._rows)

    def wrap(self, _available_width: float, _available_height: float) -> tuple[float, float]:
        """Known since it was made."""
        return self.width, self.height

    def draw(self) -> None:
        """Draws it from the top."""
        baseline = self.height
        for each, row in self._rows:
            baseline -= each.leading
            self.canv.setFont(each.font, each.size)
            self.canv.setFillColor(each.colour)
            if self._right:
                self.canv.drawRightString(self.width, baseline + each.size * 0.28, row)
            else:
                self.canv.drawString(0, baseline + each.size * 0.28, row)


def wrapped(text: str, font: str, size: float, width: float) -> Iterator[str]:
    """Rows no wider than that; a word that is wider is broken."""
    if stringWidth(text, font, size) <= width:
        yield text
        return
    row = ""
    for word in text.split(" "):
        longer = f"{row} {word}" if row else word
        if stringWidth(longer, font, size) <= width:
            row = longer
            continue
        if row:
            yield row
        row = word
        while stringWidth(row, font, size) > width and len(row) > 1:
            fits = _fitting_length(row, font, size, width)
            yield row[:fits]
            row = row[fits:]
    if row:
        yield row


def _fitting_length(word: str, font: str, size: float, width: float) -> int:
    length = len(word) - 1
    while length > 1 and stringWidth(word[:length], font, size) > width:
        length -= 1
    return length
