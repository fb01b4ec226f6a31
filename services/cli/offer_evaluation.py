"""Valuing a policy by a log, for `tidemark offers evaluate`.

Brings scikit-learn along, which takes seconds to load, so it is imported only where needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from services.cli.failures import CommandFailedError
from services.offers.adapters.evaluation.open_bandit import (
    choices_of,
    features_of,
    policy_of,
    read_items,
    read_log,
)
from services.offers.adapters.evaluation.reward_model import CrossFittedRewards
from services.offers.adapters.evaluation.target_policy import choices_of_log, features_of_log, usable_rows
from services.offers.adapters.learning.frame_reading import read_frame
from services.offers.adapters.learning.frames import DecisionFrame
from services.offers.adapters.learning.model_files import model_of
from services.offers.adapters.learning.registry import ModelRegistry, StoredModel
from services.offers.application.learning_ports import ModelDamagedError, ModelUnknownError
from services.offers.domain.evaluation.estimators import on_policy
from services.offers.domain.evaluation.gate import Evidence, Judgement, Valued, judge
from services.offers.domain.evaluation.intervals import normal_interval
from services.offers.domain.evaluation.logged import Floats, Logged
from services.offers.domain.evaluation.replay import Violation
from services.offers.domain.evaluation.valuing import evidence_of
from services.offers.domain.policies import Exploration

_FEWEST_ROWS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What came out. `subject` and `unit` in words; `weights` of every row; `left_out` rows by cause."""

    subject: str
    unit: str
    evidence: Evidence
    judgement: Judgement
    weights: Floats
    left_out: Mapping[str, int] = field(default_factory=dict)
    control: Valued | None = None
    violations: Sequence[Violation] = ()


def evaluate_model(
    log: Path,
    registry: Path,
    version: str,
    exploration: Exploration,
    violations: Sequence[Violation],
    *,
    by_value: bool,
    currency: str,
    seed: int,
) -> Evaluation:
    """Values a version of the registry by the decision log. Raises CommandFailedError in words."""
    stored = _stored(registry, version)
    try:
        whole = read_frame(log, presented_only=True)
        usable = usable_rows(whole, stored.listed.description)
        frame = whole.take(usable.rows)
        if len(frame) < _FEWEST_ROWS:
            causes = ", ".join(f"{count:,} {cause}" for cause, count in usable.left_out.items())
            raise CommandFailedError(
                f"{len(frame)} of {len(whole)} decisions can be used ({causes or 'none'})"
            )
        choices = choices_of_log(frame, model_of(stored), exploration, by_value=by_value)
        acceptance = CrossFittedRewards(seed).acceptance(choices, features_of_log(frame))
    except (ValueError, OSError, ModelDamagedError) as error:
        raise CommandFailedError(f"{log}: {error}") from error
    evidence = evidence_of(choices, acceptance, len(violations))
    return Evaluation(
        subject=version,
        unit=f"minor units of {currency} a decision" if by_value else "acceptances a decision",
        evidence=evidence,
        judgement=judge(evidence),
        weights=choices.logged.weights,
        left_out=usable.left_out,
        control=_control(whole, by_value=by_value),
        violations=violations,
    )


def evaluate_open_bandit(log: Path, target: Path, seed: int) -> Evaluation:
    """Values the policy behind one log of the Open Bandit Dataset by another. Raises CommandFailedError."""
    try:
        items = read_items(_items_beside(log))
        logged, other = read_log(log, items.shape[0]), read_log(target, items.shape[0])
        choices = choices_of(logged, policy_of(other))
        acceptance = CrossFittedRewards(seed).acceptance(choices, features_of(logged, items))
    except (ValueError, OSError) as error:
        raise CommandFailedError(str(error)) from error
    evidence = evidence_of(choices, acceptance)
    subject = f"the policy of {target.name} from {log.name}"
    return Evaluation(subject, "clicks a recommendation", evidence, judge(evidence), choices.logged.weights)


def _stored(registry: Path, version: str) -> StoredModel:
    try:
        return ModelRegistry(registry).load(version)
    except (ModelUnknownError, ModelDamagedError) as error:
        raise CommandFailedError(f"{error}; `tidemark offers models` lists those there are") from error


def _items_beside(log: Path) -> Path:
    """`bts_men.csv.gz` has its items in `items_men.csv`."""
    return log.with_name(f"items_{log.name.split('.')[0].rpartition('_')[2]}.csv")


def _control(frame: DecisionFrame, *, by_value: bool) -> Valued | None:
    """What the control group earned, by rules alone; None where nobody of it is settled."""
    rows = np.flatnonzero(frame.control & (frame.chosen >= 0) & ~np.isnan(frame.reward))
    if rows.size < 2:
        return None
    worth = frame.value_minor_micros[rows, frame.chosen[rows]] / 1_000_000 if by_value else 1.0
    ones = np.ones(rows.size)
    _, people = np.unique(frame.pseudonym[rows].astype(str), return_inverse=True)
    own = on_policy(Logged(frame.reward[rows] * worth, ones, ones))
    return Valued("control", own.value, normal_interval(own, people.astype(np.int64)))
