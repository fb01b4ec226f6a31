"""TF-IDF of words and of the characters in them, for one utterance: what scikit-learn would make of it.

In the precision and the order of its sparse matrices, so that both come to the same figures. Importing
scikit-learn would be half of the service's start, and its ways of checking most of what an utterance takes.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

WORD = r"(?u)\b\w+\b|[?!]"
WORD_SIZES = (1, 2)
CHARACTER_SIZES = (2, 5)
WORDS, CHARACTERS = "words", "characters"
WEIGHTS = {WORDS: 1.0, CHARACTERS: 2.0}
_WORD = re.compile(WORD)


@dataclass(frozen=True, slots=True)
class Row:
    """One utterance: which features it has, ascending, and how much of each."""

    places: Array
    values: Array


@dataclass(frozen=True, eq=False)
class Terms:
    """The terms that were learnt, by their places, and how telling each is. Single precision."""

    places: Mapping[str, int]
    idf: Array

    def row(self, terms: Iterable[str]) -> Row:
        """Of an utterance's terms, to the length 1; unknown ones are left out."""
        known = (self.places.get(term) for term in terms)
        counts = sorted(Counter(place for place in known if place is not None).items())
        places = np.array([place for place, _ in counts], dtype=np.int64)
        values = np.log(np.array([count for _, count in counts], dtype=np.float32)) + np.float32(1)
        values *= self.idf[places]
        # Added one by one in double precision, as scikit-learn does: numpy would add in pairs.
        length = math.sqrt(sum((values * values).tolist()))
        return Row(places, (values / np.float64(length or 1)).astype(np.float32))


@dataclass(frozen=True, eq=False)
class Features:
    """Words and characters side by side."""

    words: Terms
    characters: Terms

    def row(self, text: str) -> Row:
        """Of a normal text."""
        words, characters = self.words.row(word_terms(text)), self.characters.row(character_terms(text))
        values = words.values * WEIGHTS[WORDS], characters.values * WEIGHTS[CHARACTERS]
        places = words.places, characters.places + len(self.words.idf)
        return Row(np.concatenate(places), np.concatenate(values))


def word_terms(text: str) -> Iterator[str]:
    """Words and pairs of them; a question mark is a word."""
    words = _WORD.findall(text)
    yield from words
    yield from map(" ".join, pairwise(words))


def character_terms(text: str) -> Iterator[str]:
    """Two to five characters of a word with a blank on both sides; a shorter one once, as a whole."""
    least, most = CHARACTER_SIZES
    for word in text.split():
        padded = f" {word} "
        for size in range(least, most + 1):
            last = len(padded) - size
            for begin in range(max(last, 0) + 1):
                yield padded[begin : begin + size]
            if last <= 0:
                break
