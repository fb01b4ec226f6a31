"""Text as the model sees it: what makes no difference to the meaning makes none to the features."""

from __future__ import annotations

import re
import unicodedata

_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "\N{RIGHT SINGLE QUOTATION MARK}": "'", "`": "'"}
)
_DIGITS = re.compile(r"\d")
_LONG_RUNS = re.compile(r"([^\W\d_])\1{2,}")
_BLANKS = re.compile(r"\s+")


def normal(text: str) -> str:
    """Lower case, umlauts as ae/oe/ue, every digit a 0, `sooooo` as `soo`, one blank between words."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_UMLAUTS)
    shortened = _LONG_RUNS.sub(r"\1\1", _DIGITS.sub("0", folded))
    return _BLANKS.sub(" ", shortened).strip()


def letters(text: str) -> str:
    """Only its letters and digits: for telling whether two utterances are the same."""
    return re.sub(r"\W", "", normal(text))
