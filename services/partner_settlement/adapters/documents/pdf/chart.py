"""Revenue by product as horizontal bars: pale for what customers paid, dark in it for the party's share."""

from __future__ import annotations

from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib.colors import Color
from reportlab.pdfbase.pdfmetrics import stringWidth

from services.common.kernel.money import MICROS_PER_MINOR_UNIT
from services.partner_settlement.adapters.documents.pdf import figures, theme
from services.partner_settlement.adapters.documents.pdf.fonts import BOLD, REGULAR, fit
from services.partner_settlement.adapters.documents.revenue import ProductRevenue, Revenue

_ROW = 23.0
_BAR = 11.0
_LABELS = 118.0
_FIGURES = 138.0
_SIZE = 7.0
_MOST_LETTERS = 80


def revenue_chart(revenue: Revenue, currency_code: str, width: float) -> Drawing:
    """A bar for each product, its figures beside it. Bars below zero are revenue given back."""
    height = _ROW * len(revenue.products) + 6
    drawing = Drawing(width, height)
    scale = _Scale(revenue, width - _LABELS - _FIGURES)
    for index, product in enumerate(revenue.products):
        middle = height - _ROW * index - _ROW / 2 - 2
        _bars(drawing, scale, product, middle)
        _texts(drawing, product, currency_code, width, middle)
    axis = _LABELS + scale.zero
    drawing.add(Line(axis, 0, axis, height, strokeColor=theme.QUIET, strokeWidth=0.6))
    return drawing


def legend(texts: tuple[str, str], width: float) -> Drawing:
    """Which colour is which."""
    drawing = Drawing(width, 10)
    left = 0.0
    for text, colour in zip(texts, (theme.ACCENT_PALE, theme.ACCENT), strict=True):
        drawing.add(_rectangle(left, 2, 6, 6, colour))
        drawing.add(String(left + 10, 2.4, text, fontName=REGULAR, fontSize=_SIZE, fillColor=theme.QUIET))
        left += 24 + stringWidth(text, REGULAR, _SIZE)
    return drawing


class _Scale:
    """Points for amounts; zero stands where there is room for what is below it."""

    def __init__(self, revenue: Revenue, width: float) -> None:
        amounts = [product.revenue_minor_micros for product in revenue.products]
        shares = [product.share_minor * MICROS_PER_MINOR_UNIT for product in revenue.products]
        highest, lowest = max(0, *amounts, *shares), min(0, *amounts, *shares)
        self._per_micro = width / (highest - lowest or 1)
        self.zero = -lowest * self._per_micro

    def bar(self, amount: int) -> tuple[float, float]:
        """Left end and length."""
        length = abs(amount) * self._per_micro
        return _LABELS + self.zero - (length if amount < 0 else 0), length


def _bars(drawing: Drawing, scale: _Scale, product: ProductRevenue, middle: float) -> None:
    share = product.share_minor * MICROS_PER_MINOR_UNIT
    for amount, thickness, above, below in (
        (product.revenue_minor_micros, _BAR, theme.ACCENT_PALE, theme.NEGATIVE_PALE),
        (share, _BAR * 0.42, theme.ACCENT, theme.NEGATIVE),
    ):
        left, length = scale.bar(amount)
        colour = below if amount < 0 else above
        drawing.add(_rectangle(left, middle - thickness / 2, length, thickness, colour))


def _rectangle(left: float, bottom: float, width: float, height: float, colour: Color) -> Rect:
    rectangle = Rect(left, bottom, width, height)
    rectangle.fillColor, rectangle.strokeColor = colour, None
    return rectangle


def _texts(
    drawing: Drawing, product: ProductRevenue, currency_code: str, width: float, middle: float
) -> None:
    label = shortened(fit(product.product[:_MOST_LETTERS]), _LABELS - 10, REGULAR, _SIZE + 0.5)
    drawing.add(_text(_LABELS - 8, middle - 2.6, label, REGULAR, _SIZE + 0.5, theme.TEXT))
    paid = figures.rounded(product.revenue_minor_micros, currency_code)
    share = f"share {figures.minor(product.share_minor, currency_code)}"
    drawing.add(_text(width, middle + 0.8, paid, BOLD, _SIZE, theme.TEXT))
    drawing.add(_text(width, middle - 7.4, share, REGULAR, _SIZE - 0.5, theme.QUIET))


def _text(right: float, baseline: float, text: str, font: str, size: float, colour: Color) -> String:
    return String(right, baseline, text, fontName=font, fontSize=size, fillColor=colour, textAnchor="end")


def shortened(text: str, width: float, font: str, size: float) -> str:
    """The text, cut with an ellipsis where it is wider than that."""
    if stringWidth(text, font, size) <= width:
        return text
    while text and stringWidth(f"{text}…", font, size) > width:
        text = text[:-1]
    return f"{text}…"
