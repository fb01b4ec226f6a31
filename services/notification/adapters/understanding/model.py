"""The trained model: what an utterance means, how sure that is, which language it is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import skops.io

from services.notification.adapters.understanding.features import (
    CHARACTERS,
    WORDS,
    character_features,
    features,
    word_features,
)

Array = npt.NDArray[Any]
_ARRAYS = ("intents", "weights", "offsets", "temperature", "languages", "language_weights", "language_offset")


@dataclass(frozen=True, eq=False)
class Linear:
    """Weights of a logistic regression: one row for each class; with two classes, one row in all."""

    classes: Sequence[str]
    weights: Array
    offsets: Array

    def scores(self, rows: Any) -> Array:
        """Before they are made probabilities."""
        return np.asarray(rows @ self.weights.T + self.offsets)


@dataclass(frozen=True, eq=False)
class IntentModel:
    """Features, intents and languages. `temperature` divides the scores: it makes sureness true.

    Thread-safe: nothing of it changes.
    """

    vectorizer: Any
    intents: Linear
    temperature: float
    languages: Linear

    def probabilities(self, texts: Sequence[str]) -> Array:
        """One row for each normal text, one column for each of `intents.classes`."""
        return softmax(self.intents.scores(self.vectorizer.transform(texts)) / self.temperature)

    def read(self, text: str) -> tuple[list[tuple[str, float]], str, float]:
        """The intents of a normal text, likeliest first; its language, and how sure that is."""
        row = self.vectorizer.transform([text])
        chances = softmax(self.intents.scores(row) / self.temperature)[0]
        order = np.argsort(-chances, kind="stable")
        second = float(1 / (1 + np.exp(-self.languages.scores(row)[0, 0])))
        language = self.languages.classes[int(second >= 0.5)]
        ranked = [(self.intents.classes[place], float(chances[place])) for place in order]
        return ranked, language, max(second, 1 - second)


def softmax(scores: Array) -> Array:
    """Rows that add up to 1."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def to_octets(model: IntentModel) -> bytes:
    """A skops file of arrays: vocabularies as texts, never code."""
    parts = dict(model.vectorizer.transformer_list)
    content: dict[str, Array] = {
        "intents": np.array(model.intents.classes),
        "weights": model.intents.weights,
        "offsets": model.intents.offsets,
        "temperature": np.array([model.temperature]),
        "languages": np.array(model.languages.classes),
        "language_weights": model.languages.weights,
        "language_offset": model.languages.offsets,
    }
    for name in (WORDS, CHARACTERS):
        content[f"{name}_terms"] = parts[name].get_feature_names_out().astype(np.str_)
        content[f"{name}_idf"] = parts[name].idf_
    return bytes(skops.io.dumps(content))


def from_octets(octets: bytes) -> IntentModel:
    """Back. Nothing but arrays is trusted; whatever else is in it raises."""
    content = skops.io.loads(octets, trusted=[])
    vectorizer = features(
        _fitted(word_features, content, WORDS), _fitted(character_features, content, CHARACTERS)
    )
    intents, weights, offsets, temperature, languages, language_weights, language_offset = (
        content[name] for name in _ARRAYS
    )
    return IntentModel(
        vectorizer,
        Linear(tuple(intents.tolist()), weights, offsets),
        float(temperature[0]),
        Linear(tuple(languages.tolist()), language_weights, language_offset),
    )


def _fitted(make: Any, content: dict[str, Array], name: str) -> Any:
    terms = content[f"{name}_terms"].tolist()
    vectorizer = make(dict(zip(terms, range(len(terms)), strict=True)))
    vectorizer.idf_ = content[f"{name}_idf"]
    return vectorizer
