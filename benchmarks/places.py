"""Measures fences alone: 10,000 of them, half circles and half polygons, asked for positions among them.

Fences are spread over Germany as cities are: dense in places. `python -m benchmarks.places`.
"""

from __future__ import annotations

import json
import math
import random
import time

from benchmarks.figures import Figure, percentile
from services.offers.adapters.places.fence_index import FenceIndex
from services.offers.domain.policies import Fence

FENCES = 10_000
POSITIONS = 20_000
SEED = 7
_CITIES = 200
_MICROSECONDS = 1e6


def measure_places(fences: int = FENCES, positions: int = POSITIONS, seed: int = SEED) -> list[Figure]:
    """Microseconds of finding the fences near a position (p50, p99), how many those are, seconds to build."""
    chance = random.Random(seed)
    cities = [(chance.uniform(47.5, 54.5), chance.uniform(6.5, 14.5)) for _ in range(_CITIES)]
    drawn = [_fence(number, _place(chance, cities), chance) for number in range(fences)]
    begun = time.perf_counter()
    index = FenceIndex(drawn)
    build_seconds = time.perf_counter() - begun
    wanted = [_place(chance, cities) for _ in range(positions)]
    took, found = [], 0
    for latitude, longitude in wanted:
        latitude_e6, longitude_e6 = round(latitude * 1e6), round(longitude * 1e6)
        begun = time.perf_counter()
        near = index.near(latitude_e6, longitude_e6, 20)
        took.append((time.perf_counter() - begun) * _MICROSECONDS)
        found += len(near)
    return [
        Figure("offers.fence.near_us.p50", percentile(took, 50), "us", positions),
        Figure("offers.fence.near_us.p99", percentile(took, 99), "us", positions),
        Figure("offers.fence.near_count.mean", found / positions, "count", positions),
        Figure("offers.fence.build_s", build_seconds, "s", fences),
    ]


def _place(chance: random.Random, cities: list[tuple[float, float]]) -> tuple[float, float]:
    """Latitude and longitude within some kilometres of a city."""
    latitude, longitude = chance.choice(cities)
    return latitude + chance.gauss(0, 0.05), longitude + chance.gauss(0, 0.08)


def _fence(number: int, place: tuple[float, float], chance: random.Random) -> Fence:
    latitude, longitude = place
    code, radius = f"fence-{number}", chance.randint(50, 1_500)
    if number % 2:
        return Fence(
            code,
            code,
            latitude_e6=round(latitude * 1e6),
            longitude_e6=round(longitude * 1e6),
            radius_metres=radius,
        )
    ring = []
    for corner in range(24):
        angle, out = math.tau * corner / 24, radius * chance.uniform(0.7, 1.0) / 111_000
        ring.append([longitude + out * 1.6 * math.cos(angle), latitude + out * math.sin(angle)])
    return Fence(code, code, geometry=json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}))


if __name__ == "__main__":
    for figure in measure_places():
        print(f"{figure.name:32} {figure.value:12.2f} {figure.unit}  (n {figure.n:,})")
