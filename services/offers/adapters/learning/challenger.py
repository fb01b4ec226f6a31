"""The nightly challenger: gradient boosting with calibrated probabilities, from the decision log.

It sees contexts and offers as they are logged, and of each offer the share that accepted it while training.
How it explores: a tree has no posterior, so what is drawn from is its log-odds with the noise that its own
mistakes show: the calibration error on held-out decisions, and how little it has seen of the offer
(1 / (1 + n p (1-p))). What is logged is the share of those draws, which is the probability itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.offers.adapters.learning.cold_start import logit, smoothed
from services.offers.adapters.learning.models import Beliefs, Rows, in_portions
from services.offers.adapters.learning.scaling import Floats
from services.offers.adapters.learning.trees import Calibration, Forest
from services.offers.application.learning_ports import ModelKind
from services.offers.domain.features import FeatureSpec


@dataclass(frozen=True)
class OfferCounts:
    """Rewards of each offer in training, and acceptances among them."""

    rewards: Mapping[str, int]
    positives: Mapping[str, int]

    def rate(self, code: str) -> float:
        """Share that accepted it, smoothed towards the share that accepted anything."""
        return self._rates.get(code, self.overall)

    @cached_property
    def overall(self) -> float:
        """Share that accepted anything."""
        return sum(self.positives.values()) / max(1, sum(self.rewards.values()))

    @cached_property
    def _rates(self) -> Mapping[str, float]:
        counts = np.array(list(self.rewards.values()), dtype=np.float64)
        positives = np.array([self.positives.get(code, 0) for code in self.rewards], dtype=np.float64)
        rates = smoothed(np.array(self.overall), positives / counts, counts)
        return dict(zip(self.rewards, rates.tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class ChallengerModel:
    """A fitted challenger, from arrays alone. `calibration_error`: of its log-odds, on held-out decisions."""

    version: str
    spec: FeatureSpec
    forest: Forest
    calibration: Calibration
    counts: OfferCounts
    calibration_error: float

    kind = ModelKind.CHALLENGER

    @property
    def feature_version(self) -> str:
        """Of `spec`."""
        return self.spec.version

    def beliefs(
        self, context: Rows, offer_codes: Sequence[str], offer_features: Rows, guesses: Floats | None = None
    ) -> Beliefs:
        """As LoadedModel has it. The rules' guesses are of no use to trees."""
        del guesses
        offers = offers_of(offer_codes, offer_features, self.counts)
        scores = self.forest.scores(np.asarray(context, dtype=np.float64), offers)
        found = np.clip(self.calibration.probabilities(scores), 1e-4, 1 - 1e-4)
        return Beliefs(found, logit(found), np.array([self._variance(code) for code in offer_codes]))

    def propensities(self, context: Rows, offer_codes: Sequence[str], offer_features: Rows) -> Floats:
        """As LoadedModel has it."""
        return in_portions(self, context, offer_codes, offer_features)

    def _variance(self, code: str) -> float:
        rate = self.counts.rate(code)
        seen = self.counts.rewards.get(code, 0) * rate * (1 - rate)
        return self.calibration_error**2 + 1 / (1 + seen)


def count_offers(codes: Sequence[str], accepted: NDArray[Any]) -> OfferCounts:
    """Counts of some rows."""
    rewards: dict[str, int] = {}
    positives: dict[str, int] = {}
    for code, yes in zip(codes, accepted.tolist(), strict=True):
        rewards[code] = rewards.get(code, 0) + 1
        positives[code] = positives.get(code, 0) + int(yes)
    return OfferCounts(rewards, positives)


def offers_of(codes: Sequence[str], offer_features: Rows, counts: OfferCounts) -> Floats:
    """What trees see of m offers: their features (m, k), and the share that accepted each."""
    rates = np.array([counts.rate(code) for code in codes], dtype=np.float64)[:, None]
    return np.hstack((offer_features, rates))
