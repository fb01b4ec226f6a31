"""The trained model: what an utterance means, how sure that is, which language it is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.notification.adapters.understanding.tfidf import Array, Features, Row


@dataclass(frozen=True, eq=False)
class Linear:
    """Weights of a logistic regression: one column for each class; with two classes, one column in all."""

    classes: Sequence[str]
    weights: Array
    offsets: Array

    def scores(self, rows: Any) -> Array:
        """Of a matrix of utterances, before they are made probabilities."""
        return np.asarray(rows @ self.weights + self.offsets)

    def scores_of(self, row: Row) -> Array:
        """Of one utterance; one number for each column."""
        shares = row.values[:, np.newaxis] * self.weights[row.places]
        # One after the other, as a sparse matrix adds them up: in single precision the order is seen.
        total = np.add.accumulate(shares)[-1] if len(shares) else np.zeros_like(self.offsets)
        return np.asarray(total + self.offsets)


@dataclass(frozen=True, eq=False)
class IntentModel:
    """Features, intents and languages. `temperature` divides the scores: it makes sureness true.

    Thread-safe: nothing of it changes.
    """

    features: Features
    intents: Linear
    temperature: float
    languages: Linear

    def probabilities(self, texts: Sequence[str]) -> Array:
        """One row for each normal text, one column for each of `intents.classes`."""
        scores = [self.intents.scores_of(self.features.row(text)) for text in texts]
        return softmax(np.stack(scores) / self.temperature)

    def read(self, text: str) -> tuple[list[tuple[str, float]], str, float]:
        """The intents of a normal text, likeliest first; its language, and how sure that is."""
        row = self.features.row(text)
        chances = softmax(self.intents.scores_of(row)[np.newaxis] / self.temperature)[0]
        order = np.argsort(-chances, kind="stable")
        second = float(1 / (1 + np.exp(-self.languages.scores_of(row)[0])))
        language = self.languages.classes[int(second >= 0.5)]
        ranked = [(self.intents.classes[place], float(chances[place])) for place in order]
        return ranked, language, max(second, 1 - second)


def softmax(scores: Array) -> Array:
    """Rows that add up to 1."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
