"""Geometries of fences: valid, not empty, on the earth, not too large; written in one way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import cos, hypot, radians

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import Point, mapping, shape
from shapely.geometry.base import BaseGeometry

MOST_METRES = 200_000
MOST_POINTS = 20_000
_METRES_PER_DEGREE = 111_320.0
_MOST_LATITUDE = 85
_DATE_LINE = 180
_DIGITS = 6
"""Coordinates are kept to a millionth of a degree: eleven centimetres."""


class ShapeInvalidError(ValueError):
    """A geometry that is no fence; the message says what to do."""


def read_circle(geometry: object, radius_metres: int) -> tuple[int, int]:
    """Latitude and longitude of a circle's middle in millionths of a degree.

    Raises ShapeInvalidError, also where it reaches over the date line or near a pole: no plane fits there.
    """
    read = _read(geometry)
    if not isinstance(read, Point):
        raise ShapeInvalidError(f"it is a {read.geom_type}; write a Point with radius_metres")
    reach = radius_metres / _METRES_PER_DEGREE
    if abs(read.y) + reach > _MOST_LATITUDE or abs(read.x) + reach / cos(radians(read.y)) > _DATE_LINE:
        raise ShapeInvalidError("it reaches over the date line or too near a pole; use a zone there")
    return round(read.y * 1_000_000), round(read.x * 1_000_000)


def read_area(geometry: object) -> str:
    """A Polygon or MultiPolygon as canonical GeoJSON text. Raises ShapeInvalidError."""
    read = _read(geometry)
    if read.geom_type not in ("Polygon", "MultiPolygon"):
        raise ShapeInvalidError(
            f"it is a {read.geom_type}; write a Polygon, a MultiPolygon, or a Point with radius_metres"
        )
    if shapely.get_num_coordinates(read) > MOST_POINTS:
        raise ShapeInvalidError(f"it has more than {MOST_POINTS} points; simplify it")
    across = metres_across(read.bounds)
    if across > MOST_METRES:
        raise ShapeInvalidError(
            f"it is {across // 1000:.0f} km across, and may be {MOST_METRES // 1000}; divide it or use a zone"
        )
    return canonical_area(read)


def canonical_area(area: BaseGeometry) -> str:
    """GeoJSON text with coordinates to a millionth of a degree, rings and parts in one order.

    Raises ShapeInvalidError where nothing valid is left of it then.
    """
    rounded = shapely.transform(area, lambda points: points.round(_DIGITS))
    if not rounded.is_valid:
        raise ShapeInvalidError("its points lie closer together than a millionth of a degree; simplify it")
    written = mapping(shapely.orient_polygons(shapely.normalize(rounded)))
    return json.dumps(_rounded(written), separators=(",", ":"), sort_keys=True)


def metres_across(bounds: Sequence[float]) -> float:
    """The diagonal of a box of degrees, on a plane that fits its middle."""
    west, south, east, north = bounds
    width = (east - west) * _METRES_PER_DEGREE * cos(radians((south + north) / 2))
    return hypot(width, (north - south) * _METRES_PER_DEGREE)


def _read(geometry: object) -> BaseGeometry:
    if not isinstance(geometry, dict):
        raise ShapeInvalidError("it has no geometry")
    try:
        read = shape(geometry)
    except (ShapelyError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise ShapeInvalidError(f"it is no geometry of GeoJSON: {error}") from error
    if read.is_empty:
        raise ShapeInvalidError("it is empty")
    west, south, east, north = read.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ShapeInvalidError("it lies off the earth; coordinates are [longitude, latitude] in degrees")
    if not read.is_valid:
        raise ShapeInvalidError(f"it is no valid area: {shapely.is_valid_reason(read)}")
    return shapely.force_2d(read)


def _rounded(part: object) -> object:
    if isinstance(part, float):
        return round(part, _DIGITS)
    if isinstance(part, dict):
        return {key: _rounded(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_rounded(value) for value in part]
    return part
