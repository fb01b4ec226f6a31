"""The Models port: the registry on disk, and the models in memory."""

from __future__ import annotations

from collections.abc import Collection

from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.logs import get_logger
from services.offers.adapters.learning.live_models import LiveModels
from services.offers.adapters.learning.registry import ModelRegistry
from services.offers.application.learning_ports import ModelDamagedError, ModelUnknownError
from services.offers.application.ports import Scorer
from services.offers.domain.reasons import MODEL_UNKNOWN

_log = get_logger(__name__)


class RegistryModels:
    """As the port has it. `kept`: trained versions of each kind that stay."""

    def __init__(self, registry: ModelRegistry, live: LiveModels, kept: int) -> None:
        self._registry = registry
        self._live = live
        self._kept = kept

    def champion(self) -> Scorer | None:
        """As the port has it."""
        return self._live.champion()

    def scorer(self, version: str) -> Scorer | None:
        """As the port has it."""
        return self._live.scorer(version)

    def use(self, version: str) -> Scorer:
        """As the port has it."""
        try:
            return self._live.use(version)
        except (ModelUnknownError, ModelDamagedError) as error:
            raise RefusedError(Refused(MODEL_UNKNOWN, str(error), "model_version")) from error

    def forget(self, version: str) -> None:
        """As the port has it."""
        self._live.forget(version)

    def promote(self, version: str) -> None:
        """As the port has it. Raises RefusedError MODEL_UNKNOWN."""
        scorer = self._live.scorer(version)
        try:
            self._registry.set_champion(version if scorer is None else scorer.version)
        except (ModelUnknownError, ModelDamagedError) as error:
            raise RefusedError(Refused(MODEL_UNKNOWN, str(error), "model_version")) from error
        self._live.refresh()

    def prune(self, needed: Collection[str]) -> None:
        """As the port has it. What cannot be removed stays, and is told in the log."""
        try:
            removed = self._registry.prune_trained(self._kept, needed)
        except (ModelDamagedError, OSError) as error:
            _log.warning("old models stay", cause=str(error))
            return
        if removed:
            _log.info("old models removed", versions=removed)
