"""The reward model of the direct method and of DR: a logistic regression, cross-fitted."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from services.offers.domain.evaluation.logged import Floats, Integers
from services.offers.domain.evaluation.valuing import Choices

FOLDS = 5
_MOST_ITERATIONS = 1_000


class CrossFittedRewards:
    """How likely each alternative is accepted, told by a model that has not seen its row, nor its cluster."""

    def __init__(self, seed: int, folds: int = FOLDS) -> None:
        self._seed = seed
        self._folds = folds

    def acceptance(self, choices: Choices, features: Any) -> Floats:
        """m probabilities. `features`: m rows, dense or sparse, of numbers of about the same size.

        A fold whose others saw one outcome only is told that outcome's share. With fewer clusters than
        folds there are as many folds as clusters. Raises ValueError where there is one cluster.
        """
        matrix = sparse.csr_matrix(features)
        groups = np.arange(choices.chosen.size) if choices.clusters is None else choices.clusters
        folds = min(self._folds, np.unique(groups).size)
        predicted = np.empty(choices.rows.size)
        splitter = GroupKFold(folds, shuffle=True, random_state=self._seed)
        for learnt_from, told in splitter.split(groups, groups=groups):
            of_told = np.isin(choices.rows, told)
            predicted[of_told] = self._fold(choices, matrix, learnt_from, of_told)
        return predicted

    @staticmethod
    def _fold(choices: Choices, matrix: Any, learnt_from: Integers, of_told: Any) -> Floats:
        accepted = choices.accepted[learnt_from]
        asked = matrix[of_told]
        if accepted.min() == accepted.max():
            return np.full(asked.shape[0], float(accepted[0]))
        model = LogisticRegression(max_iter=_MOST_ITERATIONS)
        model.fit(matrix[choices.chosen[learnt_from]], accepted)
        probabilities: Floats = model.predict_proba(asked)[:, 1]
        return probabilities
