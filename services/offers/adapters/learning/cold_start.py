"""Cold start: one model over all offers, so that an offer without history has a score.

A logistic regression over context, offer attributes, and the products of some of them: what a customer uses
now, times what an offer is. An offer that nobody has answered yet is scored by what its attributes have in
common with others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from services.offers.adapters.learning.transformer import Floats
from services.offers.domain.features import FeatureSpec

PRIOR_REWARDS = 50
"""n0: so many settled rewards of its own weigh as much as what is known of an offer beforehand."""
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


@dataclass(frozen=True, eq=False)
class ColdStart:
    """A fitted cold start as arrays: contexts (d), offers (k), products (d, k)."""

    intercept: float
    context: Floats
    offers: Floats
    products: Floats

    def logits(self, contexts: Floats, offers: Floats) -> Floats:
        """For scaled contexts, (d) or (m, d), and scaled offers (m, k): (m) log-odds of acceptance."""
        of_offers = self.offers + contexts @ self.products
        logits: Floats = self.intercept + contexts @ self.context + (offers * of_offers).sum(axis=-1)
        return logits


def smoothed(prior: Floats, own: Floats, rewards: Floats) -> Floats:
    """(n0 * p0 + n * p) / (n0 + n): from what is known beforehand to what an offer's own rewards say."""
    mixed: Floats = (PRIOR_REWARDS * prior + rewards * own) / (PRIOR_REWARDS + rewards)
    return mixed


def logit(probabilities: Floats) -> Floats:
    """Log-odds; probabilities are kept within a millionth of 0 and 1."""
    odds: Floats = special.logit(probabilities.clip(1e-6, 1 - 1e-6))
    return odds


def probability(logits: Floats) -> Floats:
    """The inverse of `logit`."""
    found: Floats = special.expit(logits)
    return found


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
