"""Models in memory: what they say of offers in a context, from arrays alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from services.offers.adapters.learning.cold_start import ColdStart, logit, probability, smoothed
from services.offers.adapters.learning.posterior import (
    Posterior,
    prior_variances,
    with_intercept,
)
from services.offers.adapters.learning.scaling import Floats, Scaling
from services.offers.application.learning_ports import ModelKind
from services.offers.domain.features import FeatureSpec

Rows = NDArray[np.floating[Any]]

GUESS = 0.02
"""Of how many accept an offer, where nothing whatever is known of it."""
_ROWS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Beliefs:
    """Of m offers: probability of acceptance, and mean and variance of the log-odds to draw from."""

    propensities: Floats
    logits: Floats
    variances: Floats


class LoadedModel(Protocol):
    """A version of the registry, ready to score. Pure computing; safe from many threads."""

    @property
    def version(self) -> str:
        """Its name in the registry."""

    @property
    def kind(self) -> ModelKind:
        """How it learns."""

    @property
    def spec(self) -> FeatureSpec:
        """The features it wants, in this order."""

    @property
    def feature_version(self) -> str:
        """Of `spec`."""

    def beliefs(
        self, context: Rows, offer_codes: Sequence[str], offer_features: Rows, guesses: Floats | None = None
    ) -> Beliefs:
        """Of m offers in one context (d), or in a context each (m, d); offers (m, k).

        Features as they are logged, not scaled. `guesses` (m): the rules' own propensities, used for what
        the model knows nothing of.
        """

    def propensities(self, context: Rows, offer_codes: Sequence[str], offer_features: Rows) -> Floats:
        """Probabilities of acceptance (m), as `beliefs` has them, for contexts (m, d) of any number."""


def in_portions(
    model: LoadedModel, context: Rows, offer_codes: Sequence[str], offer_features: Rows
) -> Floats:
    """Propensities of many rows, without much memory for what lies between."""
    parts = [
        model.beliefs(
            context[at : at + _ROWS_AT_ONCE],
            offer_codes[at : at + _ROWS_AT_ONCE],
            offer_features[at : at + _ROWS_AT_ONCE],
        ).propensities
        for at in range(0, len(offer_codes), _ROWS_AT_ONCE)
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


@dataclass(frozen=True, eq=False)
class OnlineModel:
    """Cold start below, a posterior for each offer above. A value: learning makes another.

    `cold_start` None: there was no log to fit one on, and the rules' own guesses stand in its place.
    `guesses` are those that the posterior was learnt above, by offer; they must not change afterwards.
    """

    version: str
    spec: FeatureSpec
    scaling: Scaling
    cold_start: ColdStart | None
    posterior: Posterior
    guesses: Mapping[str, float] = field(default_factory=dict)

    kind = ModelKind.ONLINE

    @property
    def feature_version(self) -> str:
        """Of `spec`."""
        return self.spec.version

    def beliefs(
        self, context: Rows, offer_codes: Sequence[str], offer_features: Rows, guesses: Floats | None = None
    ) -> Beliefs:
        """As LoadedModel has it. What is drawn from has the propensity as its median."""
        scaled = self.scaling.context(context)
        offsets = self.offsets(scaled, offer_codes, offer_features, guesses)
        table, known = self._table, self._places
        places = np.array([known.get(code, len(known)) for code in offer_codes], dtype=np.intp)
        rows = with_intercept(scaled)
        moved, variances = table.of_one(places, rows) if rows.ndim == 1 else table.of_many(places, rows)
        mixed = smoothed(probability(offsets), probability(offsets + moved), table.rewards[places])
        return Beliefs(mixed, logit(mixed), variances)

    def propensities(self, context: Rows, offer_codes: Sequence[str], offer_features: Rows) -> Floats:
        """As LoadedModel has it."""
        return in_portions(self, context, offer_codes, offer_features)

    def offsets(
        self, scaled: Floats, offer_codes: Sequence[str], offer_features: Rows, guesses: Floats | None = None
    ) -> Floats:
        """Log-odds (m) that are known beforehand. `scaled` contexts, (d) or (m, d); offers as logged."""
        if self.cold_start is not None:
            return self.cold_start.logits(scaled, self.scaling.offers(offer_features))
        given = [GUESS] * len(offer_codes) if guesses is None else guesses.tolist()
        known = self.guesses
        return logit(np.array([known.get(c, g) for c, g in zip(offer_codes, given, strict=True)]))

    def warm(self) -> OnlineModel:
        """Works out beforehand what the first decision would otherwise wait for."""
        _ = self._table, self._places
        return self

    @cached_property
    def _places(self) -> Mapping[str, int]:
        """Rows of `_table`; an offer that is not here has the one after them."""
        return {code: at for at, code in enumerate(self.posterior.codes)}

    @cached_property
    def _table(self) -> _Table:
        return _Table.of(self.posterior)


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """A posterior as scoring reads it, with one more row: an offer that nothing is known of.

    `packed`: upper triangles of the covariances, off-diagonals twice, so that a variance is one product of
    two rows; in 32 bits, which is half the memory to walk through.
    """

    means: Floats
    covariances: Floats
    packed: NDArray[np.float32]
    rewards: Floats
    upper: tuple[NDArray[np.intp], NDArray[np.intp]]

    @classmethod
    def of(cls, posterior: Posterior) -> _Table:
        size = posterior.size
        means = np.vstack((posterior.means, np.zeros((1, size))))
        covariances = np.concatenate((posterior.covariances, np.diag(prior_variances(size))[None]))
        upper = np.triu_indices(size)
        packed = covariances[:, upper[0], upper[1]] * np.where(upper[0] == upper[1], 1.0, 2.0)
        rewards = np.append(posterior.rewards, 0.0)
        return cls(means, covariances, packed.astype(np.float32), rewards, upper)

    def of_one(self, places: NDArray[np.intp], row: Floats) -> tuple[Floats, Floats]:
        """What weights add to the log-odds, and their variance, in one context."""
        short = row.astype(np.float32)
        products = short.take(self.upper[0]) * short.take(self.upper[1])
        # Rows that are not asked for cost less than gathering those that are.
        if len(places) * 4 < len(self.packed):
            moved, spread = self.means[places] @ row, self.packed[places] @ products
        else:
            moved, spread = (self.means @ row)[places], (self.packed @ products)[places]
        return moved, np.maximum(spread, 0.0, dtype=np.float64)

    def of_many(self, places: NDArray[np.intp], rows: Floats) -> tuple[Floats, Floats]:
        """The same, with a context each."""
        moved, spread = np.empty(len(places)), np.empty(len(places))
        for place in np.unique(places):
            these = np.flatnonzero(places == place)
            moved[these] = rows[these] @ self.means[place]
            spread[these] = ((rows[these] @ self.covariances[place]) * rows[these]).sum(axis=1)
        return moved, np.maximum(spread, 0.0)
