"""What locating needs from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.common.kernel.clock import Instant
from services.offers.domain.places import Crossing, FenceFigures, PresenceState
from services.offers.domain.policies import Cell, Purpose

States = Mapping[str, PresenceState]
"""By fence code."""


class Near(Protocol):
    """A fence that a position is in or near; `distance_metres` from its line, 0 within."""

    @property
    def fence(self) -> FenceFigures:
        """The fence."""

    @property
    def distance_metres(self) -> float:
        """From its line."""


class Fences(Protocol):
    """The fences of the policies in force. Computing, no I/O."""

    def figures(self, fence_code: str) -> FenceFigures | None:
        """None for a fence that is no more."""

    def cell(self, cell_id: str) -> Cell | None:
        """Where a cell stands."""

    def near(self, latitude_e6: int, longitude_e6: int, accuracy_metres: float) -> Sequence[Near]:
        """Fences that a position is within or not far out of."""


@dataclass(frozen=True, slots=True)
class FenceCrossed:
    """A fence was entered or left."""

    fence_code: str
    crossing: Crossing


Move = Callable[[States], tuple[States, Sequence[FenceCrossed]]]
"""The states after a fix, and what it completed."""


class Presences(Protocol):
    """Where subscribers stand to fences."""

    async def move(self, subscriber_id: str, at: Instant, move: Move) -> Sequence[FenceCrossed]:
        """Reads a subscriber's states, moves and stores them in one transaction; entries wait for a look."""


class LocationConsents(Protocol):
    """Who lets their place be used."""

    async def consents_of(self, subscriber_id: str) -> frozenset[Purpose] | None:
        """None: the subscriber is unknown."""
