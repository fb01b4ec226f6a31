"""The frozen transformer: contexts and offers on one scale, fitted once on what was logged.

It is a pipeline of scikit-learn, whose checks a live decision does not pay for: it uses the fitted numbers
through `Scaling`, which a test holds equal to the pipeline.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

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


class Clip(TransformerMixin, BaseEstimator):
    """Keeps values within [-bound, bound]. Nothing to fit."""

    def __init__(self, bound: float = CLIP) -> None:
        self.bound = bound

    def fit(self, _rows: Any, _target: Any = None) -> Clip:
        """Nothing to learn; scikit-learn wants to be told so."""
        self.fitted_ = True
        return self

    def transform(self, rows: Any) -> Floats:
        """Rows of the same shape."""
        return np.clip(np.asarray(rows, dtype=np.float64), -self.bound, self.bound)


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


def fit_transformer(
    spec: FeatureSpec, context: NDArray[np.floating[Any]], offers: NDArray[np.floating[Any]]
) -> ColumnTransformer:
    """Fits on rows of contexts (n, d) beside the offers (n, k) that they were shown. One-hots stay."""
    return _unfitted(spec).fit(np.hstack((context, offers)))


def first_transformer(spec: FeatureSpec) -> ColumnTransformer:
    """The transformer before there is a log: by guesses that suit usage, money and shares."""
    guesses = [_guess(name) for name in (*spec.names, *spec.offer_names)]
    return _with(spec, *np.array(guesses).T)


def transformer_with(spec: FeatureSpec, scaling: Scaling) -> ColumnTransformer:
    """A transformer that comes to these numbers."""
    means = np.concatenate((scaling.mean, scaling.offer_mean))
    return _with(spec, means, np.concatenate((scaling.scale, scaling.offer_scale)))


def scaling_of(transformer: ColumnTransformer, spec: FeatureSpec) -> Scaling:
    """The numbers of a fitted transformer. Raises ValueError where it is of other features."""
    size, of_offers = len(spec.names), len(spec.offer_names)
    if transformer.n_features_in_ != size + of_offers:
        raise ValueError(f"the transformer has {transformer.n_features_in_} columns, not {size + of_offers}")
    mean, scale = np.zeros(size + of_offers), np.ones(size + of_offers)
    columns = _scaled_columns(spec)
    scaler = transformer.named_transformers_["scaled"].named_steps["standard"]
    mean[columns], scale[columns] = scaler.mean_, scaler.scale_
    return Scaling(mean[:size], scale[:size], mean[size:], scale[size:])


def _unfitted(spec: FeatureSpec) -> ColumnTransformer:
    columns = _scaled_columns(spec)
    size = len(spec.names) + len(spec.offer_names)
    rest = sorted(set(range(size)) - set(columns))
    scaled = Pipeline([("standard", StandardScaler()), ("clip", Clip())])
    return ColumnTransformer([("scaled", scaled, columns), ("one_hot", "passthrough", rest)])


def _with(spec: FeatureSpec, means: Floats, deviations: Floats) -> ColumnTransformer:
    # Two rows, one deviation to either side, have this mean and this deviation.
    return _unfitted(spec).fit(np.vstack((means - deviations, means + deviations)))


def _scaled_columns(spec: FeatureSpec) -> list[int]:
    return [at for at, name in enumerate((*spec.names, *spec.offer_names)) if "=" not in name]


def _guess(name: str) -> tuple[float, float]:
    return (0.0, 1.0) if "=" in name else _GUESSES.get(name.rpartition(".")[2], (0.0, 1.0))


def _scaled(rows: NDArray[np.floating[Any]], mean: Floats, scale: Floats) -> Floats:
    scaled: Floats = (rows - mean) / scale
    return scaled.clip(-CLIP, CLIP, out=scaled)
