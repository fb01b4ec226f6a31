"""A fence as a shape on the ground: how far a position is from its line, in metres.

A polygon is drawn on a plane of its own, scaled to metres around its middle. That keeps lines straight in
degrees, as GeoJSON means them, so that inside is exactly inside; distances are right to a few thousandths
where it matters, near the line. A circle is measured from its centre and needs no plane.
Lint refuses fences of more than 200 km and such that cross the date line.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from services.offers.domain.places import FenceFigures
from services.offers.domain.policies import Fence

_MICRODEGREES = 1_000_000
_POLYGONS = ("Polygon", "MultiPolygon")
_WIDER = 1.02
"""Bounding boxes are so much wider than the plane has them: they must not miss what the shape finds."""

Bounds = tuple[float, float, float, float]
"""West, south, east, north, in degrees."""


class Shape(Protocol):
    """A fence that can be measured from."""

    @property
    def figures(self) -> FenceFigures:
        """What the state machine must know."""

    def distance_metres(self, longitude: float, latitude: float) -> float:
        """From the line, 0 or less within; degrees. From any thread."""

    def reach(self) -> Bounds:
        """A box around everywhere that is not beyond the exit margin."""


def metres_per_degree(latitude: float) -> tuple[float, float]:
    """East and north, at a latitude in degrees: the usual series for the WGS 84 ellipsoid."""
    phi = math.radians(latitude)
    east = 111_412.84 * math.cos(phi) - 93.5 * math.cos(3 * phi) + 0.118 * math.cos(5 * phi)
    north = 111_132.92 - 559.82 * math.cos(2 * phi) + 1.175 * math.cos(4 * phi)
    return east, north


@dataclass(frozen=True, slots=True)
class Circle:
    """A centre with a radius."""

    figures: FenceFigures
    longitude: float
    latitude: float

    def distance_metres(self, longitude: float, latitude: float) -> float:
        """As `Shape` has it."""
        east, north = metres_per_degree((latitude + self.latitude) / 2)
        away = math.hypot((longitude - self.longitude) * east, (latitude - self.latitude) * north)
        return max(0.0, away - self.figures.radius_metres)

    def reach(self) -> Bounds:
        """As `Shape` has it."""
        out = (self.figures.radius_metres + self.figures.exit_margin_metres) * _WIDER
        return _degrees(self.longitude, self.latitude, (-out, -out, out, out))


@dataclass(frozen=True, slots=True)
class Area:
    """A polygon, or several, on a plane in metres around its middle."""

    figures: FenceFigures
    longitude: float
    latitude: float
    scale: tuple[float, float]
    plane: BaseGeometry
    _turn: threading.Lock = field(default_factory=threading.Lock, compare=False, repr=False)
    """GEOS completes a prepared geometry at its first uses, and not for several threads at once."""

    def distance_metres(self, longitude: float, latitude: float) -> float:
        """As `Shape` has it."""
        east = (longitude - self.longitude) * self.scale[0]
        north = (latitude - self.latitude) * self.scale[1]
        with self._turn:
            return float(shapely.distance(self.plane, shapely.points(east, north)))

    def reach(self) -> Bounds:
        """As `Shape` has it."""
        out = self.figures.exit_margin_metres
        west, south, east, north = self.plane.bounds
        wide, high = (east - west) * (_WIDER - 1), (north - south) * (_WIDER - 1)
        box = (west - out - wide, south - out - high, east + out + wide, north + out + high)
        return _degrees(self.longitude, self.latitude, box)


def draw(fences: Sequence[Fence]) -> tuple[Shape, ...]:
    """The shapes of fences, in their order. Raises ValueError for a geometry that is none."""
    shapes: dict[str, Shape] = {
        shape.figures.code: shape for shape in _areas([f for f in fences if f.geometry])
    }
    for fence in fences:
        if not fence.geometry:
            figures = FenceFigures(fence.code, float(fence.radius_metres), fence.dwell_seconds)
            shapes[fence.code] = Circle(
                figures, fence.longitude_e6 / _MICRODEGREES, fence.latitude_e6 / _MICRODEGREES
            )
    return tuple(shapes[fence.code] for fence in fences)


def _areas(fences: Sequence[Fence]) -> list[Area]:
    """All at once: geometries one by one take ten times as long."""
    if not fences:
        return []
    try:
        degrees = shapely.from_geojson(np.array([fence.geometry for fence in fences], dtype=object))
    except ShapelyError as error:
        raise ValueError(f"a fence's geometry is not GeoJSON: {error}") from error
    for fence, geometry in zip(fences, degrees, strict=True):
        if geometry.geom_type not in _POLYGONS or geometry.is_empty:
            raise ValueError(f"fence {fence.code} is no Polygon or MultiPolygon")
    middles = shapely.centroid(degrees)
    places = np.column_stack([shapely.get_x(middles), shapely.get_y(middles)])
    scales = np.array([metres_per_degree(latitude) for latitude in places[:, 1]])
    points, owners = shapely.get_coordinates(degrees, return_index=True)
    planes = shapely.set_coordinates(degrees, (points - places[owners]) * scales[owners])
    radii = np.sqrt(shapely.area(planes) / math.pi)
    shapely.prepare(planes)
    return [
        Area(
            FenceFigures(fence.code, float(radius), fence.dwell_seconds),
            float(place[0]),
            float(place[1]),
            (float(scale[0]), float(scale[1])),
            plane,
        )
        for fence, radius, place, scale, plane in zip(fences, radii, places, scales, planes, strict=True)
    ]


def _degrees(longitude: float, latitude: float, box: Bounds) -> Bounds:
    """A box in metres around a place as one in degrees; the widest where its parallels are shortest."""
    west, south, east, north = box
    _, per_north = metres_per_degree(latitude)
    low, high = latitude + south / per_north, latitude + north / per_north
    per_east = max(
        1.0, min(metres_per_degree(low)[0], metres_per_degree(high)[0], metres_per_degree(latitude)[0])
    )
    return longitude + west / per_east, low, longitude + east / per_east, high
