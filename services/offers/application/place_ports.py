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
    """The fences of one version of the policies. Computing, no I/O; from any thread."""

    def figures(self, fence_code: str) -> FenceFigures | None:
        """None for a fence that is no more."""

    def cell(self, cell_id: str) -> Cell | None:
        """Where a cell stands."""

    def near(self, latitude_e6: int, longitude_e6: int, accuracy_metres: float) -> Sequence[Near]:
        """Fences that a position is within or not far out of, and not too coarse for."""

    def distance_metres(self, fence_code: str, latitude_e6: int, longitude_e6: int) -> float:
        """From a fence's line, 0 within. Raises KeyError for a fence that is no more."""


class FencesInForce(Protocol):
    """The fences of the policies in force."""

    async def current(self) -> Fences | None:
        """None before the first version is published."""


@dataclass(frozen=True, slots=True)
class FenceCrossed:
    """A fence was entered or left."""

    fence_code: str
    crossing: Crossing


@dataclass(frozen=True, slots=True)
class Move:
    """A fix of a subscriber, and what it makes of the states. Must be pure: it may be tried again."""

    subscriber_id: str
    at: Instant
    apply: Callable[[States], tuple[States, Sequence[FenceCrossed]]]


class Presences(Protocol):
    """Where subscribers stand to fences."""

    async def move(self, moves: Sequence[Move], now: Instant) -> Sequence[Sequence[FenceCrossed] | None]:
        """Reads, moves and stores, in one transaction; entries wait for a look. In order of the moves.

        None for a fix that is late (`is_late`); it changes nothing. Moves of one subscriber never meet.
        """

    async def forget(self, subscriber_id: str) -> None:
        """Forgets where a subscriber is, entries included."""


class LocationConsents(Protocol):
    """Who lets their place be used."""

    async def consents_of(self, subscriber_id: str) -> frozenset[Purpose] | None:
        """None: the subscriber is unknown. Reads what was written."""
