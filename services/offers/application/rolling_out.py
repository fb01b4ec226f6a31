"""Rolling a model out: steps that a person takes, and a watch that takes it back by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from services.common.kernel.clock import Clock, Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.offers.application.evaluation_ports import Models, RolloutBook, Rollouts
from services.offers.application.experiment_figures import note_experiments
from services.offers.application.ports import PoliciesInForce, Scorer
from services.offers.application.waking import Waking
from services.offers.domain.evaluation.gate import Verdict
from services.offers.domain.evaluation.guardrails import ArmCounts
from services.offers.domain.reasons import FIELD_INVALID, NO_ROLLOUT, NOT_PROMOTED, ROLLOUT_RUNNING
from services.offers.domain.rollouts import (
    CHALLENGER,
    EXPERIMENT_CODE,
    Act,
    Move,
    Pace,
    Rollout,
    arm_of,
    expected_shares,
    moved,
    objection,
    refusal_to_advance,
    started,
)

WATCH_SECONDS = 30.0
WATCHER = "watch"
"""Who takes a roll-out back where nobody did."""


def start(
    book: RolloutBook, rollout_id: str, version: str, champion_version: str, act: Act, *, force: bool
) -> Rollout:
    """Begins. Raises RefusedError ROLLOUT_RUNNING, FIELD_INVALID for the champion itself, NOT_PROMOTED."""
    last = book.last()
    if last is not None and last.is_running:
        words = f"{last.challenger_version} is being rolled out; take it to its end, or back"
        raise RefusedError(Refused(ROLLOUT_RUNNING, words))
    if version == champion_version:
        raise RefusedError(Refused(FIELD_INVALID, f"{version} is the champion already", "model_version"))
    verdict = book.verdict(version)
    if verdict != Verdict.PROMOTE.value and not force:
        words = f"the gate said of {version}: {verdict or 'nothing yet'}"
        raise RefusedError(Refused(NOT_PROMOTED, words, "model_version"))
    rollout = started(rollout_id, version, champion_version, act)
    book.keep(rollout)
    return rollout


def advance(book: RolloutBook, act: Act, pace: Pace) -> Rollout:
    """Takes the next step.

    Raises RefusedError NO_ROLLOUT, SAMPLE_RATIO_MISMATCH, GUARDRAIL_BROKEN, TOO_EARLY.
    """
    rollout = _running(book)
    refused = refusal_to_advance(rollout, arms_of(book, rollout), pace, act.at)
    if refused is not None:
        raise RefusedError(refused)
    return _kept(book, rollout, Move.ADVANCE, act)


def roll_back(book: RolloutBook, act: Act) -> Rollout:
    """Back to the champion, also from the end. Raises RefusedError NO_ROLLOUT where there is no way back."""
    rollout = book.last()
    if rollout is None:
        raise RefusedError(Refused(NO_ROLLOUT, "no model was rolled out yet"))
    return _kept(book, rollout, Move.ROLL_BACK, act)


def arms_of(book: RolloutBook, rollout: Rollout) -> Sequence[ArmCounts]:
    """What both arms did since the last step; of one that is over, nothing."""
    if not rollout.is_running:
        return ()
    return book.arms(EXPERIMENT_CODE, expected_shares(rollout), rollout.stepped_at)


class RolloutScorers:
    """The Scorers port: the champion's, or the challenger's for those in its arm."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._rollout: Rollout | None = None

    def follow(self, rollout: Rollout | None) -> None:
        """Answers by this roll-out from now on; None, or one that is over: by the champion alone."""
        self._rollout = rollout if rollout is not None and rollout.is_running else None

    def scorer_for(self, pseudonym: str) -> tuple[Scorer | None, str]:
        """The model and the arm; the arm is empty where no roll-out runs.

        A challenger that is not in memory is answered for by nobody: the caller ranks by rules, and
        the arms stay what they are.
        """
        rollout = self._rollout
        if rollout is None:
            return self._models.champion(), ""
        arm = arm_of(rollout, pseudonym)
        if arm == CHALLENGER:
            return self._models.scorer(rollout.challenger_version), arm
        return self._models.champion(), arm


