"""Fences on shapely: which of them a position is in or near, and how far away, in metres.

Each fence is drawn on a plane of its own (equirectangular around its middle), where distances are
metres. Lint keeps fences under 200 km, over which that plane is off by less than the accuracy of a fix.
A tree of the fences' bounding boxes, widened by their exit margins, finds the few that matter.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

from services.offers.domain.places import FenceFigures
from services.offers.domain.policies import Cell, Fence

_METRES_PER_DEGREE = 111_320.0
_MICRODEGREES = 1_000_000
_CIRCLE_STEPS = 32


@dataclass(frozen=True, slots=True)
class Near:
    """A fence that a position is in or near; `distance_metres` from its line, 0 within."""

    fence: FenceFigures
    distance_metres: float


@dataclass(frozen=True, slots=True)
class _Drawn:
    figures: FenceFigures
    longitude: float
    latitude: float
    metres_per_degree_east: float
    geometry: BaseGeometry

    def distance_metres(self, longitude: float, latitude: float) -> float:
        east = (longitude - self.longitude) * self.metres_per_degree_east
        north = (latitude - self.latitude) * _METRES_PER_DEGREE
        return float(shapely.distance(self.geometry, Point(east, north)))


class FenceIndex:
    """All fences of a policy version. Built once, then only read."""

    def __init__(self, fences: Sequence[Fence], cells: Sequence[Cell] = ()) -> None:
        """Raises ValueError for a geometry that is none; lint has refused such before."""
        self._drawn = tuple(_draw(fence) for fence in fences)
        self._tree = shapely.STRtree([_box(drawn) for drawn in self._drawn])
        self._cells: Mapping[str, Cell] = {cell.cell_id: cell for cell in cells}
        self._figures: Mapping[str, FenceFigures] = {
            drawn.figures.code: drawn.figures for drawn in self._drawn
        }

    def figures(self, fence_code: str) -> FenceFigures | None:
        """What the state machine must know; None for a fence that this version does not have."""
        return self._figures.get(fence_code)

    def cell(self, cell_id: str) -> Cell | None:
        """A cell by its id."""
        return self._cells.get(cell_id)

    def near(self, latitude_e6: int, longitude_e6: int, accuracy_metres: float) -> Sequence[Near]:
        """Fences that a position is within, or not beyond the exit margin of, in order of code.

        A fence for which the position is too coarse is left out.
        """
        longitude, latitude = longitude_e6 / _MICRODEGREES, latitude_e6 / _MICRODEGREES
        found = []
        for index in self._tree.query(Point(longitude, latitude)):
            drawn = self._drawn[int(index)]
            if not drawn.figures.is_fine_enough(accuracy_metres):
                continue
            distance = drawn.distance_metres(longitude, latitude)
            if distance <= drawn.figures.exit_margin_metres:
                found.append(Near(drawn.figures, distance))
        return sorted(found, key=lambda near: near.fence.code)


def _draw(fence: Fence) -> _Drawn:
    if fence.geometry:
        degrees = shape(json.loads(fence.geometry))
        middle = degrees.centroid
        longitude, latitude = float(middle.x), float(middle.y)
    else:
        longitude, latitude = fence.longitude_e6 / _MICRODEGREES, fence.latitude_e6 / _MICRODEGREES
        degrees = None
    east = _METRES_PER_DEGREE * math.cos(math.radians(latitude))
    if degrees is None:
        geometry: BaseGeometry = Point(0, 0).buffer(fence.radius_metres, quad_segs=_CIRCLE_STEPS)
        radius = float(fence.radius_metres)
    else:
        geometry = shapely.transform(
            degrees, lambda points: (points - [longitude, latitude]) * [east, _METRES_PER_DEGREE]
        )
        radius = math.sqrt(geometry.area / math.pi)
    shapely.prepare(geometry)
    return _Drawn(FenceFigures(fence.code, radius, fence.dwell_seconds), longitude, latitude, east, geometry)


def _box(drawn: _Drawn) -> BaseGeometry:
    """The bounding box in degrees, as wide as somebody may be away and not be out."""
    margin = drawn.figures.exit_margin_metres
    west, south, east, north = drawn.geometry.bounds
    return shapely.box(
        drawn.longitude + (west - margin) / drawn.metres_per_degree_east,
        drawn.latitude + (south - margin) / _METRES_PER_DEGREE,
        drawn.longitude + (east + margin) / drawn.metres_per_degree_east,
        drawn.latitude + (north + margin) / _METRES_PER_DEGREE,
    )
