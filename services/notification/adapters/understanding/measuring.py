"""How good understanding is: accuracy, containment and wrong answers beside each other, never one alone."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

from services.notification.adapters.understanding.corpus import Utterance, texts_of
from services.notification.adapters.understanding.features import features
from services.notification.adapters.understanding.model import IntentModel, softmax
from services.notification.adapters.understanding.text import normal
from services.notification.adapters.understanding.tfidf import Array
from services.notification.adapters.understanding.training import fitted
from services.notification.domain.talking.meanings import OUT_OF_SCOPE

_TEST_SHARE = 0.2
_PUBLIC_STEPS = 15
"""The public sets are larger; more steps make them surer, not better."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Shares of held-out utterances in one language, from 0 to 1.

    `accuracy`: of those that are about us, by the likeliest meaning. `contained`: of the same, answered at
    once and not asked back. `wrong`: of all answered ones, answered as what they are not. `refused`: of
    those that are not about us, not answered as if they were. `language`: whose language was found.
    """

    language: str
    utterances: int
    accuracy: float
    contained: float
    wrong: float
    refused: float
    language_found: float


def measure_held_out(
    model: IntentModel, utterances: Sequence[Utterance], language: str, threshold: float
) -> HeldOut:
    """The model on utterances of one language that it was not trained on."""
    chosen = [utterance for utterance in utterances if utterance.language == language]
    truth = np.array([utterance.intent for utterance in chosen])
    chances = model.probabilities(texts_of(chosen))
    likeliest = np.array(model.intents.classes)[chances.argmax(axis=1)]
    is_ours = truth != OUT_OF_SCOPE
    is_answered = (chances.max(axis=1) >= threshold) & (likeliest != OUT_OF_SCOPE)
    found = [model.read(normal(utterance.text))[1] == language for utterance in chosen]
    return HeldOut(
        language,
        len(chosen),
        float(np.mean(likeliest[is_ours] == truth[is_ours])),
        float(np.mean(is_answered[is_ours])),
        float(np.mean(likeliest[is_answered] != truth[is_answered])),
        float(np.mean(~is_answered[~is_ours])),
        float(np.mean(found)),
    )


@dataclass(frozen=True, slots=True)
class Public:
    """A public set. `kept`: in-scope utterances at or above the threshold; `refused`: others below it."""

    name: str
    split: str
    intents: int
    trained: int
    tested: int
    accuracy: float
    kept: float
    wrong_of_kept: float
    refused: float | None = None


def measure_banking77(folder: Path, seed: int, threshold: float) -> Public:
    """The training part of banking77 alone, split 80 to 20, as many of each intent in both."""
    rows = _rows(folder / "banking77_train.csv")
    texts = [normal(row["text"]) for row in rows]
    intents = np.array([row["category"] for row in rows])
    seen, unseen, seen_intents, unseen_intents = train_test_split(
        texts, intents, test_size=_TEST_SHARE, random_state=seed, stratify=intents
    )
    split = f"80/20 stratified, seed {seed}"
    return _measured("banking77", split, (seen, seen_intents), (unseen, unseen_intents), [], threshold)


def measure_clinc150(folder: Path, threshold: float, most_of_each: int = 100) -> Public:
    """CLINC150, trained on `train` and tested on `val`; what is out of scope is only tested, never learnt.

    `most_of_each`: the first so many examples of each intent are learnt; the set has 100.
    """
    rows = _rows(folder / "clinc150.csv")
    outside = [normal(row["text"]) for row in rows if row["split"].startswith("oos")]
    learnt: Counter[str] = Counter()
    train, test = [], []
    for row in rows:
        if row["split"] == "val":
            test.append(row)
        elif row["split"] == "train" and learnt[row["intent"]] < most_of_each:
            learnt[row["intent"]] += 1
            train.append(row)
    split = f"its own train/val, {most_of_each} of each, oos apart"
    return _measured("CLINC150", split, _pair(train), _pair(test), outside, threshold)


def _measured(
    name: str,
    split: str,
    seen: tuple[Sequence[str], Array],
    unseen: tuple[Sequence[str], Array],
    outside: Sequence[str],
    threshold: float,
) -> Public:
    vectorizer = features()
    model = fitted(vectorizer.fit_transform(seen[0]), seen[1], _PUBLIC_STEPS)
    chances = softmax(model.scores(vectorizer.transform(unseen[0])))
    is_right = np.array(model.classes)[chances.argmax(axis=1)] == unseen[1]
    is_kept = chances.max(axis=1) >= threshold
    refused = None
    if outside:
        surest = softmax(model.scores(vectorizer.transform(outside))).max(axis=1)
        refused = float(np.mean(surest < threshold))
    return Public(
        name,
        split,
        len(model.classes),
        len(seen[0]),
        len(unseen[0]),
        float(np.mean(is_right)),
        float(np.mean(is_kept)),
        float(np.mean(~is_right[is_kept])),
        refused,
    )


def _pair(rows: Sequence[dict[str, str]]) -> tuple[list[str], Array]:
    return [normal(row["text"]) for row in rows], np.array([row["intent"] for row in rows])


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
