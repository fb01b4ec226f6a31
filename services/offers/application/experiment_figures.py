"""What the arms of every experiment did, and whether subscribers are split as it asks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from services.common.kernel.clock import Instant
from services.offers.application.evaluation_ports import RolloutBook
from services.offers.domain.evaluation.guardrails import ArmCounts
from services.offers.domain.evaluation.sample_ratio import is_sample_ratio_ok
from services.offers.domain.policies import Experiment
from services.offers.domain.rollouts import split_p_value


@dataclass(frozen=True, slots=True)
class ExperimentFigures:
    """Figures of an experiment since it has been what it is now: the same salt, arms and placements."""

    experiment: Experiment
    since: Instant
    arms: tuple[ArmCounts, ...]

    @property
    def p_value(self) -> float:
        """Of the sample-ratio check."""
        return split_p_value(self.arms)

    @property
    def is_split_ok(self) -> bool:
        """False: its figures say nothing."""
        return is_sample_ratio_ok(self.p_value)


def figures_of_experiments(
    book: RolloutBook, experiments: Sequence[Experiment], now: Instant
) -> tuple[ExperimentFigures, ...]:
    """Counts each experiment's arms. One that is new, or changed, is counted from now on."""
    return tuple(_figures(book, experiment, now) for experiment in experiments)


def note_experiments(book: RolloutBook, experiments: Sequence[Experiment], now: Instant) -> None:
    """Remembers since when each experiment is what it is: figures of another split must not be mixed in."""
    for experiment in experiments:
        book.experiment_since(experiment.code, definition_of(experiment), now)


def definition_of(experiment: Experiment) -> str:
    """All that decides who is in which arm, as text."""
    shares = {arm.code: arm.percent for arm in experiment.arms}
    return json.dumps([experiment.salt, list(shares.items()), sorted(experiment.placements)])


def _figures(book: RolloutBook, experiment: Experiment, now: Instant) -> ExperimentFigures:
    since = book.experiment_since(experiment.code, definition_of(experiment), now)
    shares = {arm.code: arm.percent / 100 for arm in experiment.arms}
    return ExperimentFigures(experiment, since, tuple(book.arms(experiment.code, shares, since)))
