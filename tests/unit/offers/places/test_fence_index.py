"""Fences on shapes against the ground truth: great circles, and shapely on a projection of its own."""

from __future__ import annotations

import json
import math

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from services.offers.adapters.geojson_shapes import ShapeInvalidError, read_area
from services.offers.adapters.places.fence_index import FenceIndex
from services.offers.adapters.places.fence_shapes import draw
from services.offers.domain.policies import Cell, Fence
from tests.support.offers_places import EARTH_METRES, MICRODEGREES, STADIUM, area, away, circle

CITIES = [(52.514, 13.239), (0.1, 36.8), (-33.9, 151.2), (64.1, -21.9), (69.6, 18.9)]
RING = [[0.0, 0.0], [0.02, 0.0], [0.02, 0.02], [0.0, 0.02], [0.0, 0.0]]
HOLE = [[0.008, 0.008], [0.008, 0.012], [0.012, 0.012], [0.012, 0.008], [0.008, 0.008]]


def near(index: FenceIndex, place: tuple[float, float], accuracy: float = 0) -> dict[str, float]:
    """Distances by code."""
    latitude, longitude = (round(degrees * MICRODEGREES) for degrees in place)
    return {found.fence.code: found.distance_metres for found in index.near(latitude, longitude, accuracy)}


def moved_ring(ring: list[list[float]], east: float, north: float) -> list[list[float]]:
    return [[east + x, north + y] for x, y in ring]


def square_at(place: tuple[float, float], half_metres: float) -> dict[str, object]:
    """A square around a place, its corners on bearings of 45 degrees."""
    corners = [away(half_metres * math.sqrt(2), bearing, place) for bearing in (45, 135, 225, 315, 45)]
    return {"type": "Polygon", "coordinates": [[[longitude, latitude] for latitude, longitude in corners]]}


@pytest.mark.parametrize("city", CITIES)
@pytest.mark.parametrize("radius", [50, 300, 5_000, 25_000])
@pytest.mark.parametrize("bearing", [0, 45, 90, 200, 315])
def test_a_circle_is_round_within_a_hundredth(city: tuple[float, float], radius: int, bearing: float) -> None:
    index = FenceIndex([circle(place=city, radius=radius)])
    # A coordinate is a millionth of a degree: eleven centimetres.
    off = 0.01 * radius + 0.2
    assert near(index, away(radius - off, bearing, city)) == {"stadium": 0.0}
    out = near(index, away(radius + off, bearing, city))
    assert out["stadium"] > 0
    margin = max(20.0, 0.1 * radius)
    far = near(index, away(radius + margin - off, bearing, city))
    assert far["stadium"] == pytest.approx(margin, abs=2 * off)
    assert near(index, away(radius + margin + off + 0.01 * margin, bearing, city)) == {}


@pytest.mark.parametrize("city", CITIES)
@pytest.mark.parametrize("half", [100, 2_000, 20_000])
def test_the_distance_from_a_polygon_is_right_within_a_hundredth(
    city: tuple[float, float], half: int
) -> None:
    (shape,) = draw([area("square", square_at(city, half))])
    for share in (1.02, 1.05, 1.5, 2.0):
        for bearing in (0, 90, 180, 270):
            latitude, longitude = away(half * share, bearing, city)
            # North and south the straight line in degrees is not the great circle: the corner tells.
            measured = shape.distance_metres(longitude, latitude)
            assert measured == pytest.approx(half * (share - 1), abs=0.01 * half + 0.5)
    assert shape.figures.radius_metres == pytest.approx(2 * half / math.sqrt(math.pi), rel=0.01)


@given(st.floats(-0.02, 0.04), st.floats(-0.02, 0.04), st.sampled_from([0.0, 40.0, 60.0]))
@settings(max_examples=300)
def test_inside_is_exactly_what_shapely_says_of_the_degrees(
    east: float, north: float, latitude: float
) -> None:
    rings = [moved_ring(RING, 10, latitude), moved_ring(HOLE, 10, latitude)]
    geometry = {"type": "Polygon", "coordinates": rings}
    place = (
        round((latitude + north) * MICRODEGREES) / MICRODEGREES,
        round((10 + east) * MICRODEGREES) / MICRODEGREES,
    )
    truth = shapely.from_geojson(json.dumps(geometry))
    point = shapely.Point(place[1], place[0])
    found = near(FenceIndex([area("ring", geometry)]), place)
    # On the very line, or a hair from it, both answers are right.
    if truth.boundary.distance(point) > 1e-9:
        assert (found.get("ring") == 0.0) is bool(truth.contains(point))


