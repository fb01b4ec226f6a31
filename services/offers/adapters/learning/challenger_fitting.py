"""Fitting the challenger, with scikit-learn: in the process that trains, never in the one that decides."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold

from services.offers.adapters.learning.scaling import Floats

_ISOTONIC_POSITIVES = 1_000
"""With fewer, steps would follow noise; Platt's two numbers do not."""
_FOLDS = 3
_TREES = 80
_DEPTH = 5
_LEAVES = 24


def fit_challenger(rows: Floats, accepted: NDArray[Any], seed: int) -> CalibratedClassifierCV:
    """Fits on contexts beside `offers_of` (n, d + k + 1). Needs both answers, as often as there are folds."""
    boosted = HistGradientBoostingClassifier(
        max_iter=_TREES,
        learning_rate=0.08,
        max_depth=_DEPTH,
        max_leaf_nodes=_LEAVES,
        min_samples_leaf=40,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )
    method = "isotonic" if accepted.sum() >= _ISOTONIC_POSITIVES else "sigmoid"
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    return CalibratedClassifierCV(boosted, method=method, cv=folds, ensemble=False).fit(rows, accepted)
