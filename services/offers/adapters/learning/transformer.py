"""The frozen transformer: contexts and offers on one scale, fitted once on what was logged.

It is a pipeline of scikit-learn. A live decision does not pay for its checks, nor a service for its import:
both use the fitted numbers through `Scaling`, which a test holds equal to the pipeline.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from services.offers.adapters.learning.scaling import CLIP, Floats, Scaling
from services.offers.domain.features import FeatureSpec


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


def fit_transformer(
    spec: FeatureSpec, context: NDArray[np.floating[Any]], offers: NDArray[np.floating[Any]]
) -> ColumnTransformer:
    """Fits on rows of contexts (n, d) beside the offers (n, k) that they were shown. One-hots stay."""
    return _unfitted(spec).fit(np.hstack((context, offers)))


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


def _scaled_columns(spec: FeatureSpec) -> list[int]:
    return [at for at, name in enumerate((*spec.names, *spec.offer_names)) if "=" not in name]
