"""Places in memory: fences on real shapes, presences and consents without a database."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.common.kernel.clock import Instant
from services.offers.adapters.places.fence_index import FenceIndex
from services.offers.adapters.places.fence_shapes import metres_per_degree
from services.offers.application.locating import Fix
from services.offers.application.place_ports import FenceCrossed, Move, States
from services.offers.domain.places import Crossing, is_late
from services.offers.domain.policies import Fence, Purpose

MICRODEGREES = 1_000_000
STADIUM = (52.514, 13.239)
"""Latitude and longitude."""
EARTH_METRES = 6_371_008.8


def circle(
    code: str = "stadium", place: tuple[float, float] = STADIUM, radius: int = 300, dwell: int = 0
) -> Fence:
    """A centre with a radius in metres."""
    latitude, longitude = (round(degrees * MICRODEGREES) for degrees in place)
    return Fence(
        code,
        code,
        latitude_e6=latitude,
        longitude_e6=longitude,
        radius_metres=radius,
        dwell_seconds=dwell,
    )


def area(code: str, geometry: Mapping[str, object], dwell: int = 0) -> Fence:
    """A GeoJSON geometry."""
    return Fence(code, code, geometry=json.dumps(geometry), dwell_seconds=dwell)


def away(metres: float, bearing: float = 90.0, place: tuple[float, float] = STADIUM) -> tuple[float, float]:
    """The place so far from another, by the great circle on a sphere; bearing in degrees from north."""
    latitude, longitude = (math.radians(degrees) for degrees in place)
    angle, turn = metres / EARTH_METRES, math.radians(bearing)
    there = math.asin(
        math.sin(latitude) * math.cos(angle) + math.cos(latitude) * math.sin(angle) * math.cos(turn)
    )
    east = math.atan2(
        math.sin(turn) * math.sin(angle) * math.cos(latitude),
        math.cos(angle) - math.sin(latitude) * math.sin(there),
    )
    return math.degrees(there), math.degrees(longitude + east)


def fix_at(metres: float, accuracy: int = 0, bearing: float = 90.0) -> Fix:
    """A fix so far from the middle of the stadium, on the ellipsoid that fences are drawn on."""
    east, north = metres_per_degree(STADIUM[0])
    turn = math.radians(bearing)
    return Fix(
        round((STADIUM[0] + metres * math.cos(turn) / north) * MICRODEGREES),
        round((STADIUM[1] + metres * math.sin(turn) / east) * MICRODEGREES),
        accuracy,
    )


@dataclass(slots=True)
class FixedFences:
    """Fences in force, as tests set them."""

    index: FenceIndex | None

    async def current(self) -> FenceIndex | None:
        """As it was set."""
        return self.index


@dataclass(slots=True)
class MemoryPresences:
    """Presences as the port has them."""

    states: dict[str, States] = field(default_factory=dict)
    last: dict[str, Instant] = field(default_factory=dict)
    entries: list[tuple[str, str, Instant]] = field(default_factory=list)
    moved_at_once: list[int] = field(default_factory=list)

    async def move(self, moves: Sequence[Move], now: Instant) -> Sequence[Sequence[FenceCrossed] | None]:
        """One after another."""
        self.moved_at_once.append(len(moves))
        return [self._moved(move, now) for move in moves]

    async def forget(self, subscriber_id: str) -> None:
        """All of it."""
        self.states.pop(subscriber_id, None)
        self.last.pop(subscriber_id, None)
        self.entries = [entry for entry in self.entries if entry[0] != subscriber_id]

    def _moved(self, move: Move, now: Instant) -> Sequence[FenceCrossed] | None:
        whose = move.subscriber_id
        if is_late(self.last.get(whose), move.at, now):
            return None
        self.last[whose] = move.at
        self.states[whose], crossed = move.apply(self.states.get(whose, {}))
        self.entries += [
            (whose, one.fence_code, move.at) for one in crossed if one.crossing is Crossing.ENTERED
        ]
        return crossed


@dataclass(slots=True)
class ConsentsInMemory:
    """Consents by subscriber; who is not there is unknown. `withdraw_after`: so many questions later."""

    given: dict[str, frozenset[Purpose]] = field(default_factory=dict)
    withdraw_after: int | None = None
    asked: int = 0

    async def consents_of(self, subscriber_id: str) -> frozenset[Purpose] | None:
        """As it stands."""
        self.asked += 1
        if self.withdraw_after is not None and self.asked > self.withdraw_after:
            return frozenset() if subscriber_id in self.given else None
        return self.given.get(subscriber_id)
