"""Fences on shapely: which of them a position is in or near, and how far away, in metres.

A tree of the fences' bounding boxes, widened by their exit margins, finds the few that matter; the shapes
say the rest. A grid of cells before it (h3) would save nothing: the tree itself takes microseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import shapely

from services.offers.adapters.places.fence_shapes import Shape, draw
from services.offers.domain.places import FenceFigures
from services.offers.domain.policies import Cell, Fence

_MICRODEGREES = 1_000_000


@dataclass(frozen=True, slots=True)
class Near:
    """A fence that a position is in or near; `distance_metres` from its line, 0 within."""

    fence: FenceFigures
    distance_metres: float


class FenceIndex:
    """All fences of a policy version. Built once, then only read, from any thread."""

    def __init__(self, fences: Sequence[Fence], cells: Sequence[Cell] = ()) -> None:
        """Raises ValueError for a geometry that is none; lint has refused such before."""
        self._drawn = draw(fences)
        self._tree = shapely.STRtree([shapely.box(*shape.reach()) for shape in self._drawn])
        self._cells: Mapping[str, Cell] = {cell.cell_id: cell for cell in cells}
        self._by_code: Mapping[str, Shape] = {shape.figures.code: shape for shape in self._drawn}

    def figures(self, fence_code: str) -> FenceFigures | None:
        """What the state machine must know; None for a fence that this version does not have."""
        shape = self._by_code.get(fence_code)
        return None if shape is None else shape.figures

    def cell(self, cell_id: str) -> Cell | None:
        """A cell by its id."""
        return self._cells.get(cell_id)

    def near(self, latitude_e6: int, longitude_e6: int, accuracy_metres: float) -> Sequence[Near]:
        """Fences that a position is within, or not beyond the exit margin of, in order of code.

        A fence for which the position is too coarse is left out.
        """
        longitude, latitude = longitude_e6 / _MICRODEGREES, latitude_e6 / _MICRODEGREES
        found = []
        for index in self._tree.query(shapely.points(longitude, latitude)):
            shape = self._drawn[index]
            figures = shape.figures
            if figures.is_fine_enough(accuracy_metres):
                distance = shape.distance_metres(longitude, latitude)
                if distance <= figures.exit_margin_metres:
                    found.append(Near(figures, distance))
        return sorted(found, key=lambda near: near.fence.code)

    def distance_metres(self, fence_code: str, latitude_e6: int, longitude_e6: int) -> float:
        """From a fence's line, 0 within. Raises KeyError for a fence that this version does not have."""
        shape = self._by_code[fence_code]
        return shape.distance_metres(longitude_e6 / _MICRODEGREES, latitude_e6 / _MICRODEGREES)
