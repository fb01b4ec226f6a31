"""Published fences as rows of a table.

Brings the reader of places and shapely along, so it is imported only where needed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from tidemark.offers.v1 import policy_api_pb2 as api

from services.common.kernel.findings import SourceFile
from services.offers.adapters.geojson_source import SUFFIX, Places, read_places
from services.offers.adapters.places.fence_shapes import Shape, draw
from services.offers.domain.policies import Fence

FENCE_COLUMNS = ("fence", "name", "shape", ">radius", ">area", ">left beyond", ">dwell")

_METRES_PER_KILOMETRE = 1_000


def places_in(files: Iterable[api.PolicyFile]) -> Places:
    """Fences and cells of the files of places among those of a version."""
    wanted = [SourceFile(file.name, file.content) for file in files if file.name.endswith(SUFFIX)]
    return read_places(wanted)


def fence_rows(places: Places) -> list[tuple[str, ...]]:
    """One row for each fence, in order of code."""
    fences = [places.fences[code] for code in sorted(places.fences)]
    return [_row(fence, shape) for fence, shape in zip(fences, draw(fences), strict=True)]


def fence_documents(places: Places) -> list[dict[str, object]]:
    """The same for programs: exact figures, metres and seconds."""
    fences = [places.fences[code] for code in sorted(places.fences)]
    return [_document(fence, shape) for fence, shape in zip(fences, draw(fences), strict=True)]


def _row(fence: Fence, shape: Shape) -> tuple[str, ...]:
    figures = shape.figures
    return (
        fence.code,
        fence.name,
        "polygon" if fence.geometry else "circle",
        _metres(figures.radius_metres),
        f"{_square_metres(figures.radius_metres) / _METRES_PER_KILOMETRE**2:.3f} km²",
        _metres(figures.exit_margin_metres),
        f"{fence.dwell_seconds} s" if fence.dwell_seconds else "",
    )


def _document(fence: Fence, shape: Shape) -> dict[str, object]:
    figures = shape.figures
    return {
        "fence": fence.code,
        "name": fence.name,
        "shape": "polygon" if fence.geometry else "circle",
        "radius_metres": round(figures.radius_metres, 1),
        "area_square_metres": round(_square_metres(figures.radius_metres)),
        "exit_margin_metres": round(figures.exit_margin_metres, 1),
        "dwell_seconds": fence.dwell_seconds,
    }


def _square_metres(radius_metres: float) -> float:
    """Of a polygon too: its radius is that of a circle of equal area."""
    return math.pi * radius_metres**2


def _metres(metres: float) -> str:
    if metres < _METRES_PER_KILOMETRE:
        return f"{metres:.0f} m"
    return f"{metres / _METRES_PER_KILOMETRE:.2f} km"
