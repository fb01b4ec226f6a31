"""A loaded model as deciding uses it: a customer and some offers in, probabilities and shares out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from services.common.kernel.clock import Instant
from services.offers.adapters.learning.draws import win_shares
from services.offers.adapters.learning.models import LoadedModel
from services.offers.application.ports import Scores
from services.offers.domain.customer import CustomerView
from services.offers.domain.decisions import Eligible
from services.offers.domain.features import context_features, offer_features
from services.offers.domain.policies import Offer

_MOST_KEPT = 4_096
_MOST_VALUES = 64
_FEWEST_DECISIONS = 50
"""So many decisions make a segment or device class a feature: a rare one would tell who it is."""


class SeenValues:
    """Segments and device classes that customers have and no feature knows. Bounded."""

    def __init__(self) -> None:
        self._segments: Counter[str] = Counter()
        self._device_classes: Counter[str] = Counter()

    def note(self, view: CustomerView, model: LoadedModel) -> None:
        """One decision."""
        if view.segment and view.segment not in model.spec.segments:
            _count(self._segments, view.segment)
        if view.device_class and view.device_class not in model.spec.device_classes:
            _count(self._device_classes, view.device_class)

    def frequent(self) -> tuple[list[str], list[str]]:
        """Segments and device classes that were seen often enough."""
        return _frequent(self._segments), _frequent(self._device_classes)


class LiveScorer:
    """Scorer over one model. Safe from several threads; never changes: new parameters are a new scorer."""

    def __init__(self, model: LoadedModel, seen: SeenValues | None = None) -> None:
        self.model = model
        self._seen = seen or SeenValues()
        self._offers: dict[tuple[str, int], tuple[Offer, tuple[float, ...]]] = {}

    @property
    def version(self) -> str:
        """Of the parameters."""
        return self.model.version

    @property
    def feature_version(self) -> str:
        """Of the features."""
        return self.model.feature_version

    def scores(
        self, view: CustomerView, eligible: Sequence[Eligible], now: Instant, draws: int, seed: int
    ) -> Scores:
        """Scores all offers in one go; `seed` makes the draws. No offers: the context's features alone."""
        self._seen.note(view, self.model)
        features = context_features(self.model.spec, view, now)
        offers = tuple(self._features_of(each) for each in eligible)
        if not eligible:
            return Scores((), (), features, ())
        beliefs = self.model.beliefs(
            np.array(features),
            [each.offer.code for each in eligible],
            np.array(offers),
            np.array([each.factors.propensity for each in eligible]),
        )
        weights = np.array([each.factors.weight for each in eligible])
        shares = win_shares(beliefs.logits, beliefs.variances, weights, draws, seed)
        return Scores(tuple(beliefs.propensities.tolist()), tuple(shares.tolist()), features, offers)

    def _features_of(self, eligible: Eligible) -> tuple[float, ...]:
        """Kept from decision to decision; an offer of another policy version is another object."""
        key = (eligible.offer.code, eligible.price_minor_micros)
        kept = self._offers.get(key)
        if kept is not None and kept[0] is eligible.offer:
            return kept[1]
        if len(self._offers) >= _MOST_KEPT:
            self._offers.clear()
        made = offer_features(self.model.spec, eligible.offer, eligible.price_minor_micros)
        self._offers[key] = (eligible.offer, made)
        return made


def _count(counter: Counter[str], value: str) -> None:
    if value in counter or len(counter) < _MOST_VALUES:
        counter[value] += 1


def _frequent(counter: Counter[str]) -> list[str]:
    return sorted(value for value, count in tuple(counter.items()) if count >= _FEWEST_DECISIONS)
