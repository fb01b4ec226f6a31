"""What utterances mean, said by the project's own intent model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from services.common.kernel.clock import EPOCH, Instant


@dataclass(frozen=True, slots=True)
class Understood:
    """What an utterance means. `entities`: by name, money as `4.99 EUR`, dates as `2026-11-27`."""

    intent: str
    confidence_permille: int
    language: str
    entities: Mapping[str, str] = field(default_factory=dict)
    runner_up: str = ""
    language_permille: int = 1000
    """How sure the language is."""


class Understanding(Protocol):
    """The project's own intent model."""

    def understand(
        self, text: str, language: str = "", time_zone: str = "UTC", now: Instant = EPOCH
    ) -> Understood:
        """A few milliseconds. An empty `language`: it says which. Days are those of the zone."""