class RolloutWatch:
    """Keeps models and scorers as the last roll-out says, and takes it back where it must not go on.

    `on_failure` hears of a champion that is due and can't be made; it is tried again at each check.
    """

    def __init__(
        self,
        rollouts: Rollouts,
        models: Models,
        scorers: RolloutScorers,
        policies: PoliciesInForce,
        clock: Clock,
        on_failure: Callable[[RefusedError], None],
    ) -> None:
        self._rollouts = rollouts
        self._models = models
        self._scorers = scorers
        self._policies = policies
        self._clock = clock
        self._on_failure = on_failure
        self._used: set[str] = set()
        self._settling = asyncio.Lock()
        self._waking = Waking()

    def wake(self) -> None:
        """There are other policies: their experiments are counted from now on."""
        self._waking.wake()

    async def load(self, version: str) -> None:
        """Loads a model before it gets anybody; `settle` forgets it if it gets nobody.

        Raises RefusedError MODEL_UNKNOWN.
        """
        self._used.add(version)
        await asyncio.to_thread(self._models.use, version)

    async def settle(self) -> Rollout | None:
        """Brings memory and registry to what is written, and tells it. After every change, and at start.

        A crash between a step and its effect is made good here. A challenger that can no longer be
        loaded is taken back.
        """
        async with self._settling:
            rollout = await self._rollouts.run(lambda book: book.last())
            if rollout is not None and rollout.is_running:
                rollout = await self._challenger_ready(rollout)
            if rollout is not None and rollout.due_champion:
                rollout = await self._champion_made(rollout)
            self._scorers.follow(rollout)
            await self._forget_all_but(rollout)
            return rollout

    async def check(self) -> Rollout | None:
        """Takes a running roll-out back where its split or a guardrail broke; then as `settle`.

        Experiments whose definition changed are counted anew from here; models of long ago are removed.
        """
        policies, now = self._policies.current(), self._clock.now()
        if policies is not None:
            await self._rollouts.run(lambda book: note_experiments(book, policies.experiments, now))
        await self._rollouts.run(lambda book: _taken_back(book, now))
        rollout = await self.settle()
        needed = () if rollout is None else (rollout.challenger_version, rollout.champion_version)
        await asyncio.to_thread(self._models.prune, {*self._used, *needed})
        return rollout

    async def run(self, seconds: float = WATCH_SECONDS) -> None:
        """Checks until cancelled."""
        while True:
            await self.check()
            await self._waking.wait(seconds)

    async def _challenger_ready(self, rollout: Rollout) -> Rollout:
        version = rollout.challenger_version
        self._used.add(version)
        if self._models.scorer(version) is not None:
            return rollout
        try:
            await asyncio.to_thread(self._models.use, version)
        except RefusedError as error:
            act = Act(WATCHER, self._clock.now(), f"the challenger can't be loaded: {error.refused.message}")
            return await self._rollouts.run(lambda book: _back(book, rollout, act))
        return rollout

    async def _champion_made(self, rollout: Rollout) -> Rollout | None:
        try:
            await asyncio.to_thread(self._models.promote, rollout.due_champion)
        except RefusedError as error:
            # It stays due, and the champion of before goes on: better than no service.
            self._on_failure(error)
            return rollout
        return await self._rollouts.run(_champion_made)

    async def _forget_all_but(self, rollout: Rollout | None) -> None:
        needed = {rollout.challenger_version} if rollout is not None and rollout.is_running else set()
        for version in sorted(self._used - needed):
            await asyncio.to_thread(self._models.forget, version)
        self._used &= needed


def _taken_back(book: RolloutBook, now: Instant) -> None:
    rollout = book.last()
    if rollout is None or not rollout.is_running:
        return
    refused = objection(arms_of(book, rollout))
    if refused is not None:
        act = Act(WATCHER, now, f"{refused.reason.name}: {refused.message}")
        _kept(book, rollout, Move.ROLL_BACK, act)


def _back(book: RolloutBook, seen: Rollout, act: Act) -> Rollout:
    """Unless somebody moved it in the meantime."""
    rollout = book.last()
    if rollout is not None and rollout.steps == seen.steps:
        return _kept(book, rollout, Move.ROLL_BACK, act)
    return rollout or seen


def _champion_made(book: RolloutBook) -> Rollout | None:
    rollout = book.last()
    if rollout is None:
        return None
    made = rollout.with_champion_made()
    book.keep(made)
    return made


def _running(book: RolloutBook) -> Rollout:
    rollout = book.last()
    if rollout is None or not rollout.is_running:
        raise RefusedError(Refused(NO_ROLLOUT, "no roll-out is running"))
    return rollout


def _kept(book: RolloutBook, rollout: Rollout, move: Move, act: Act) -> Rollout:
    after = moved(rollout, move, act)
    if after is None:
        words = (
            f"the last roll-out is {rollout.state.value.replace('_', ' ')}; there is nothing to {move.value}"
        )
        raise RefusedError(Refused(NO_ROLLOUT, words))
    book.keep(after)
    return after
