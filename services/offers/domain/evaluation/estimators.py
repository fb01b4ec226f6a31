"""Estimators of what a policy earns a choice, from choices that another made.

Each is a ratio of two sums over rows, which is all that intervals need.
Names: Dudik, Langford, Li (2011), "Doubly robust policy evaluation and learning".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.offers.domain.evaluation.logged import Floats, Logged


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """sum(numerators) / sum(denominators), by name. Arrays of one value a row."""

    name: str
    numerators: Floats
    denominators: Floats

    @property
    def value(self) -> float:
        """In the unit of rewards, each choice; NaN where the denominators add up to nothing."""
        total = float(self.denominators.sum())
        return float(self.numerators.sum()) / total if total > 0 else float("nan")

    @property
    def influence(self) -> Floats:
        """How much each row moves the value; mean 0. NaN as the value is."""
        mean = float(self.denominators.mean())
        if mean <= 0:
            return np.full_like(self.numerators, np.nan)
        moved: Floats = (self.numerators - self.value * self.denominators) / mean
        return moved


def on_policy(logged: Logged) -> Estimate:
    """What the logged policy itself earned: the mean."""
    return Estimate("logged", logged.rewards, np.ones(logged.size))


def ips(logged: Logged) -> Estimate:
    """Inverse propensity scoring: unbiased, and wild where weights are large."""
    return Estimate("IPS", logged.weights * logged.rewards, np.ones(logged.size))


def snips(logged: Logged) -> Estimate:
    """Self-normalised: divided by the weights' sum instead of n; a little bias for much less noise."""
    return Estimate("SNIPS", logged.weights * logged.rewards, logged.weights)


def direct_method(predicted_target: Floats) -> Estimate:
    """What a reward model says that the target's choices earn; as wrong as the model is.

    `predicted_target`: of each row the target's mean prediction, over all it might have chosen.
    """
    return Estimate("DM", predicted_target, np.ones(predicted_target.size))


def doubly_robust(logged: Logged, predicted_target: Floats, predicted_logged: Floats) -> Estimate:
    """The direct method, put right by weighted residuals: right where the model or the propensities are.

    `predicted_logged`: what the model says of the choice that was made. Predictions of a row must come
    from a model that did not learn from it (cross-fitting); otherwise the interval is too short.
    """
    corrected = predicted_target + logged.weights * (logged.rewards - predicted_logged)
    return Estimate("DR", corrected, np.ones(logged.size))
