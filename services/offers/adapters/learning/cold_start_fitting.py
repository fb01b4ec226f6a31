"""Fitting the cold start, with scikit-learn: in the process that trains, never in the one that decides."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from services.offers.adapters.learning.cold_start import ColdStart
from services.offers.adapters.learning.scaling import Floats
from services.offers.domain.features import FeatureSpec

FEWEST_POSITIVES = 20
"""Fewer say nothing that the rules' own guesses do not say better."""
_STRENGTH = 0.1
_CROSSED = ("hour", "week", "share_week", "recency", "allowance_left", "money", "habit", "weekend", "roaming")


class Crossed(TransformerMixin, BaseEstimator):
    """Appends to each row the products of some columns with some others. Nothing to fit."""

    def __init__(self, left: tuple[int, ...] = (), right: tuple[int, ...] = ()) -> None:
        self.left = left
        self.right = right

    def fit(self, _rows: Any, _target: Any = None) -> Crossed:
        """Nothing to learn; scikit-learn wants to be told so."""
        self.fitted_ = True
        return self

    def transform(self, rows: Any) -> Floats:
        """(n, c) becomes (n, c + left x right), the products in order of left, then right."""
        table = np.asarray(rows, dtype=np.float64)
        products = table[:, list(self.left), None] * table[:, None, list(self.right)]
        return np.hstack((table, products.reshape(len(table), -1)))


def fit_cold_start(
    transformer: ColumnTransformer, spec: FeatureSpec, rows: NDArray[np.floating[Any]], accepted: NDArray[Any]
) -> Pipeline:
    """Fits on rows of contexts beside offers (n, d + k). Needs both answers among `accepted`."""
    columns = _order_of_columns(transformer, spec)
    crossed = Crossed(
        tuple(columns.index(at) for at, name in enumerate(spec.names) if _is_crossed(name)),
        tuple(columns.index(len(spec.names) + at) for at, name in enumerate(spec.offer_names) if "=" in name),
    )
    model = Pipeline([("crossed", crossed), ("logistic", LogisticRegression(C=_STRENGTH, max_iter=300))])
    return model.fit(transformer.transform(rows), accepted)


def cold_start_of(model: Pipeline, transformer: ColumnTransformer, spec: FeatureSpec) -> ColdStart:
    """The numbers of a fitted cold start, in the order of the features' names."""
    columns = _order_of_columns(transformer, spec)
    crossed, logistic = model.named_steps["crossed"], model.named_steps["logistic"]
    weights, size = logistic.coef_[0], len(spec.names)
    plain = np.zeros(len(columns))
    plain[columns] = weights[: len(columns)]
    products = np.zeros((len(columns), len(columns)))
    left, right = np.array(columns)[list(crossed.left)], np.array(columns)[list(crossed.right)]
    products[np.ix_(left, right)] = weights[len(columns) :].reshape(len(left), len(right))
    return ColdStart(float(logistic.intercept_[0]), plain[:size], plain[size:], products[:size, size:])


def _is_crossed(name: str) -> bool:
    return name.rpartition(".")[2] in _CROSSED or "=" in name


def _order_of_columns(transformer: ColumnTransformer, spec: FeatureSpec) -> list[int]:
    """Which feature each of the transformer's columns is: it puts what it scales first."""
    scaled, rest = (columns for _, _, columns in transformer.transformers_[:2])
    order = [*scaled, *rest]
    if len(order) != len(spec.names) + len(spec.offer_names):
        raise ValueError(f"the transformer has {len(order)} columns, which are not those of {spec.version}")
    return [int(at) for at in order]
