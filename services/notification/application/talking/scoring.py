"""Asks customers how it was as soon as their case is over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from services.common.kernel.outcome import RefusedError
from services.notification.domain.cases import Case


class AsksForScore(Protocol):
    """A conversation that can ask."""

    async def ask_for_score(self, case: Case) -> bool:
        """Once for each case that is over; returns whether it asked."""


async def ask_for_scores(changes: AsyncIterator[Case], talking: AsksForScore) -> None:
    """Until the changes end. What was resolved while nobody followed is asked with the next utterance."""
    async for case in changes:
        try:
            await talking.ask_for_score(case)
        except RefusedError:
            # A conversation that is gone has nobody to ask.
            continue
