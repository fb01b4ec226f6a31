"""A fitted, calibrated HistGradientBoostingClassifier as arrays, worked for all rows and trees at once.

scikit-learn walks tree by tree, which for fifty rows is two milliseconds of calls. Here every condition of
every tree is looked at, and each that fails strikes out the leaves to its left; the first leaf that stays is
the one that a walk would reach (Lucchese et al. 2015, "QuickScorer"). Conditions on the context are looked at
once for all offers. A test holds both equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from services.offers.adapters.learning.cold_start import probability
from services.offers.adapters.learning.scaling import Floats

if TYPE_CHECKING:
    # A service reads the arrays alone, and is spared the second that scikit-learn takes to import.
    from sklearn.calibration import CalibratedClassifierCV

MOST_LEAVES = 31
_ROWS_AT_ONCE = 1_000
_ALL = 2**32 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """Conditions of t trees, those of a tree one after another from `begins` (t) on: above threshold fails.

    `keeps`: leaves of its tree that stay possible where a condition fails, as bits; leaves are numbered
    from left to right.
    """

    begins: NDArray[np.intp]
    columns: NDArray[np.intp]
    thresholds: Floats
    keeps: NDArray[np.uint32]

    def possible(self, rows: Floats) -> NDArray[np.uint32]:
        """Leaves (m, t) of rows (m, f) that no failed condition strikes out."""
        fails = rows.take(self.columns, axis=1) > self.thresholds
        left: NDArray[np.uint32] = np.bitwise_and.reduceat(
            np.where(fails, self.keeps, np.uint32(_ALL)), self.begins, axis=1
        )
        return left


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Conditions on contexts, and on offers. `values` (t, leaves): the score is their sum and `baseline`."""

    context: Conditions
    offers: Conditions
    values: Floats
    baseline: float

    def scores(self, context: Floats, offers: Floats) -> Floats:
        """Log-odds before calibration (m) of offers (m, k), in one context (d) or a context each (m, d)."""
        if context.ndim == 1:
            return self._work(context[None], offers)
        portions = range(0, len(offers), _ROWS_AT_ONCE)
        parts = [
            self._work(context[at : at + _ROWS_AT_ONCE], offers[at : at + _ROWS_AT_ONCE]) for at in portions
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _work(self, context: Floats, offers: Floats) -> Floats:
        possible = self.context.possible(context) & self.offers.possible(offers)
        lowest = (possible & (~possible + np.uint32(1))).astype(np.float64)
        leaves = np.frexp(lowest)[1] - 1
        found: Floats = self.baseline + self.values[np.arange(len(self.values)), leaves].sum(axis=1)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Scores into probabilities: isotonic by its steps, or Platt's sigmoid(-(a * score + b))."""

    x: Floats
    y: Floats
    slope: float = 0.0
    intercept: float = 0.0

    def probabilities(self, scores: Floats) -> Floats:
        """(m) from scores (m)."""
        if len(self.x):
            found: Floats = np.interp(scores, self.x, self.y)
            return found
        return probability(-(self.slope * scores + self.intercept))


def forest_of(model: CalibratedClassifierCV, size: int) -> tuple[Forest, Calibration]:
    """The arrays of a classifier fitted with `ensemble=False`; its first `size` columns are of contexts."""
    (calibrated,) = model.calibrated_classifiers_
    (calibrator,) = calibrated.calibrators
    if hasattr(calibrator, "X_thresholds_"):
        x, y = calibrator.X_thresholds_, calibrator.y_thresholds_
        calibration = Calibration(x.astype(np.float64), y.astype(np.float64))
    else:
        calibration = Calibration(np.zeros(0), np.zeros(0), float(calibrator.a_), float(calibrator.b_))
    boosted = calibrated.estimator
    # There is no public way to a fitted tree.
    trees = [_tree(iteration[0].nodes) for iteration in boosted._predictors]
    return _joined(trees, size, float(np.asarray(boosted._baseline_prediction).ravel()[0])), calibration


@dataclass(frozen=True, slots=True)
class _Condition:
    column: int
    threshold: float
    keeps: int


def _tree(nodes: Any) -> tuple[list[_Condition], list[float]]:
    """Conditions and leaves of one tree."""
    leaves: list[float] = []

    def conditions(at: int) -> Iterator[_Condition]:
        node = nodes[at]
        if node["is_leaf"]:
            leaves.append(float(node["value"]))
            return
        first = len(leaves)
        yield from conditions(int(node["left"]))
        struck_out = (1 << len(leaves)) - (1 << first)
        yield _Condition(int(node["feature_idx"]), float(node["num_threshold"]), _ALL & ~struck_out)
        yield from conditions(int(node["right"]))

    return list(conditions(0)), leaves


def _joined(trees: list[tuple[list[_Condition], list[float]]], size: int, baseline: float) -> Forest:
    values = np.zeros((len(trees), MOST_LEAVES + 1))
    for at, (_, leaves) in enumerate(trees):
        values[at, : len(leaves)] = leaves
    conditions = [each for each, _ in trees]
    return Forest(
        _conditions([[each for each in tree if each.column < size] for tree in conditions], 0),
        _conditions([[each for each in tree if each.column >= size] for tree in conditions], size),
        values,
        baseline,
    )


def _conditions(trees: list[list[_Condition]], first_column: int) -> Conditions:
    # A condition that never fails stands before each tree's own, so that no tree is without one.
    never = _Condition(first_column, np.inf, _ALL)
    flat = [each for tree in trees for each in (never, *tree)]
    counts = [1 + len(tree) for tree in trees]
    return Conditions(
        np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.intp),
        np.array([each.column - first_column for each in flat], dtype=np.intp),
        np.array([each.threshold for each in flat]),
        np.array([each.keeps for each in flat], dtype=np.uint32),
    )
