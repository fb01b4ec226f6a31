"""Contexts and offers on one scale, by the numbers of a transformer: means, deviations and a bound.

Deciding needs no more than these arrays. What fits them is in `transformer.py`, which wants scikit-learn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.offers.domain.features import FeatureSpec

Floats = NDArray[np.float64]

CLIP = 4.0
"""Standard deviations; what is further away is as far away as this. One odd customer moves no weight."""
_LOG_OF_UNITS = (9.0, 9.0)
_LOG_OF_MONEY = (4.0, 3.0)
_SHARE = (0.3, 0.4)
_GUESSES = {
    **dict.fromkeys(("minutes", "hour", "day", "week", "month", "decayed"), _LOG_OF_UNITS),
    **dict.fromkeys(("spend_week", "spend_month", "money", "price", "value"), _LOG_OF_MONEY),
    **dict.fromkeys(("recency", "share_week", "allowance_left"), _SHARE),
    "tenure": (5.0, 2.0),
    "habit": (0.05, 0.1),
}
"""Mean and deviation before there is a log to fit on; of what is not named, 0 and 1."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """What a fitted transformer comes to, for columns of contexts (d) and of offers (k)."""

    mean: Floats
    scale: Floats
    offer_mean: Floats
    offer_scale: Floats

    def context(self, rows: NDArray[np.floating[Any]]) -> Floats:
        """Contexts (..., d) on the scale of models."""
        return _scaled(rows, self.mean, self.scale)

    def offers(self, rows: NDArray[np.floating[Any]]) -> Floats:
        """Offers (..., k) on the scale of models."""
        return _scaled(rows, self.offer_mean, self.offer_scale)


def first_scaling(spec: FeatureSpec) -> Scaling:
    """The scale before there is a log: by guesses that suit usage, money and shares. One-hots stay."""
    return Scaling(*_guessed(spec.names), *_guessed(spec.offer_names))


def _guessed(names: Sequence[str]) -> tuple[Floats, Floats]:
    guesses = [_guess(name) for name in names]
    return np.array([mean for mean, _ in guesses]), np.array([scale for _, scale in guesses])


def _guess(name: str) -> tuple[float, float]:
    return (0.0, 1.0) if "=" in name else _GUESSES.get(name.rpartition(".")[2], (0.0, 1.0))


def _scaled(rows: NDArray[np.floating[Any]], mean: Floats, scale: Floats) -> Floats:
    scaled: Floats = (rows - mean) / scale
    return scaled.clip(-CLIP, CLIP, out=scaled)
