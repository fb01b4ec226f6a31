"""Which of several names somebody means, however it is written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

PLAN = "plan"
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_WORD = re.compile(r"\w+")
_SYNONYMS = {
    "wochen": "weekly", "woche": "weekly", "week": "weekly", "weekly": "weekly",
    "tages": "daily", "tag": "daily", "day": "daily", "daily": "daily",
    "monats": "monthly", "monat": "monthly", "month": "monthly",
    "musik": "music", "music": "music", "song": "music",
    "video": "video", "film": "video", "streaming": "streaming", "stream": "streaming",
    "familien": "family", "familie": "family", "family": "family",
    "unbegrenzt": "unlimited", "unlimited": "unlimited", "flat": "unlimited",
    "spiele": "gaming", "gaming": "gaming", "game": "gaming", "daten": "data", "internet": "data",
    "unterhaltung": "entertainment",
}  # fmt: skip
_PREFIXES = tuple(sorted(_SYNONYMS, key=len, reverse=True))
_NOT_DISTINCTIVE = frozenset({"a", "the", "of", "and", "pass", "bundle", "plan", "option", "for", "to"})
_CLOSE = 0.84
_SHORT = 5


@dataclass(frozen=True, slots=True)
class SoldName:
    """Something that can be bought. `kind`: `plan`, or anything beside one."""

    code: str
    name: str
    kind: str


def folded_name(text: str) -> str:
    """Lower case, umlauts as ae/oe/ue, single blanks."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_UMLAUTS)
    return " ".join(plain.split())


def find_named(text: str, names: Iterable[SoldName]) -> Sequence[SoldName]:
    """Those that the text fits best; none where it names nothing, several where it could be several."""
    spoken = folded_name(text)
    words = {synonym for word in _WORD.findall(spoken) for synonym in _meanings(word)}
    found: list[tuple[int, SoldName]] = []
    for name in names:
        if f" {folded_name(name.name)} " in f" {spoken} " or spoken == name.code:
            found.append((100 + len(name.name), name))
            continue
        own = {_meaning(word) for word in _WORD.findall(folded_name(name.name))} - _NOT_DISTINCTIVE
        matched = sum(_is_named(word, words) for word in own)
        if matched:
            found.append((10 * matched - len(own), name))
    best = max((score for score, _ in found), default=0)
    return [name for score, name in found if score == best]


def _meaning(word: str) -> str:
    """`wochenpass` and `weekly` are the same."""
    prefix = next((each for each in _PREFIXES if word.startswith(each)), "")
    return _SYNONYMS.get(prefix, word)


def _meanings(word: str) -> set[str]:
    return {word, _meaning(word)}


def _is_named(word: str, words: set[str]) -> bool:
    if word in words:
        return True
    return len(word) >= _SHORT and bool(
        get_close_matches(word, [w for w in words if len(w) >= _SHORT], 1, _CLOSE)
    )
