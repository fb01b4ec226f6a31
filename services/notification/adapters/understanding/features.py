"""TF-IDF of words and of the characters in them."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion

_WORD = r"(?u)\b\w+\b|[?!]"
WORDS, CHARACTERS = "words", "characters"
_WEIGHTS = {WORDS: 1.0, CHARACTERS: 2.0}


def word_features(vocabulary: Any = None) -> TfidfVectorizer:
    """Words and pairs of them; a question mark is a word."""
    return TfidfVectorizer(
        ngram_range=(1, 2),
        sublinear_tf=True,
        token_pattern=_WORD,
        lowercase=False,
        dtype=np.float32,
        vocabulary=vocabulary,
    )


def character_features(vocabulary: Any = None) -> TfidfVectorizer:
    """Two to five characters of a word: what is misspelt is still mostly right."""
    return TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=(2, 5),
        sublinear_tf=True,
        min_df=1 if vocabulary is not None else 2,
        lowercase=False,
        dtype=np.float32,
        vocabulary=vocabulary,
    )


def features(words: TfidfVectorizer | None = None, characters: TfidfVectorizer | None = None) -> FeatureUnion:
    """Both side by side."""
    parts = [(WORDS, words or word_features()), (CHARACTERS, characters or character_features())]
    return FeatureUnion(parts, transformer_weights=_WEIGHTS)
