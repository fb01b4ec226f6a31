"""A line of online models: one trained version, and what rewards have made of it since."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from services.common.kernel.clock import Clock
from services.offers.adapters.learning.frames import places_of
from services.offers.adapters.learning.model_files import FrozenParts, renamed
from services.offers.adapters.learning.models import GUESS, OnlineModel
from services.offers.adapters.learning.posterior import Example
from services.offers.adapters.learning.registry import ModelRegistry
from services.offers.adapters.learning.scaling import Floats
from services.offers.adapters.learning.widening import widen
from services.offers.application.learning_ports import ModelDescription, Reward
from services.offers.domain.features import FeatureSpec

_SNAPSHOTS = 10
_LEARNT_AT_ONCE = 8

Guesses = Callable[[], Mapping[str, float]]
"""The rules' own propensity of each offer, in the policies in force."""


class Line:
    """OnlineLine. Learning works on values of its own; `published` is what readers have."""

    def __init__(
        self,
        model: OnlineModel,
        frozen: FrozenParts,
        description: ModelDescription,
        registry: ModelRegistry,
        guesses: Guesses,
        clock: Clock,
        announce: Callable[[str, OnlineModel], None],
        changing: threading.RLock,
    ) -> None:
        self.line = description.line or model.version
        self.published = model
        self._model = model
        self._frozen = frozen
        self._description = description
        self._registry = registry
        self._guesses = guesses
        self._clock = clock
        self._announce = announce
        self._changing = changing

    @property
    def position(self) -> int:
        """As OnlineLine has it."""
        return self._description.position

    @property
    def spec(self) -> FeatureSpec:
        """The features it will have once it is published."""
        return self._model.spec

    @property
    def changed(self) -> bool:
        """As OnlineLine has it."""
        return self._model is not self.published

    def widen(self, spec: FeatureSpec) -> None:
        """Takes features in that it did not know. What it says of customers without them stays the same."""
        with self._changing:
            self._model, self._frozen = widen(self._model, spec)

    def learn(self, rewards: Sequence[Reward], specs: Mapping[str, FeatureSpec]) -> int:
        """As OnlineLine has it."""
        with self._changing:
            return self._learn(rewards, specs)

    def _learn(self, rewards: Sequence[Reward], specs: Mapping[str, FeatureSpec]) -> int:
        if not rewards:
            return 0
        useful = [reward for reward in rewards if reward.features and reward.feature_version in specs]
        model = self._knowing(useful)
        examples = self._examples(model, useful, specs)
        posterior = model.posterior.learnt(_giving_way(examples))
        # A new value even where nothing was taught: the position has moved.
        self._model = replace(model, posterior=posterior)
        self._description = replace(
            self._description,
            line=self.line,
            position=rewards[-1].position,
            examples=int(posterior.rewards.sum()),
            positives=int(posterior.positives.sum()),
        )
        return len(examples)

    def publish(self) -> str:
        """As OnlineLine has it. The champion's line takes the championship along."""
        with self._changing:
            return self._publish()

    def _publish(self) -> str:
        description = replace(self._description, line=self.line, feature_version=self._model.spec.version)
        parts = self._frozen.with_posterior(self._model)
        version = self._registry.save(description, parts, self._clock.now())
        self._registry.succeed(version)
        self._model = self.published = renamed(self._model, version)
        self._announce(self.line, self.published)
        self._registry.prune(_SNAPSHOTS)
        return version

    def _knowing(self, rewards: Sequence[Reward]) -> OnlineModel:
        """With a guess for every offer that has none: it must stay the same from the first reward on."""
        unknown = {reward.offer_code for reward in rewards} - self._model.guesses.keys()
        if self._model.cold_start is not None or not unknown:
            return self._model
        now = self._guesses()
        return replace(
            self._model,
            guesses={**self._model.guesses, **{code: now.get(code, GUESS) for code in unknown}},
        )

    def _examples(
        self, model: OnlineModel, rewards: Sequence[Reward], specs: Mapping[str, FeatureSpec]
    ) -> list[Example]:
        if not rewards:
            return []
        context, offers = _aligned(model, rewards, specs)
        scaled, codes = model.scaling.context(context), [reward.offer_code for reward in rewards]
        offsets = model.offsets(scaled, codes, offers).tolist()
        return [
            Example(reward.offer_code, scaled[at], offsets[at], reward.accepted)
            for at, reward in enumerate(rewards)
        ]


def _giving_way(examples: Sequence[Example]) -> Iterator[Example]:
    """Every so often whoever decides meanwhile gets the interpreter at once, not after its 5 ms.

    Giving way costs 0.1 ms, three examples; over many features numpy gives way by itself.
    """
    for number, example in enumerate(examples, start=1):
        yield example
        if number % _LEARNT_AT_ONCE == 0:
            time.sleep(0)


def _aligned(
    model: OnlineModel, rewards: Sequence[Reward], specs: Mapping[str, FeatureSpec]
) -> tuple[Floats, Floats]:
    """Contexts (m, d) and offers (m, k) in the model's order; what was not logged is at its mean."""
    context = np.tile(model.scaling.mean, (len(rewards), 1))
    offers = np.tile(model.scaling.offer_mean, (len(rewards), 1))
    places = {
        version: (
            places_of(spec.names, model.spec.names),
            places_of(spec.offer_names, model.spec.offer_names),
        )
        for version, spec in specs.items()
    }
    for at, reward in enumerate(rewards):
        (source, target), (offer_source, offer_target) = places[reward.feature_version]
        context[at, target] = np.array(reward.features)[source]
        offers[at, offer_target] = np.array(reward.offer_features)[offer_source]
    return context, offers
