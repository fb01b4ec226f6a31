"""The features as scikit-learn learns them; `tfidf` reads with what was learnt, without it."""

from __future__ import annotations

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion

from services.notification.adapters.understanding.tfidf import (
    CHARACTER_SIZES,
    CHARACTERS,
    WEIGHTS,
    WORD,
    WORD_SIZES,
    WORDS,
    Features,
    Terms,
)


def features() -> FeatureUnion:
    """Words, pairs of them, and two to five characters of a word: what is misspelt is still mostly right."""
    words = TfidfVectorizer(
        ngram_range=WORD_SIZES, sublinear_tf=True, token_pattern=WORD, lowercase=False, dtype=np.float32
    )
    characters = TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=CHARACTER_SIZES,
        sublinear_tf=True,
        min_df=2,
        lowercase=False,
        dtype=np.float32,
    )
    return FeatureUnion([(WORDS, words), (CHARACTERS, characters)], transformer_weights=WEIGHTS)


def learnt(union: FeatureUnion) -> Features:
    """What a fitted union has learnt."""
    parts = dict(union.transformer_list)
    return Features(_terms(parts[WORDS]), _terms(parts[CHARACTERS]))


def _terms(vectorizer: TfidfVectorizer) -> Terms:
    places = {term: int(place) for term, place in vectorizer.vocabulary_.items()}
    return Terms(dict(sorted(places.items(), key=lambda item: item[1])), vectorizer.idf_)
