"""Location reports: from a fix, or a cell, to fences entered and left. Without consent nothing is kept."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.common.kernel.clock import MINUTE, Clock, Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.offers.application.place_ports import (
    FenceCrossed,
    Fences,
    FencesInForce,
    LocationConsents,
    Move,
    Near,
    Presences,
    States,
)
from services.offers.domain.places import Crossing, PresenceState, step
from services.offers.domain.policies import Purpose
from services.offers.domain.reasons import POLICIES_NOT_PUBLISHED

AHEAD = 5 * MINUTE
"""Clocks of reporters may be ahead of ours by so much; what is farther in the future is refused."""

_MOST_LATITUDE_E6 = 90_000_000
_MOST_LONGITUDE_E6 = 180_000_000
_AT_ONCE = 100
"""Moves in a transaction. On SQLite nothing else gets at the database meanwhile: a few milliseconds."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A position in millionths of a degree (WGS 84) and how far off it may be, in metres (0: not said)."""

    latitude_e6: int
    longitude_e6: int
    accuracy_metres: int = 0

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
    """What became of reports; crossings by index of the report that completed them, in that order."""

    used: int = 0
    without_consent: int = 0
    refused: int = 0
    late: int = 0
    crossings: tuple[tuple[int, FenceCrossed], ...] = ()


@dataclass(frozen=True, slots=True)
class _Usable:
    """A report that may be used, by its index, with its position."""

    index: int
    report: LocationReport
    fix: Fix


class Locator:
    """Takes location reports. `wake` is called when a fence was entered."""

    def __init__(
        self,
        fences: FencesInForce,
        presences: Presences,
        consents: LocationConsents,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._fences = fences
        self._presences = presences
        self._consents = consents
        self._clock = clock
        self._wake = wake

    async def report(self, reports: Sequence[LocationReport]) -> Located:
        """Takes reports in order of their instants. One that cannot be used spoils none of the others.

        Raises RefusedError POLICIES_NOT_PUBLISHED where there are no fences yet.
        """
        fences = await self._fences.current()
        if fences is None:
            raise RefusedError(
                Refused(POLICIES_NOT_PUBLISHED, "no policies are published yet, and so no fences")
            )
        now = self._clock.now()
        consents = await self._consents_of(report.subscriber_id for report in reports)
        refused = without_consent = 0
        usable: list[_Usable] = []
        for index, report in enumerate(reports):
            given = consents[report.subscriber_id]
            fix = None if given is None or report.at > now + AHEAD else _fix(fences, report)
            if given is not None and Purpose.LOCATION not in given:
                without_consent += 1
            elif fix is None:
                refused += 1
            else:
                known = dataclasses.replace(report, at=min(report.at, now))
                usable.append(_Usable(index, known, fix))
        late, crossings = await self._move(fences, sorted(usable, key=lambda one: one.report.at), now)
        if any(crossed.crossing is Crossing.ENTERED for _, crossed in crossings):
            self._wake()
        used = len(usable) - late
        return Located(used, without_consent, refused, late, tuple(crossings))

    async def _consents_of(self, subscriber_ids: Iterable[str]) -> Mapping[str, frozenset[Purpose] | None]:
        consents: dict[str, frozenset[Purpose] | None] = {"": None}
        for subscriber_id in subscriber_ids:
            if subscriber_id not in consents:
                consents[subscriber_id] = await self._consents.consents_of(subscriber_id)
        return consents

    async def _move(
        self, fences: Fences, usable: Sequence[_Usable], now: Instant
    ) -> tuple[int, list[tuple[int, FenceCrossed]]]:
        late = 0
        crossings: list[tuple[int, FenceCrossed]] = []
        for begin in range(0, len(usable), _AT_ONCE):
            part = usable[begin : begin + _AT_ONCE]
            moves = [_move(fences, one) for one in part]
            for one, crossed in zip(part, await self._presences.move(moves, now), strict=True):
                late += crossed is None
                crossings += [(one.index, each) for each in crossed or ()]
            await self._forget_withdrawn({one.report.subscriber_id for one in part})
        return late, sorted(crossings, key=lambda crossing: crossing[0])

    async def _forget_withdrawn(self, subscriber_ids: Iterable[str]) -> None:
        """Withdrawing forgets what is there then; what was on its way meanwhile is forgotten here."""
        for subscriber_id, given in (await self._consents_of(subscriber_ids)).items():
            if subscriber_id and Purpose.LOCATION not in (given or ()):
                await self._presences.forget(subscriber_id)


def moved(
    fences: Fences, states: States, near: Sequence[Near], fix: Fix, at: Instant
) -> tuple[dict[str, PresenceState], list[FenceCrossed]]:
    """The states after a fix that is `near` some fences, and what it completed, in order of code. Pure."""
    distances = {found.fence.code: found.distance_metres for found in near}
    after: dict[str, PresenceState] = {}
    crossed: list[FenceCrossed] = []
    for code in sorted({*states, *distances}):
        figures = fences.figures(code)
        if figures is None:
            continue
        distance = distances.get(code)
        if distance is None:
            # Out, if it is fine enough for the fence; else it must be looked at how far.
            fine = figures.is_fine_enough(fix.accuracy_metres)
            distance = math.inf if fine else fences.distance_metres(code, fix.latitude_e6, fix.longitude_e6)
        state, crossing = step(figures, states.get(code), distance, at, fix.accuracy_metres)
        if state is not None:
            after[code] = state
        if crossing is not None:
            crossed.append(FenceCrossed(code, crossing))
    return after, crossed


def _move(fences: Fences, one: _Usable) -> Move:
    at, fix = one.report.at, one.fix
    # Before the transaction, which is the shorter for it.
    near = fences.near(fix.latitude_e6, fix.longitude_e6, fix.accuracy_metres)
    return Move(one.report.subscriber_id, at, lambda states: moved(fences, states, near, fix, at))


def _fix(fences: Fences, report: LocationReport) -> Fix | None:
    """The position of a report; of a cell, its middle, as coarse as it reaches."""
    if report.position is not None:
        return report.position if report.position.is_on_earth else None
    cell = fences.cell(report.cell_id)
    return None if cell is None else Fix(cell.latitude_e6, cell.longitude_e6, cell.radius_metres)
