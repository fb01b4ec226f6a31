"""Being somewhere: a state machine, not a test.

Theory of operation. For each fence a subscriber is outside, entering, inside or leaving. A fix says how far
the subscriber is from the fence: 0 metres or less is within. The way out is wider than the way in, so that
somebody on the line does not come and go all day:

             within                between              beyond
OUTSIDE      ENTERING, or INSIDE*  OUTSIDE              OUTSIDE
ENTERING     INSIDE* once dwelt    OUTSIDE              OUTSIDE
INSIDE       INSIDE                INSIDE               LEAVING
LEAVING      INSIDE                INSIDE               OUTSIDE+

`within`: on or inside the line. `beyond`: farther out than `exit_margin_metres`. * entered, + left. A fence
without a dwell time is entered with the first fix within; leaving takes two fixes beyond in a row. A fix
that is too coarse for the fence counts only where it is beyond wherever in its circle it may be.

Who is outside everything has no state, and so a fix must be newer than the subscriber's last one, not
only than the state's: else one that was late on its way would enter what was left long since.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from services.common.kernel.clock import HOUR, SECOND, Instant

STALE_AFTER = 12 * HOUR
"""Without a fix for so long nobody is taken to be inside any more."""

_LEAST_EXIT_METRES = 20.0
_EXIT_SHARE = 0.1
_COARSEST_SHARE = 3.0
_ALWAYS_FINE_METRES = 100.0


class Presence(Enum):
    """Where a subscriber stands to one fence."""

    OUTSIDE = "outside"
    ENTERING = "entering"
    INSIDE = "inside"
    LEAVING = "leaving"


class Crossing(Enum):
    """What a fix completed."""

    ENTERED = "entered"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class PresenceState:
    """How one subscriber stands to one fence.

    `since`: when this presence began; `fixed_at`: the last fix that counted for it.
    """

    presence: Presence
    since: Instant
    fixed_at: Instant


@dataclass(frozen=True, slots=True)
class FenceFigures:
    """What the state machine must know of a fence. `radius_metres`: of a circle of equal area."""

    code: str
    radius_metres: float
    dwell_seconds: int = 0

    @property
    def exit_margin_metres(self) -> float:
        """How far beyond the line counts as out: a tenth of the radius, 20 m at least."""
        return max(_LEAST_EXIT_METRES, _EXIT_SHARE * self.radius_metres)

    def is_fine_enough(self, accuracy_metres: float) -> bool:
        """False for a fix that may be anywhere around the fence as well as in it."""
        return accuracy_metres <= max(_ALWAYS_FINE_METRES, _COARSEST_SHARE * self.radius_metres)


class _Where(Enum):
    WITHIN = 0
    BETWEEN = 1
    BEYOND = 2


_NEXT: dict[tuple[Presence, _Where], tuple[Presence, Crossing | None]] = {
    (Presence.OUTSIDE, _Where.WITHIN): (Presence.ENTERING, None),
    (Presence.OUTSIDE, _Where.BETWEEN): (Presence.OUTSIDE, None),
    (Presence.OUTSIDE, _Where.BEYOND): (Presence.OUTSIDE, None),
    (Presence.ENTERING, _Where.WITHIN): (Presence.ENTERING, None),
    (Presence.ENTERING, _Where.BETWEEN): (Presence.OUTSIDE, None),
    (Presence.ENTERING, _Where.BEYOND): (Presence.OUTSIDE, None),
    (Presence.INSIDE, _Where.WITHIN): (Presence.INSIDE, None),
    (Presence.INSIDE, _Where.BETWEEN): (Presence.INSIDE, None),
    (Presence.INSIDE, _Where.BEYOND): (Presence.LEAVING, None),
    (Presence.LEAVING, _Where.WITHIN): (Presence.INSIDE, None),
    (Presence.LEAVING, _Where.BETWEEN): (Presence.INSIDE, None),
    (Presence.LEAVING, _Where.BEYOND): (Presence.OUTSIDE, Crossing.LEFT),
}


def is_late(fixed_at: Instant | None, at: Instant, now: Instant) -> bool:
    """Whether a fix tells nothing any more: not newer than the subscriber's last one, or stale by now."""
    return (fixed_at is not None and at <= fixed_at) or now - at > STALE_AFTER


def step(
    fence: FenceFigures,
    state: PresenceState | None,
    distance_metres: float,
    at: Instant,
    accuracy_metres: float = 0,
) -> tuple[PresenceState | None, Crossing | None]:
    """The next state and what was completed. None: outside, which needs no memory.

    `distance_metres` from the fence's line, 0 or less within it; infinity for far away.
    """
    if state is not None and at <= state.fixed_at:
        return state, None
    if state is not None and at - state.fixed_at > STALE_AFTER:
        state = None
    where = _where(fence, distance_metres, accuracy_metres)
    if where is None:
        return state, None
    before = Presence.OUTSIDE if state is None else state.presence
    after, crossing = _NEXT[before, where]
    since = at if state is None or _turned(before, after) else state.since
    if after is Presence.ENTERING and at - since >= fence.dwell_seconds * SECOND:
        after, crossing, since = Presence.INSIDE, Crossing.ENTERED, at
    return (None if after is Presence.OUTSIDE else PresenceState(after, since, at)), crossing


def is_inside(state: PresenceState, now: Instant) -> bool:
    """Whether it counts as being inside now: LEAVING does until it is out."""
    return state.presence in (Presence.INSIDE, Presence.LEAVING) and now - state.fixed_at <= STALE_AFTER


def _turned(before: Presence, after: Presence) -> bool:
    """Whether a new presence began. Back from LEAVING one has been inside all the time."""
    inside = (Presence.INSIDE, Presence.LEAVING)
    return before is not after and not (before in inside and after in inside)


def _where(fence: FenceFigures, distance_metres: float, accuracy_metres: float) -> _Where | None:
    """None: the fix is too coarse to say."""
    if not fence.is_fine_enough(accuracy_metres):
        surely_out = distance_metres - accuracy_metres > fence.exit_margin_metres
        return _Where.BEYOND if surely_out else None
    if distance_metres <= 0:
        return _Where.WITHIN
    return _Where.BEYOND if distance_metres > fence.exit_margin_metres else _Where.BETWEEN
