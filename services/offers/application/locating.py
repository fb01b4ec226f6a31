"""Location reports: from a fix, or a cell, to fences entered and left. Without consent nothing is kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.common.kernel.clock import Instant
from services.offers.application.place_ports import (
    FenceCrossed,
    Fences,
    LocationConsents,
    Near,
    Presences,
    States,
)
from services.offers.domain.places import PresenceState, step
from services.offers.domain.policies import Purpose

_MOST_LATITUDE_E6 = 90_000_000
_MOST_LONGITUDE_E6 = 180_000_000


@dataclass(frozen=True, slots=True)
class Fix:
    """A position in millionths of a degree (WGS 84) and how far off it may be, in metres."""

    latitude_e6: int
    longitude_e6: int
    accuracy_metres: int

    @property
    def is_on_earth(self) -> bool:
        """Whether there is such a place."""
        return abs(self.latitude_e6) <= _MOST_LATITUDE_E6 and abs(self.longitude_e6) <= _MOST_LONGITUDE_E6


@dataclass(frozen=True, slots=True)
class LocationReport:
    """Where a subscriber was. `cell_id` instead of a position, or None. `subscriber_id` '': nobody has it."""

    subscriber_id: str
    at: Instant
    position: Fix | None = None
    cell_id: str = ""


@dataclass(frozen=True, slots=True)
class Located:
    """What became of reports; crossings by index of the report that completed them."""

    used: int = 0
    without_consent: int = 0
    refused: int = 0
    crossings: tuple[tuple[int, FenceCrossed], ...] = ()


class Locator:
    """Takes location reports. `fences` gives those in force; `wake` is called when one was entered."""

    def __init__(
        self,
        fences: Callable[[], Fences | None],
        presences: Presences,
        consents: LocationConsents,
        wake: Callable[[], None],
    ) -> None:
        self._fences = fences
        self._presences = presences
        self._consents = consents
        self._wake = wake

    async def report(self, reports: Sequence[LocationReport]) -> Located:
        """Takes them one after another, in their order. One that cannot be used spoils none of the others."""
        used = without_consent = refused = 0
        crossings: list[tuple[int, FenceCrossed]] = []
        for index, report in enumerate(reports):
            consents = await self._consents.consents_of(report.subscriber_id)
            if consents is not None and Purpose.LOCATION not in consents:
                without_consent += 1
                continue
            fences = self._fences()
            fix = None if fences is None or consents is None else _fix(fences, report)
            if fix is None or fences is None:
                refused += 1
                continue
            crossings += [(index, crossed) for crossed in await self._move(fences, report, fix)]
            used += 1
        if crossings:
            self._wake()
        return Located(used, without_consent, refused, tuple(crossings))

    async def _move(self, fences: Fences, report: LocationReport, fix: Fix) -> Sequence[FenceCrossed]:
        near = fences.near(fix.latitude_e6, fix.longitude_e6, fix.accuracy_metres)
        return await self._presences.move(
            report.subscriber_id, report.at, lambda states: moved(fences, states, near, report.at)
        )


def moved(
    fences: Fences, states: States, near: Sequence[Near], at: Instant
) -> tuple[States, Sequence[FenceCrossed]]:
    """The states after a fix that is `near` some fences, and what it completed. Pure."""
    distances = {found.fence.code: found.distance_metres for found in near}
    after: dict[str, PresenceState] = {}
    crossed: list[FenceCrossed] = []
    for code in sorted({*states, *distances}):
        figures = fences.figures(code)
        if figures is None:
            continue
        state, crossing = step(figures, states.get(code), distances.get(code, math.inf), at)
        if state is not None:
            after[code] = state
        if crossing is not None:
            crossed.append(FenceCrossed(code, crossing))
    return after, crossed


def _fix(fences: Fences, report: LocationReport) -> Fix | None:
    """The position of a report; of a cell, its middle, as coarse as it reaches."""
    if report.position is not None:
        return report.position if report.position.is_on_earth else None
    cell = fences.cell(report.cell_id)
    return None if cell is None else Fix(cell.latitude_e6, cell.longitude_e6, cell.radius_metres)
