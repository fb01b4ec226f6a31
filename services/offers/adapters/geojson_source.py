"""Fences and cells from GeoJSON: FeatureCollections beside the YAML of policies.

A fence is a Polygon or MultiPolygon, or a Point with `radius_metres`; a cell is a Point with
`radius_metres`. Which of them a feature is, its properties say: `fence: code` or `cell: id`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from services.common.kernel.findings import Severity, SourceFile
from services.offers.adapters.geojson_shapes import ShapeInvalidError, read_area, read_circle
from services.offers.adapters.yaml_form.places import CellProperties, FenceProperties
from services.offers.domain.findings import Finding, FindingReason
from services.offers.domain.policies import Cell, Fence

SUFFIX = ".geojson"
MOST_FEATURES = 20_000
_FEATURES = re.compile(r'"features"\s*:\s*\[')
_BLANKS = re.compile(r"[\s,]*")


@dataclass(slots=True)
class Places:
    """What files of places say; `places` finds `fences.<code>` and `cells.<id>` in them."""

    fences: dict[str, Fence] = field(default_factory=dict)
    cells: dict[str, Cell] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def locate(self, dotted: str) -> tuple[str, int] | None:
        """The place of a field; None: it is none of places.

        A cell id may hold dots; a fence's field may go on behind its code.
        """
        return self.places.get(dotted) or self.places.get(".".join(dotted.split(".")[:2]))


def read_places(files: Sequence[SourceFile]) -> Places:
    """Reads all files. What is wrong is a finding with its file, feature and line; nothing is raised."""
    places = Places()
    for file in files:
        features = _features(places, file)
        lines = _lines(file.content, len(features))
        for index, feature in enumerate(features):
            _Feature(places, file.name, lines[index], index).read(feature)
    return places


def _features(places: Places, file: SourceFile) -> list[Any]:
    try:
        content = json.loads(file.content)
    except (ValueError, RecursionError) as error:
        _report(places, FindingReason.GEOJSON_INVALID, f"not readable as JSON: {error}", "", file.name, 1)
        return []
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or content.get("type") != "FeatureCollection":
        message = 'write {"type": "FeatureCollection", "features": [...]}'
        _report(places, FindingReason.GEOJSON_INVALID, message, "", file.name, 1)
        return []
    if len(features) > MOST_FEATURES:
        message = f"{len(features)} features; at most {MOST_FEATURES}"
        _report(places, FindingReason.GEOJSON_INVALID, message, "features", file.name, 1)
        return []
    return features


class _Feature:
    """Reads one feature into the places."""

    def __init__(self, places: Places, file: str, line: int, index: int) -> None:
        self._places = places
        self._file = file
        self._line = line
        self._field = f"features.{index}"

    def read(self, feature: object) -> None:
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            self._problem(FindingReason.FEATURE_INVALID, "it is no Feature")
            return
        properties, geometry = feature.get("properties"), feature.get("geometry")
        try:
            if isinstance(properties, dict) and "cell" in properties:
                self._cell(CellProperties.model_validate(properties), geometry)
            else:
                self._fence(FenceProperties.model_validate(properties), geometry)
        except ValidationError as problems:
            for detail in problems.errors(include_url=False):
                where = ".".join(str(part) for part in detail["loc"]) or "properties"
                self._problem(FindingReason.FEATURE_INVALID, f"{where}: {detail['msg']}")
        except ShapeInvalidError as error:
            self._problem(FindingReason.GEOMETRY_INVALID, str(error))

    def _cell(self, properties: CellProperties, geometry: object) -> None:
        latitude, longitude = read_circle(geometry, properties.radius_metres)
        cell = Cell(properties.cell, latitude, longitude, properties.radius_metres)
        if self._is_new(f"cells.{cell.cell_id}"):
            self._places.cells[cell.cell_id] = cell

    def _fence(self, properties: FenceProperties, geometry: object) -> None:
        code, name, dwell = properties.fence, properties.name, properties.dwell_seconds
        if properties.radius_metres is None:
            fence = Fence(code, name, geometry=read_area(geometry), dwell_seconds=dwell)
        else:
            latitude, longitude = read_circle(geometry, properties.radius_metres)
            fence = Fence(code, name, "", latitude, longitude, properties.radius_metres, dwell)
        if self._is_new(f"fences.{code}"):
            self._places.fences[code] = fence

    def _is_new(self, field: str) -> bool:
        first = self._places.places.get(field)
        if first is None:
            self._places.places[field] = (self._file, self._line)
            return True
        self._problem(
            FindingReason.CODE_TWICE,
            f"{field} is there already, in {first[0]} line {first[1]}; keep one of them",
        )
        return False

    def _problem(self, reason: FindingReason, message: str) -> None:
        _report(self._places, reason, message, self._field, self._file, self._line)


def _report(places: Places, reason: FindingReason, message: str, field: str, file: str, line: int) -> None:
    places.findings.append(Finding(Severity.ERROR, reason, message, field, file, line))


def _lines(content: str, count: int) -> list[int]:
    """The line of each feature; 0 where they cannot be told."""
    found = list(_starts(content))
    return [content.count("\n", 0, start) + 1 for start in found] if len(found) == count else [0] * count


def _starts(content: str) -> Iterator[int]:
    opening = _FEATURES.search(content)
    if opening is None:
        return
    decoder, at = json.JSONDecoder(), opening.end()
    while True:
        blanks = _BLANKS.match(content, at)
        at = blanks.end() if blanks else at
        if at >= len(content) or content[at] == "]":
            return
        yield at
        try:
            _, at = decoder.raw_decode(content, at)
        except ValueError:
            return
