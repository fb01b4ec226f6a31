"""The fonts of a statement: Bitstream Vera, which comes with reportlab and is embedded.

It has the letters of western and central Europe and the euro sign. What it lacks is shown by its base
letter (`ś` as `s`), else as `?`; CSV and Parquet hold every text as it is.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR = "Vera"
BOLD = "VeraBd"
ITALIC = "VeraIt"
_NAMES = (REGULAR, BOLD, ITALIC)
_INSTEAD = {"\u2192": "->", "\u2190": "<-", "\u2011": "-", "\u00ad": ""}


@lru_cache(maxsize=1)
def register_fonts() -> None:
    """Makes the fonts known to reportlab, once in a process."""
    for name in _NAMES:
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=ITALIC, boldItalic=BOLD)


def fit(text: str) -> str:
    """The text in letters that the fonts have, on one line. Needs `register_fonts`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_fitting, unicodedata.normalize("NFC", text)))


@lru_cache(maxsize=4096)
def _fitting(sign: str) -> str:
    if sign.isspace():
        return "\u00a0" if sign in "\u00a0\u202f\u2007" else " "
    if unicodedata.category(sign).startswith("C"):
        return ""
    if _has(sign):
        return sign
    if sign in _INSTEAD:
        return _INSTEAD[sign]
    plain = "".join(part for part in unicodedata.normalize("NFKD", sign) if _has(part))
    return plain or "?"


def _has(sign: str) -> bool:
    face: Any = vars(pdfmetrics.getFont(REGULAR))["face"]
    return ord(sign) in face.charToGlyph and not unicodedata.combining(sign)
