"""The decision log as arrays, for training and for the promotion gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.offers.domain.features import FeatureSpec

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class DecisionFrame:
    """n decisions, oldest first, each with at most c candidates in the order of their ranking.

    `spec`: the features' names; every row is in its order, whichever version it was logged in. `codes`:
    offers that occur. `code`, `offer_row` (n, c): which of `codes`, and which row of `offer_table`, a
    candidate is; -1: there is none. `chosen` (n): column of the candidate in the first place; -1: nothing
    was presented. `reward` (n), of the chosen: 1 accepted, 0 declined or ignored, NaN not known (yet).
    `weights` (n, c): context weight x value in minor units x lever. `features_known` False: the row's
    context was not logged, and is zeros.
    """

    spec: FeatureSpec
    codes: tuple[str, ...]
    decision_id: NDArray[np.object_]
    decided_at: Ints
    pseudonym: NDArray[np.object_]
    placement: NDArray[np.object_]
    model_version: NDArray[np.object_]
    fallback: NDArray[np.object_]
    arms: NDArray[np.object_]
    """Experiment -> arm, a mapping each."""
    control: Bools
    settled: Bools
    features_known: Bools
    context: NDArray[np.float32]
    offer_table: NDArray[np.float32]
    code: NDArray[np.int32]
    offer_row: NDArray[np.int32]
    probability: Floats
    propensity: Floats
    weights: Floats
    value_minor_micros: Ints
    rank: NDArray[np.int16]
    chosen: NDArray[np.int32]
    reward: Floats
    reward_position: Ints
    """Number with which the learner learnt from it; 0: it has not."""
    opted_out: Bools
    complained: Bools
    reversed: Bools

    def __len__(self) -> int:
        return len(self.decided_at)

    @property
    def candidates(self) -> int:
        """c."""
        return int(self.code.shape[1])

    @property
    def learnable(self) -> Bools:
        """Rows that models may learn from: features and reward known, and not of the control group."""
        return self.features_known & ~self.control & (self.chosen >= 0) & ~np.isnan(self.reward)

    def offer_features(self, rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[np.float32]:
        """Features (m, k) of the candidates at these rows and columns."""
        features: NDArray[np.float32] = self.offer_table[self.offer_row[rows, columns]]
        return features

    def offer_codes(self, rows: NDArray[Any], columns: NDArray[Any]) -> list[str]:
        """Codes of the candidates at these rows and columns."""
        return [self.codes[at] for at in self.code[rows, columns].tolist()]

    def take(self, rows: NDArray[Any]) -> DecisionFrame:
        """Some of the decisions: a mask, or their indexes."""
        whole = {"spec", "codes", "offer_table"}
        values = {
            each.name: getattr(self, each.name) if each.name in whole else getattr(self, each.name)[rows]
            for each in fields(self)
        }
        return DecisionFrame(**values)


def places_of(names: Sequence[str], wanted: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """From columns and to columns, of the names that both have."""
    at: Mapping[str, int] = {name: place for place, name in enumerate(names)}
    pairs = [(at[name], place) for place, name in enumerate(wanted) if name in at]
    found = np.array(pairs, dtype=np.intp).reshape(-1, 2)
    return found[:, 0], found[:, 1]
