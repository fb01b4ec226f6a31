"""The models in use: champion and those of roll-outs, swapped whole while decisions go on.

A decision takes a scorer once and keeps it; a swap puts another one in its place, and changes none.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.common.kernel.clock import Clock
from services.common.runtime.logs import get_logger
from services.offers.adapters.learning.lines import Line
from services.offers.adapters.learning.model_files import FrozenParts, frozen_parts, frozen_parts_of, model_of
from services.offers.adapters.learning.models import OnlineModel
from services.offers.adapters.learning.posterior import prior
from services.offers.adapters.learning.registry import ModelRegistry, line_of
from services.offers.adapters.learning.scaling import first_scaling
from services.offers.adapters.learning.scorer import LiveScorer, SeenValues
from services.offers.application.learning_ports import (
    ModelDamagedError,
    ModelDescription,
    ModelKind,
    ModelUnknownError,
    OnlineLine,
)
from services.offers.application.ports import PoliciesInForce, Scorer
from services.offers.domain.features import FeatureSpec, spec_of, widened

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _InUse:
    """One version in use; of an online one, the newest scorer of its line."""

    scorer: LiveScorer
    line: Line | None


class LiveModels:
    """OnlineModels, and scorers by version. Looks are free; what blocks holds a lock against each other."""

    def __init__(
        self, registry: ModelRegistry, policies: PoliciesInForce, clock: Clock, *, code_version: str = ""
    ) -> None:
        self._registry = registry
        self._policies = policies
        self._clock = clock
        self._code_version = code_version
        self._seen = SeenValues()
        self._used: Mapping[str, _InUse] = {}
        """By line; replaced, never changed, so that a look needs no lock."""
        self._champion = ""
        self._changing = threading.RLock()

    def champion(self) -> Scorer | None:
        """What everybody gets outside a roll-out; None before there were policies. A look, no I/O."""
        return self.scorer(self._champion)

    def scorer(self, version: str) -> Scorer | None:
        """A version in use; of an online one the newest of its line. None: it is not in use. A look."""
        used = self._used.get(line_of(version))
        return used.scorer if used else None

    def use(self, version: str) -> Scorer:
        """Loads a version for a roll-out; from the next step on it learns too, where it is online. Blocks.

        Raises ModelUnknownError, ModelDamagedError.
        """
        with self._changing:
            if line_of(version) not in self._used:
                self._load(version)
            return self._used[line_of(version)].scorer

    def forget(self, version: str) -> None:
        """Ends `use`. The champion stays."""
        with self._changing:
            line = line_of(version)
            if line != self._champion:
                self._used = {key: used for key, used in self._used.items() if key != line}

    def lines(self) -> Sequence[OnlineLine]:
        """As OnlineModels has it."""
        return [used.line for used in self._used.values() if used.line is not None]

    def refresh(self) -> Sequence[FeatureSpec]:
        """As OnlineModels has it. A damaged champion is told in the log; what is in use goes on."""
        with self._changing:
            self._follow_champion()
            self._widen()
            specs = {used.scorer.model.spec for used in self._used.values()}
            specs |= {used.line.spec for used in self._used.values() if used.line}
        return sorted(specs, key=lambda spec: spec.version)

    def _follow_champion(self) -> None:
        try:
            version = self._registry.champion()
            if version:
                self.use(version)
                self._champion = line_of(version)
        except (ModelDamagedError, ModelUnknownError) as error:
            _log.error("the champion cannot be loaded; what is in use goes on", reason=str(error))
        policies = self._policies.current()
        if self._champion not in self._used and policies is not None:
            first = self._first_version(spec_of(policies.policies))
            self._registry.set_champion(first)
            self.use(first)
            self._champion = line_of(first)

    def _first_version(self, spec: FeatureSpec) -> str:
        """A model that has learnt nothing yet: the rules' own guesses, with all uncertainty."""
        scaling = first_scaling(spec)
        frozen = frozen_parts(spec, scaling, None)
        model = OnlineModel("", spec, scaling, None, prior(len(spec.names)))
        description = ModelDescription(
            ModelKind.ONLINE, spec.version, code_version=self._code_version, trained_from="policies"
        )
        return self._registry.save(description, frozen.with_posterior(model), self._clock.now())

    def _load(self, version: str) -> None:
        """Of its line what learnt most and can be loaded. Raises what the last attempt raised."""
        failure: Exception = ModelUnknownError(f"the registry has no version {version!r}")
        for candidate in self._registry.line(version):
            try:
                stored = self._registry.load(candidate)
                model = model_of(stored)
            except (ModelDamagedError, ModelUnknownError) as error:
                _log.warning("a version of a model cannot be loaded", reason=str(error))
                failure = error
                continue
            line = None
            if isinstance(model, OnlineModel):
                line = self._line(model.warm(), frozen_parts_of(stored), stored.listed.description)
            self._put(line_of(version), _InUse(LiveScorer(model, self._seen), line))
            return
        raise failure

    def _line(self, model: OnlineModel, frozen: FrozenParts, description: ModelDescription) -> Line:
        return Line(
            model,
            frozen,
            description,
            self._registry,
            self._guesses,
            self._clock,
            self._swap,
            self._changing,
        )

    def _swap(self, line: str, model: OnlineModel) -> None:
        with self._changing:
            used = self._used.get(line)
            if used is not None:
                self._put(line, _InUse(LiveScorer(model.warm(), self._seen), used.line))

    def _put(self, line: str, used: _InUse) -> None:
        self._used = {**self._used, line: used}

    def _guesses(self) -> Mapping[str, float]:
        policies = self._policies.current()
        offers = policies.policies.offers if policies else ()
        return {offer.code: offer.propensity_permille / 1000 for offer in offers}

    def _widen(self) -> None:
        policies = self._policies.current()
        if policies is None:
            return
        wanted = spec_of(policies.policies, *self._seen.frequent())
        for used in self._used.values():
            if used.line is not None:
                spec = widened(used.line.spec, wanted)
                if spec.version != used.line.spec.version:
                    used.line.widen(spec)
