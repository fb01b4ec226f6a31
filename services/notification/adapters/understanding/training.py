"""Trains the model: logistic regression over TF-IDF, its sureness put right on what it has not seen."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from services.notification.adapters.understanding.corpus import Utterance, texts_of
from services.notification.adapters.understanding.features import features, learnt
from services.notification.adapters.understanding.model import IntentModel, Linear, softmax
from services.notification.adapters.understanding.recipe import FOLDS, MOST_STEPS, STRENGTH, TOLERANCE, Tell
from services.notification.adapters.understanding.tfidf import Array


@dataclass(frozen=True, slots=True)
class Scores:
    """Of lines that the model had not seen while it was trained: how often it is right, and how sure."""

    examples: int
    lines: int
    accuracy: float
    mean_confidence: float
    temperature: float


def train(
    utterances: Sequence[Utterance], seed: int, tell: Tell = lambda _: None
) -> tuple[IntentModel, Scores]:
    """A model of all utterances. The same utterances and seed make the same model."""
    texts = texts_of(utterances)
    intents = np.array([utterance.intent for utterance in utterances])
    lines = np.array([utterance.line for utterance in utterances])
    scores, classes = _unseen_scores(texts, intents, lines, seed, tell)
    truth = np.searchsorted(classes, intents)
    temperature = true_temperature(scores, truth)
    chances = softmax(scores / temperature)
    tell("everything")
    vectorizer = features()
    rows = vectorizer.fit_transform(texts)
    languages = np.array([utterance.language for utterance in utterances])
    model = IntentModel(learnt(vectorizer), fitted(rows, intents), temperature, fitted(rows, languages))
    figures = Scores(
        len(texts),
        len(np.unique(lines)),
        float(np.mean(chances.argmax(axis=1) == truth)),
        float(np.mean(chances.max(axis=1))),
        temperature,
    )
    return model, figures


def fitted(rows: Any, classes: Array, most_steps: int = MOST_STEPS) -> Linear:
    """A logistic regression's weights."""
    regression = LogisticRegression(C=STRENGTH, tol=TOLERANCE, max_iter=most_steps)
    with warnings.catch_warnings():
        # So many steps are enough: more change nothing that is measured.
        warnings.simplefilter("ignore", ConvergenceWarning)
        regression.fit(rows, classes)
    weights = np.ascontiguousarray(regression.coef_.T)
    return Linear(tuple(regression.classes_.tolist()), weights, regression.intercept_)


def true_temperature(scores: Array, truth: Array) -> float:
    """By what scores are to be divided, so that what is 80 % sure is right in 80 of 100 cases."""

    def loss(logarithm: float) -> float:
        chances = softmax(scores / np.exp(logarithm))
        return float(-np.mean(np.log(chances[np.arange(len(truth)), truth] + 1e-12)))

    found = minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded")
    return float(np.exp(found.x))


def _unseen_scores(
    texts: Sequence[str], intents: Array, lines: Array, seed: int, tell: Tell
) -> tuple[Array, Array]:
    """Scores of each example by a model without its line."""
    classes = np.unique(intents)
    numbers = np.unique(lines)
    folds = np.zeros(int(numbers.max()) + 1, dtype=np.int64)
    folds[numbers] = np.random.default_rng(seed).permutation(len(numbers)) % FOLDS
    fold_of = folds[lines]
    scores = np.zeros((len(texts), len(classes)))
    everything = np.array(texts, dtype=object)
    for fold in range(FOLDS):
        tell(f"part {fold + 1} of {FOLDS}")
        seen, unseen = fold_of != fold, fold_of == fold
        vectorizer = features()
        model = fitted(vectorizer.fit_transform(everything[seen]), intents[seen])
        places = np.searchsorted(classes, np.array(model.classes))
        scores[np.ix_(unseen, places)] = model.scores(vectorizer.transform(everything[unseen]))
    return scores, classes
