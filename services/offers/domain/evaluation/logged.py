"""A log of choices as arrays, one row each: what was earned, and how likely two policies made the choice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Logged:
    """n choices of a logged policy, beside the policy that is to be valued. All arrays have length n.

    `rewards`: what each choice earned, in any unit. `propensities`: with which the logged policy made it,
    above 0. `target_propensities`: with which the other would have. `clusters`: rows with the same
    number depend on each other, as those of one subscriber; None: every row stands by itself.
    Raises ValueError for lengths that differ, no rows, or probabilities that are none.
    """

    rewards: Floats
    propensities: Floats
    target_propensities: Floats
    clusters: Integers | None = None

    def __post_init__(self) -> None:
        arrays = (self.propensities, self.target_propensities)
        if not self.rewards.size or any(array.shape != self.rewards.shape for array in arrays):
            raise ValueError("a log has a row or more, and every array as many")
        if self.clusters is not None and self.clusters.shape != self.rewards.shape:
            raise ValueError("every row belongs to one cluster")
        if not (np.all(self.propensities > 0) and np.all(self.propensities <= 1)):
            raise ValueError("a logged propensity is above 0 and at most 1: what was shown could be shown")
        if not (np.all(self.target_propensities >= 0) and np.all(self.target_propensities <= 1)):
            raise ValueError("a target's propensity is a probability")

    @property
    def size(self) -> int:
        """Rows."""
        return int(self.rewards.size)

    @property
    def weights(self) -> Floats:
        """How much more often the target makes each choice than the logged policy did."""
        weights: Floats = self.target_propensities / self.propensities
        return weights


def effective_sample_size(weights: Floats) -> float:
    """As many unweighted rows would say as much: (sum w)^2 / sum w^2; 0 where every weight is 0."""
    squares = float(np.square(weights).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def largest_weight(weights: Floats) -> float:
    """The weight of the row that counts most."""
    return float(weights.max())
