"""Fulfils `Understanding`."""

from __future__ import annotations

from services.common.kernel.clock import EPOCH, Clock, Instant, local
from services.notification.adapters.understanding.entities import entities_in
from services.notification.adapters.understanding.model import IntentModel
from services.notification.adapters.understanding.text import normal
from services.notification.application.talking.understanding import Understood
from services.notification.domain.talking.meanings import OUT_OF_SCOPE

_LANGUAGES = ("en", "de")


class OwnUnderstanding:
    """The project's own model, and entities. Thread-safe; the first utterance is the slow one."""

    def __init__(self, model: IntentModel, clock: Clock) -> None:
        self._model = model
        self._clock = clock
        # Whoever says the first word must not wait for libraries to read their own tables.
        self.understand("warm up on monday")

    def understand(
        self, text: str, language: str = "", time_zone: str = "UTC", now: Instant = EPOCH
    ) -> Understood:
        """What it means. Without `now`: the clock's. An empty `language`: the one that it seems to be in."""
        short = language.partition("-")[0].lower()
        plain = normal(text)
        if not any(sign.isalnum() for sign in plain):
            return Understood(OUT_OF_SCOPE, 0, short or _LANGUAGES[0], {}, "", 0)
        ranked, found, sureness = self._model.read(plain)
        spoken = short if short in _LANGUAGES else found
        today = local(now or self._clock.now(), time_zone)
        (intent, chance), (runner_up, _) = ranked[0], ranked[1]
        return Understood(
            intent,
            _permille(chance),
            spoken,
            entities_in(text, today, spoken),
            runner_up,
            1000 if short else _permille(sureness),
        )


def _permille(share: float) -> int:
    return min(1000, max(0, round(share * 1000)))
