"""How sure an estimate is: intervals by influence.

Rows of one subscriber are no independent rows, so clusters are what is summed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from services.offers.domain.evaluation.estimators import Estimate
from services.offers.domain.evaluation.logged import Floats, Integers

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`; both NaN where nothing is known."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def normal_interval(estimate: Estimate, clusters: Integers | None = None, level: float = LEVEL) -> Interval:
    """By the influence of clusters and the central limit. With one cluster it is endless."""
    return _around(estimate.value, standard_error(estimate.influence, clusters), level)


def normal_difference(
    estimate: Estimate, base: Estimate, clusters: Integers | None = None, level: float = LEVEL
) -> Interval:
    """Of `estimate` minus `base` over the same rows: what moves both alike cancels."""
    error = standard_error(estimate.influence - base.influence, clusters)
    return _around(estimate.value - base.value, error, level)


def standard_error(influence: Floats, clusters: Integers | None = None) -> float:
    """Of a mean whose rows move it by `influence`; infinite with one cluster."""
    sums = _cluster_sums(influence, clusters)
    groups = sums.size
    if groups < 2:
        return math.inf
    spread = float(np.square(sums - sums.mean()).sum()) * groups / (groups - 1)
    return math.sqrt(spread) / influence.size


def _around(value: float, error: float, level: float) -> Interval:
    if math.isnan(value) or math.isnan(error):
        return Interval(math.nan, math.nan)
    reach = NormalDist().inv_cdf((1 + level) / 2) * error
    return Interval(value - reach, value + reach)


def _cluster_sums(rows: Floats, clusters: Integers | None) -> Floats:
    if clusters is None:
        return rows
    _, numbers = np.unique(clusters, return_inverse=True)
    return np.bincount(numbers, weights=rows).astype(np.float64)