def test_a_hole_is_outside_and_its_rim_counts() -> None:
    index = FenceIndex([area("park", {"type": "Polygon", "coordinates": [RING, HOLE]})])
    assert near(index, (0.004, 0.004)) == {"park": 0.0}
    # Two thousandths of a degree from each side: on the equator 221 m, and 125 m is a tenth of the radius.
    assert near(index, (0.010, 0.010)) == {}
    assert index.distance_metres("park", 10_000, 10_000) == pytest.approx(0.002 * 110_574, rel=0.01)
    close = near(index, (0.0085, 0.010))
    assert close == {"park": pytest.approx(0.0005 * 110_574, rel=0.01)}


def test_each_part_of_a_multipolygon_is_within() -> None:
    parts = [[moved_ring(RING, 13.0, 52.0)], [moved_ring(RING, 13.1, 52.0)]]
    index = FenceIndex([area("campus", {"type": "MultiPolygon", "coordinates": parts})])
    assert near(index, (52.01, 13.01)) == {"campus": 0.0}
    assert near(index, (52.01, 13.11)) == {"campus": 0.0}
    assert near(index, (52.01, 13.06)) == {}
    one = FenceIndex([area("one", {"type": "Polygon", "coordinates": parts[0]})]).figures("one")
    both = index.figures("campus")
    assert one is not None
    assert both is not None
    assert both.radius_metres == pytest.approx(one.radius_metres * math.sqrt(2), rel=0.001)


@given(st.lists(st.tuples(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3), st.integers(20, 3_000)), max_size=30))
@settings(max_examples=60)
def test_the_tree_finds_what_a_look_at_every_fence_finds(places: list[tuple[float, float, int]]) -> None:
    fences: list[Fence] = []
    for number, (north, east, size) in enumerate(places):
        place = (STADIUM[0] + north, STADIUM[1] + east)
        is_circle = number % 2 == 0
        fences.append(
            circle(f"f-{number}", place, size) if is_circle else area(f"f-{number}", square_at(place, size))
        )
    index, shapes = FenceIndex(fences), draw(fences)
    for north, east in ((0.0, 0.0), (0.1, -0.1), (-0.2, 0.05)):
        latitude = round((STADIUM[0] + north) * MICRODEGREES)
        longitude = round((STADIUM[1] + east) * MICRODEGREES)
        expected = {
            shape.figures.code: distance
            for shape in shapes
            if (distance := shape.distance_metres(longitude / MICRODEGREES, latitude / MICRODEGREES))
            <= shape.figures.exit_margin_metres
        }
        found = index.near(latitude, longitude, 0)
        assert {one.fence.code: one.distance_metres for one in found} == expected
        assert [one.fence.code for one in found] == sorted(expected)


def test_a_position_that_is_too_coarse_for_a_fence_is_not_near_it() -> None:
    index = FenceIndex([circle("small", radius=100), circle("large", radius=2_000)])
    assert near(index, STADIUM, 300) == {"small": 0.0, "large": 0.0}
    assert near(index, STADIUM, 301) == {"large": 0.0}
    assert near(index, STADIUM, 6_001) == {}


def test_a_distance_is_told_however_far_it_is() -> None:
    index = FenceIndex([circle(radius=300)])
    latitude, longitude = (round(degrees * MICRODEGREES) for degrees in away(80_000, 30))
    assert index.distance_metres("stadium", latitude, longitude) == pytest.approx(79_700, rel=0.01)
    with pytest.raises(KeyError):
        index.distance_metres("arena", latitude, longitude)


def test_fences_and_cells_are_found_by_name() -> None:
    cell = Cell("26201-0000a1b20", 52_514_000, 13_239_000, 400)
    index = FenceIndex([circle(dwell=60)], [cell])
    figures = index.figures("stadium")
    assert figures is not None
    assert (figures.radius_metres, figures.dwell_seconds) == (300.0, 60)
    assert index.figures("arena") is None
    assert index.cell("26201-0000a1b20") == cell
    assert index.cell("26201-none") is None


def test_no_fences_at_all_are_near_nothing() -> None:
    assert near(FenceIndex([]), STADIUM) == {}


@pytest.mark.parametrize(
    "geometry",
    ['{"type": "Point", "coordinates": [1, 2]}', '{"type": "Polygon", "coordinates": []}', "{}", "no json"],
)
def test_a_geometry_that_is_no_area_is_refused(geometry: str) -> None:
    with pytest.raises(ValueError, match="fence"):
        FenceIndex([Fence("wrong", "wrong", geometry=geometry)])


def test_an_area_across_the_date_line_is_refused_when_it_is_read() -> None:
    """So a fence's box never goes around the earth."""
    ring = [[179.99, 10.0], [-179.99, 10.0], [-179.99, 10.01], [179.99, 10.01], [179.99, 10.0]]
    with pytest.raises(ShapeInvalidError, match="km across"):
        read_area({"type": "Polygon", "coordinates": [ring]})


def test_the_sphere_of_these_tests_is_the_mean_one() -> None:
    """The great circle that other tests measure with, against a length that is known: one degree north."""
    north, _ = away(math.radians(1) * EARTH_METRES, 0, (52.0, 13.0))
    assert north == pytest.approx(53.0)
