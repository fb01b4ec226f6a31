"""Texts in CSV files that spreadsheets open.

Spreadsheets take a text that begins like a formula for one. Such a text gets an apostrophe in front, and
so does a text that begins with an apostrophe: whoever reads it back takes one off.
"""

from __future__ import annotations

import re

# Full-width signs are taken for the narrow ones by some programs; blanks before a sign are dropped by some.
_LIKE_A_FORMULA = re.compile(r"[\s\x00]*[=+\-@\uff1d\uff0b\uff0d\uff20']|[\t\r\n\x00]")
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?…?")
GUARD = "'"


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula. Plain numbers stay as they are."""
    if _LIKE_A_FORMULA.match(text) and not _PLAIN_NUMBER.fullmatch(text):
        return GUARD + text
    return text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text.removeprefix(GUARD)
