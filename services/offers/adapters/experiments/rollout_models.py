"""The Models port: the registry on disk, and the models in memory."""

from __future__ import annotations

from services.common.kernel.outcome import Refused, RefusedError
from services.offers.adapters.learning.live_models import LiveModels
from services.offers.adapters.learning.registry import ModelRegistry
from services.offers.application.learning_ports import ModelDamagedError, ModelUnknownError
from services.offers.application.ports import Scorer
from services.offers.domain.reasons import MODEL_UNKNOWN


class RegistryModels:
    """As the port has it."""

    def __init__(self, registry: ModelRegistry, live: LiveModels) -> None:
        self._registry = registry
        self._live = live

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
