"""The state of a statement as a coloured label."""

from __future__ import annotations

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable

from services.partner_settlement.adapters.documents.pdf import theme
from services.partner_settlement.adapters.documents.pdf.fonts import BOLD
from services.partner_settlement.domain.documents import StatementState

_SIZE = 8.0
_HEIGHT = 18.0


class Badge(Flowable):
    """`FINAL`, white on its colour, at the right of its cell."""

    def __init__(self, state: StatementState) -> None:
        super().__init__()
        self._state = state
        self._text = state.value.upper()

    def wrap(self, available_width: float, _available_height: float) -> tuple[float, float]:
        """Takes the whole width of its cell."""
        self.width, self.height = available_width, _HEIGHT
        return self.width, self.height

    def draw(self) -> None:
        """Draws it."""
        length = stringWidth(self._text, BOLD, _SIZE) + 22
        left = self.width - length
        self.canv.setFillColor(theme.STATE_COLOURS[self._state])
        self.canv.roundRect(left, 0, length, _HEIGHT, _HEIGHT / 2, stroke=0, fill=1)
        self.canv.setFillColor(theme.WHITE)
        self.canv.setFont(BOLD, _SIZE)
        self.canv.drawCentredString(left + length / 2, 5.8, self._text)
