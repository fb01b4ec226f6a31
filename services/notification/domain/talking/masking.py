"""What must not stand in summaries: phone numbers, cards, bank accounts, e-mail addresses."""

from __future__ import annotations

import re
import unicodedata

_DATE = r"\d{1,2}\.\d{1,2}\.\d{4}|\d{4}-\d{2}-\d{2}"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_BANK = re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,3})?\b")
_DIGITS = re.compile(
    rf"(?P<date>(?<!\d)(?:{_DATE})(?!\d))|(?<![\w.,])(?P<long>\+?\(?\d(?:[ ()/.-]{{0,2}}\d){{6,18}})(?![\w])"
)
MASK = "***"


def masked(text: str) -> str:
    """The text with three stars for each of them; of a number its last two digits stay."""
    without = _BANK.sub(MASK, _EMAIL.sub(MASK, text))
    return _DIGITS.sub(_short, without)


def clean(text: str) -> str:
    """Without control and direction characters, with line breaks as blanks."""
    seen = (sign for sign in text if sign.isspace() or unicodedata.category(sign)[0] != "C")
    return " ".join("".join(seen).split())


def _short(match: re.Match[str]) -> str:
    return match["date"] or f"{MASK}{re.sub(r'[^0-9]', '', match['long'])[-2:]}"
