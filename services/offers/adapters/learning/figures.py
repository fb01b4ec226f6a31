"""How good probabilities are on decisions that a model has not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from services.offers.adapters.learning.cold_start import logit
from services.offers.adapters.learning.scaling import Floats

_MOST_BINS = 10
_POSITIVES_IN_A_BIN = 10


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Decisions of about the same predicted probability: how many, mean prediction, share that accepted."""

    count: int
    predicted: float
    accepted: float


def held_out_figures(accepted: NDArray[Any], predicted: Floats) -> Mapping[str, float]:
    """Log loss, Brier score, area under the curve, calibration error; empty where one answer is missing.

    `log_loss_constant`: what always saying the mean would lose; a model above it has learnt nothing.
    """
    if not 0 < accepted.sum() < len(accepted):
        return {}
    constant = np.full(len(accepted), accepted.mean())
    return {
        "held_out_rows": float(len(accepted)),
        "held_out_positives": float(accepted.sum()),
        "log_loss": float(log_loss(accepted, predicted)),
        "log_loss_constant": float(log_loss(accepted, constant)),
        "brier": float(brier_score_loss(accepted, predicted)),
        "auc": float(roc_auc_score(accepted, predicted)),
        "calibration_error": calibration_error(calibration_bins(accepted, predicted)),
    }


def calibration_bins(accepted: NDArray[Any], predicted: Floats) -> list[CalibrationBin]:
    """At most ten bins of as many decisions each, by prediction; fewer where few accepted."""
    bins = min(_MOST_BINS, max(1, int(accepted.sum()) // _POSITIVES_IN_A_BIN))
    parts = np.array_split(np.argsort(predicted, kind="stable"), bins)
    return [
        CalibrationBin(len(part), float(predicted[part].mean()), float(accepted[part].mean()))
        for part in parts
        if len(part)
    ]


def calibration_error(bins: list[CalibrationBin]) -> float:
    """By how much log-odds are off: root mean square over bins, beyond what chance would do.

    A bin's share is smoothed by one decision of the predicted kind, so that an empty one is not infinite.
    """
    squares = weights = 0.0
    for each in bins:
        seen = (each.accepted * each.count + each.predicted) / (each.count + 1)
        off, chance = (
            np.diff(logit(np.array([each.predicted, seen])))[0],
            1 / (each.count * max(1e-6, each.predicted * (1 - each.predicted))),
        )
        squares += each.count * max(0.0, float(off) ** 2 - chance)
        weights += each.count
    return float(np.sqrt(squares / weights)) if weights else 0.0
