"""What models are trained on: the first place of each decision whose reward is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.common.kernel.clock import Instant, iso
from services.offers.adapters.learning.frames import DecisionFrame
from services.offers.domain.features import FeatureSpec

_HELD_OUT = 0.2


@dataclass(frozen=True, eq=False)
class TrainingRows:
    """n rewards, the oldest decision first. `positions`: as the learner numbered them, 0 where it has not."""

    spec: FeatureSpec
    context: NDArray[np.float32]
    offers: NDArray[np.float32]
    codes: NDArray[np.object_]
    accepted: NDArray[np.int64]
    guesses: NDArray[np.float64]
    """Propensity in the decision's log: of an offer's first decisions the rules' own."""
    decided_at: NDArray[np.int64]
    positions: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.accepted)

    @property
    def positives(self) -> int:
        """Acceptances."""
        return int(self.accepted.sum())

    @property
    def both(self) -> NDArray[np.float32]:
        """Contexts beside offers (n, d + k)."""
        return np.hstack((self.context, self.offers))

    @property
    def span(self) -> tuple[str, str]:
        """First and last decision, ISO 8601."""
        return iso(Instant(int(self.decided_at[0]))), iso(Instant(int(self.decided_at[-1])))

    def take(self, rows: Any) -> TrainingRows:
        """Some of them: a slice, a mask, or indexes."""
        return TrainingRows(
            self.spec,
            self.context[rows],
            self.offers[rows],
            self.codes[rows],
            self.accepted[rows],
            self.guesses[rows],
            self.decided_at[rows],
            self.positions[rows],
        )

    def split(self) -> tuple[TrainingRows, TrainingRows]:
        """The older four fifths, and the newest: a model is judged on what came after."""
        cut = len(self) - round(len(self) * _HELD_OUT)
        return self.take(slice(None, cut)), self.take(slice(cut, None))

    def in_order_of_learning(self) -> tuple[TrainingRows, int]:
        """Rows as the online learner meets them, and the number of the last.

        A log without numbers is of no learner: all of it, in order of time, and 0.
        """
        last = int(self.positions.max(initial=0))
        if not last:
            return self, 0
        numbered = np.flatnonzero(self.positions)
        return self.take(numbered[np.argsort(self.positions[numbered], kind="stable")]), last


def training_rows(frame: DecisionFrame) -> TrainingRows:
    """Of a log: no control group, no reward that is not known."""
    rows = np.flatnonzero(frame.learnable)
    rows = rows[np.argsort(frame.decided_at[rows], kind="stable")]
    chosen = frame.chosen[rows]
    codes = np.empty(len(rows), dtype=object)
    codes[:] = frame.offer_codes(rows, chosen)
    return TrainingRows(
        frame.spec,
        frame.context[rows],
        frame.offer_features(rows, chosen),
        codes,
        frame.reward[rows].astype(np.int64),
        frame.propensity[rows, chosen],
        frame.decided_at[rows],
        frame.reward_position[rows],
    )
