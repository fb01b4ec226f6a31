"""Words that count whatever the model thinks."""

from __future__ import annotations

import re

from services.notification.domain.talking.naming import folded_name

_PERSON = re.compile(
    r"\b(humans?|agents?|real person|a person|representative|mensch(en)?|mitarbeiter(in)?|"
    r"(kunden)?berater(in)?|echte(n|r)? person)\b"
)
_STARS = re.compile(
    r"(?:(?:note|score|rating|bewertung)\s*:?\s*)?([1-5])(?:\s*(?:/|of|von)\s*5)?\s*(?:stars?|sterne?|points?|punkte?)?[.!]?"
)
_PLAIN = re.compile(r"[\w\s.,!'\N{RIGHT SINGLE QUOTATION MARK}-]*")
_MOST_WORDS = 6
_SCORE_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
    "eins": 1, "zwei": 2, "drei": 3, "vier": 4, "fuenf": 5,
}  # fmt: skip


def wants_person(text: str) -> bool:
    """True where a person is named."""
    return _PERSON.search(folded_name(text)) is not None


def score_in(text: str) -> int:
    """1 to 5 where the text is a score and nothing else; else 0."""
    plain = folded_name(text)
    match = _STARS.fullmatch(plain)
    return int(match[1]) if match else _SCORE_WORDS.get(plain.rstrip(".!"), 0)


def is_plain_answer(text: str) -> bool:
    """A few words and nothing else: a yes in a longer text, or with a question in it, is no yes."""
    return _PLAIN.fullmatch(text) is not None and len(text.split()) <= _MOST_WORDS
