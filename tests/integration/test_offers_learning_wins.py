"""Learning pays on a market whose truth is known, and the gate tells a better model from a worse one.

The margin was fixed before any run that it is judged by: the learner earns 20 % more than the rule-only
ranking and 50 % more than chance, from its first decision on, with the whole interval of 95 % over ten
seeds (Student's t) above that. All of it is the service's own: features, posterior, draws, exploration,
registry; only customers and answers are simulated.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student

from services.offers.adapters.evaluation.reward_model import CrossFittedRewards
from services.offers.adapters.evaluation.target_policy import (
    choices_of_log,
    features_of_log,
    usable_rows,
)
from services.offers.adapters.learning.frames import DecisionFrame
from services.offers.adapters.learning.model_files import model_of
from services.offers.adapters.learning.models import LoadedModel
from services.offers.domain.evaluation.gate import Evidence, Verdict, judge
from services.offers.domain.evaluation.logged import Floats
from services.offers.domain.evaluation.valuing import Choices, evidence_of
from services.offers.domain.policies import Exploration
from tests.support.offers_simulator import (
    DRAWS,
    FLOOR_PERMILLE,
    VALUES,
    Learner,
    Logged,
    Market,
    frame_of,
    log_of,
    offer_place,
    played,
)

SEEDS = range(10)
DECISIONS = 3_000
OVER_RULES, OVER_RANDOM = 0.20, 0.50
EXPLORATION = Exploration(FLOOR_PERMILLE, DRAWS)


def lower_bound(values: Floats) -> float:
    """Of the interval of 95 % of a mean, by Student's t."""
    reach = float(student.ppf(0.975, values.size - 1)) * values.std(ddof=1) / np.sqrt(values.size)
    return float(values.mean() - reach)


def test_the_learner_beats_rules_and_chance_by_the_margin_over_ten_seeds(tmp_path: Path) -> None:
    results = [played(seed, DECISIONS, tmp_path / str(seed)) for seed in SEEDS]
    over_rules = np.array([each.learner / each.rules - 1 for each in results])
    over_random = np.array([each.learner / each.random - 1 for each in results])
    assert lower_bound(over_rules) > OVER_RULES, over_rules
    assert lower_bound(over_random) > OVER_RANDOM, over_random
    # What knows the truth earns most: otherwise the market, not the learner, would be the finding.
    assert all(each.oracle > each.learner for each in results)


@dataclass(frozen=True)
class Judged:
    """A log of a young model's decisions, and older models that were learnt from decisions before it."""

    market: Market
    log: list[Logged]
    frame: DecisionFrame
    acceptance: Floats
    models: dict[str, LoadedModel]
    made: dict[str, Choices] = field(default_factory=dict)

    def choices(self, name: str) -> Choices:
        if name not in self.made:
            self.made[name] = choices_of_log(self.frame, self.models[name], EXPLORATION)
        return self.made[name]

    def evidence(self, name: str) -> Evidence:
        return evidence_of(self.choices(name), self.acceptance)

    def truth(self, name: str) -> float:
        """What the model would really have earned a decision, by the market's own probabilities."""
        worth = [
            (self.market.acceptance(each.person) * VALUES)[[offer_place(c) for c in each.candidates]]
            for each in self.log
        ]
        return float(self.choices(name).mean_over_target(np.concatenate(worth)).mean())


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    market, folder = Market(seed=77), tmp_path_factory.mktemp("models")

    def learnt(name: str, log: list[Logged]) -> Learner:
        learner = Learner(folder / name)
        learner.learn(log)
        return learner

    young = learnt("young", log_of(market, Learner(folder / "nothing").scorer, 300))
    training = log_of(market, young.scorer, 4_000)
    inverted = [dataclasses.replace(each, accepted=not each.accepted) for each in training]
    mixed = market.random.permutation([each.accepted for each in training])
    shuffled = [
        dataclasses.replace(each, accepted=bool(yes)) for each, yes in zip(training, mixed, strict=True)
    ]
    learners = {
        "young": young,
        "better": learnt("better", training),
        "inverted": learnt("inverted", inverted),
        "shuffled": learnt("shuffled", shuffled),
    }
    log = log_of(market, young.scorer, 6_000)
    frame = frame_of(log)
    assert usable_rows(frame).rows.all()
    models = {name: loaded(learner) for name, learner in learners.items()}
    any_choices = choices_of_log(frame, models["young"], EXPLORATION)
    acceptance = CrossFittedRewards(seed=1).acceptance(any_choices, features_of_log(frame))
    return Judged(market, log, frame, acceptance, models)


def loaded(learner: Learner) -> LoadedModel:
    """From the registry, as the command does it."""
    return model_of(learner.registry.load(learner.scorer.version))


def failing(evidence: Evidence) -> set[str]:
    return {criterion.name for criterion in judge(evidence).criteria if not criterion.holds}


def test_the_gate_promotes_the_better_model(judged: Judged) -> None:
    evidence = judged.evidence("better")
    assert judge(evidence).verdict is Verdict.PROMOTE, failing(evidence)
    assert judged.truth("better") > 1.2 * evidence.logged.value


def test_the_gate_rejects_a_model_that_learnt_everything_the_wrong_way_round(judged: Judged) -> None:
    evidence = judged.evidence("inverted")
    assert judge(evidence).verdict is Verdict.REJECT, failing(evidence)
    assert judged.truth("inverted") < evidence.logged.value


def test_the_gate_refuses_a_model_that_learnt_from_shuffled_rewards(judged: Judged) -> None:
    assert judge(judged.evidence("shuffled")).verdict is not Verdict.PROMOTE


def test_the_gate_does_not_promote_the_model_that_is_there_already(judged: Judged) -> None:
    assert judge(judged.evidence("young")).verdict is Verdict.NOT_ENOUGH_EVIDENCE


@pytest.mark.parametrize("name", ["young", "better", "inverted", "shuffled"])
def test_estimates_cover_what_a_model_would_really_have_earned(judged: Judged, name: str) -> None:
    evidence, truth = judged.evidence(name), judged.truth(name)
    assert truth in evidence.estimate("DR").interval
    assert truth in evidence.estimate("SNIPS").interval


def test_a_log_in_which_complaints_follow_the_better_models_choices_is_refused(judged: Judged) -> None:
    often = judged.choices("better").logged.weights > 1.5
    complaining = dataclasses.replace(judged.frame, complained=often & (np.arange(often.size) % 10 == 0))
    choices: Any = choices_of_log(complaining, judged.models["better"], EXPLORATION)
    evidence = evidence_of(choices, judged.acceptance)
    assert judge(evidence).verdict is Verdict.REJECT
    assert "more complained at most" in failing(evidence)


def test_rows_that_cannot_speak_for_another_model_are_left_out_and_counted(judged: Judged) -> None:
    frame = dataclasses.replace(
        judged.frame,
        control=np.arange(6_000) < 10,
        fallback=np.where(np.arange(6_000) < 30, "deadline", "").astype(object),
        reward=np.where(np.arange(6_000) >= 5_900, np.nan, judged.frame.reward),
    )
    usable = usable_rows(frame)
    assert usable.left_out == {"control group": 10, "ranked by rules": 20, "not settled": 100}
    assert int(usable.rows.sum()) == 6_000 - 130
