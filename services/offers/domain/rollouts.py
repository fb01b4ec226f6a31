"""Rolling a model out: a challenger gets a growing share of the subscribers, and goes back where it harms.

A subscriber's place is a hash of the roll-out and the pseudonym: who got the challenger at 1 % keeps it
at 10 %, and another roll-out begins with other subscribers.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from services.common.kernel.clock import SECOND, Instant
from services.common.kernel.outcome import Refused
from services.offers.domain.evaluation.guardrails import ArmCounts, broken_guardrails
from services.offers.domain.evaluation.sample_ratio import is_sample_ratio_ok, sample_ratio_p_value
from services.offers.domain.reasons import GUARDRAIL_BROKEN, SAMPLE_RATIO_MISMATCH, TOO_EARLY

CHAMPION = "champion"
CHALLENGER = "challenger"
EXPERIMENT_CODE = "rollout"
"""Key of the arm in a decision's `arms`."""

_PLACES = 2**64


class RolloutState(Enum):
    """Where a roll-out stands. Both ends may be left backwards or not at all, never forwards."""

    RUNNING = "running"
    COMPLETED = "completed"
    ROLLED_BACK = "rolled_back"


class Move(Enum):
    """What may happen to a roll-out."""

    ADVANCE = "advance"
    ROLL_BACK = "roll back"


Position = tuple[RolloutState, int]
"""State, and per cent of the subscribers who get the challenger."""

FIRST: Position = (RolloutState.RUNNING, 1)
MOVES: Mapping[tuple[Position, Move], Position] = {
    ((RolloutState.RUNNING, 1), Move.ADVANCE): (RolloutState.RUNNING, 10),
    ((RolloutState.RUNNING, 10), Move.ADVANCE): (RolloutState.RUNNING, 50),
    ((RolloutState.RUNNING, 50), Move.ADVANCE): (RolloutState.COMPLETED, 100),
    ((RolloutState.RUNNING, 1), Move.ROLL_BACK): (RolloutState.ROLLED_BACK, 0),
    ((RolloutState.RUNNING, 10), Move.ROLL_BACK): (RolloutState.ROLLED_BACK, 0),
    ((RolloutState.RUNNING, 50), Move.ROLL_BACK): (RolloutState.ROLLED_BACK, 0),
    ((RolloutState.COMPLETED, 100), Move.ROLL_BACK): (RolloutState.ROLLED_BACK, 0),
}
"""Every move there is. What is not here can't be done."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, when, and why."""

    actor: str
    at: Instant
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RolloutStep:
    """What was done: the position it led to, and the act."""

    percent: int
    state: RolloutState
    act: Act


@dataclass(frozen=True, slots=True)
class Rollout:
    """A challenger against the champion of its day. `steps`: the trail, oldest first; only ever added to.

    `due_champion`: the version that the registry must still make its champion; empty: none.
    """

    rollout_id: str
    challenger_version: str
    champion_version: str
    state: RolloutState
    percent: int
    steps: tuple[RolloutStep, ...]
    due_champion: str = ""

    @property
    def is_running(self) -> bool:
        """Two models answer."""
        return self.state is RolloutState.RUNNING

    @property
    def stepped_at(self) -> Instant:
        """When the last step was taken."""
        return self.steps[-1].act.at

    @property
    def reason(self) -> str:
        """Why the last step was taken."""
        return self.steps[-1].act.reason

    def with_champion_made(self) -> Rollout:
        """The registry has done what was due."""
        return dataclasses.replace(self, due_champion="")


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a step lasts at least: seconds, and decisions of the challenger."""

    seconds: int = 24 * 3_600
    decisions: int = 500


def started(rollout_id: str, challenger_version: str, champion_version: str, act: Act) -> Rollout:
    """A roll-out at its first step."""
    state, percent = FIRST
    return Rollout(
        rollout_id,
        challenger_version,
        champion_version,
        state,
        percent,
        (RolloutStep(percent, state, act),),
    )


def moved(rollout: Rollout, move: Move, act: Act) -> Rollout | None:
    """The roll-out after a move, with the step in its trail; None: there is no such move from here."""
    position = MOVES.get(((rollout.state, rollout.percent), move))
    if position is None:
        return None
    state, percent = position
    return dataclasses.replace(
        rollout,
        state=state,
        percent=percent,
        steps=(*rollout.steps, RolloutStep(percent, state, act)),
        due_champion=_due_champion(rollout, state),
    )


def _due_champion(rollout: Rollout, state: RolloutState) -> str:
    if state is RolloutState.COMPLETED:
        return rollout.challenger_version
    return rollout.champion_version if rollout.state is RolloutState.COMPLETED else rollout.due_champion


def arm_of(rollout: Rollout, pseudonym: str) -> str:
    """Which model a subscriber gets: CHAMPION or CHALLENGER."""
    digest = hashlib.sha256(f"{rollout.rollout_id}\0{pseudonym}".encode()).digest()
    place = int.from_bytes(digest[:8], "big")
    return CHALLENGER if place * 100 < rollout.percent * _PLACES else CHAMPION


def expected_shares(rollout: Rollout) -> Mapping[str, float]:
    """Share of the subscribers by arm."""
    share = rollout.percent / 100
    return {CHAMPION: 1 - share, CHALLENGER: share}


def split_p_value(arms: Sequence[ArmCounts]) -> float:
    """Of the sample-ratio check over some arms; 1 without any."""
    if not arms:
        return 1.0
    return sample_ratio_p_value([arm.subscribers for arm in arms], [arm.expected_share for arm in arms])


def objection(arms: Sequence[ArmCounts]) -> Refused | None:
    """Why a running roll-out must not go on, by what its arms did since the last step; None: it may.

    SAMPLE_RATIO_MISMATCH, GUARDRAIL_BROKEN.
    """
    p_value = split_p_value(arms)
    if not is_sample_ratio_ok(p_value):
        words = f"subscribers are not split as the roll-out asks (p = {p_value:.2g})"
        return Refused(SAMPLE_RATIO_MISMATCH, words)
    by_name = {arm.arm: arm for arm in arms}
    if CHALLENGER not in by_name or CHAMPION not in by_name:
        return None
    broken = broken_guardrails(by_name[CHALLENGER], by_name[CHAMPION])
    if broken:
        names = ", ".join(name.replace("_", " ") for name in broken)
        return Refused(GUARDRAIL_BROKEN, f"the challenger does more harm than the champion: {names}")
    return None


def refusal_to_advance(
    rollout: Rollout, arms: Sequence[ArmCounts], pace: Pace, now: Instant
) -> Refused | None:
    """Why the next step can't be taken now; None: it can. As `objection`, then TOO_EARLY."""
    objected = objection(arms)
    if objected is not None:
        return objected
    lasted = (now - rollout.stepped_at) // SECOND
    if lasted < pace.seconds:
        return Refused(
            TOO_EARLY, f"a step lasts {pace.seconds} s at least, and this one has lasted {lasted} s"
        )
    decisions = sum(arm.decisions for arm in arms if arm.arm == CHALLENGER)
    if decisions < pace.decisions:
        words = (
            f"the challenger has made {decisions} decisions in this step, and {pace.decisions} are asked for"
        )
        return Refused(TOO_EARLY, words)
    return None
