"""Per offer a Bayesian logistic regression over the context, learnt one reward at a time.

log-odds = offset + w . [1, z]: the offset is what was known beforehand (the cold start's score, or the
rule's own guess), so an offer without rewards is scored by it exactly; w starts at zero, with the
uncertainty of a prior. Each reward moves mean and covariance by Laplace's approximation: to the mode along
the one direction in which an observation can move them, found by Newton's method.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from services.offers.adapters.learning.scaling import Floats

INTERCEPT_VARIANCE = 1.0
WEIGHT_VARIANCE = 0.05
"""Of each weight beforehand; on features of scale 1, all together may move log-odds by one or two."""
_NEWTON_STEPS = 8
_SETTLED = 1e-9


@dataclass(frozen=True, slots=True)
class Example:
    """One reward to learn from. `context` scaled (d); `offset`: log-odds known beforehand."""

    offer_code: str
    context: Floats
    offset: float
    accepted: bool


@dataclass(frozen=True, eq=False)
class Posterior:
    """What is believed of n offers over d features: means (n, d+1), covariances (n, d+1, d+1), counts (n).

    The first column is the intercept. A value: learning makes another.
    """

    codes: tuple[str, ...]
    means: Floats
    covariances: Floats
    rewards: Floats
    positives: Floats

    @property
    def size(self) -> int:
        """d + 1."""
        return int(self.means.shape[1])

    def learnt(self, examples: Iterable[Example]) -> Posterior:
        """Another posterior, which has seen these too, in their order."""
        learning = _Learning(self)
        for example in examples:
            learning.learn(example)
        return learning.result()


def prior(features: int) -> Posterior:
    """Of no offers, over so many features."""
    size = features + 1
    return Posterior((), np.zeros((0, size)), np.zeros((0, size, size)), np.zeros(0), np.zeros(0))


def prior_variances(size: int) -> Floats:
    """Of the intercept and each weight, before any reward."""
    variances = np.full(size, WEIGHT_VARIANCE)
    variances[0] = INTERCEPT_VARIANCE
    return variances


def with_intercept(contexts: Floats) -> Floats:
    """(..., d) becomes (..., d + 1)."""
    rows = np.ones((*contexts.shape[:-1], contexts.shape[-1] + 1))
    rows[..., 1:] = contexts
    return rows


def mapped(posterior: Posterior, places: Sequence[int], size: int) -> Posterior:
    """Over more features: old feature i becomes feature `places[i]`; new ones have their prior."""
    columns = [0, *(place + 1 for place in places)]
    count = len(posterior.codes)
    means = np.zeros((count, size + 1))
    means[:, columns] = posterior.means
    covariances = np.zeros((count, size + 1, size + 1))
    covariances[:] = np.diag(prior_variances(size + 1))
    covariances[np.ix_(range(count), columns, columns)] = posterior.covariances
    return Posterior(posterior.codes, means, covariances, posterior.rewards, posterior.positives)


class _Learning:
    """Offers as they change; arrays of their own, so that who reads the old ones sees nothing of it."""

    def __init__(self, begun: Posterior) -> None:
        self._size = begun.size
        self._at = {code: at for at, code in enumerate(begun.codes)}
        self._means = list(begun.means.copy())
        self._covariances = list(begun.covariances.copy())
        self._rewards = begun.rewards.tolist()
        self._positives = begun.positives.tolist()

    def learn(self, example: Example) -> None:
        at = self._place(example.offer_code)
        mean, covariance = self._means[at], self._covariances[at]
        row = np.concatenate(([1.0], example.context))
        moved = covariance @ row
        spread = float(row @ moved)
        before = example.offset + float(row @ mean)
        step, curvature = _mode(before, spread, float(example.accepted))
        mean += moved * step
        covariance -= np.outer(moved, moved * (curvature / (1 + curvature * spread)))
        self._rewards[at] += 1
        self._positives[at] += example.accepted

    def result(self) -> Posterior:
        """Everything in order of code, whatever came first."""
        codes = tuple(sorted(self._at))
        order = [self._at[code] for code in codes]
        size = self._size
        return Posterior(
            codes,
            np.array([self._means[at] for at in order]).reshape(len(codes), size),
            np.array([self._covariances[at] for at in order]).reshape(len(codes), size, size),
            np.array([self._rewards[at] for at in order], dtype=np.float64),
            np.array([self._positives[at] for at in order], dtype=np.float64),
        )

    def _place(self, code: str) -> int:
        if code not in self._at:
            self._at[code] = len(self._means)
            self._means.append(np.zeros(self._size))
            self._covariances.append(np.diag(prior_variances(self._size)))
            self._rewards.append(0.0)
            self._positives.append(0.0)
        return self._at[code]


def _mode(before: float, spread: float, accepted: float) -> tuple[float, float]:
    """How far to go along covariance x row, and the curvature there.

    Solves step = accepted - sigmoid(before + spread * step), which has one solution, between
    accepted - 1 and accepted.
    """
    low, high = accepted - 1, accepted
    step = 0.0
    for _ in range(_NEWTON_STEPS):
        probability = _sigmoid(before + spread * step)
        missed = step - accepted + probability
        low, high = (low, step) if missed > 0 else (step, high)
        following = step - missed / (1 + spread * probability * (1 - probability))
        following = following if low <= following <= high else (low + high) / 2
        if abs(following - step) < _SETTLED:
            step = following
            break
        step = following
    probability = _sigmoid(before + spread * step)
    return step, probability * (1 - probability)


def _sigmoid(value: float) -> float:
    if value >= 0:
        return 1 / (1 + math.exp(-min(value, 700)))
    odds = math.exp(max(value, -700))
    return odds / (1 + odds)
