"""Who ranks, and how: control group, arms of experiments, the model, or rules alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.common.kernel.clock import Instant
from services.offers.application.decision_scoring import ERROR, Scored, Scoring
from services.offers.application.ports import Scores
from services.offers.domain.arbitration import (
    ModelScores,
    ranked_at_random,
    ranked_by_model,
    ranked_by_rules,
)
from services.offers.domain.compiled import CompiledPolicies
from services.offers.domain.customer import CustomerView
from services.offers.domain.decisions import Candidate, Eligible
from services.offers.domain.experiments import arms_at, in_control_group, together
from services.offers.domain.policies import Arm, Purpose, Ranking

CONTROL = "control"
NO_CONSENT = "no-consent"


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where a subscriber stands: in the control group, or in arms, or in neither."""

    is_personal: bool
    in_control: bool
    arms: Mapping[str, Arm] = field(default_factory=dict)

    @property
    def arm(self) -> Arm | None:
        """All arms as one."""
        return together(self.arms)

    @property
    def codes(self) -> dict[str, str]:
        """Experiment -> arm."""
        return {experiment: arm.code for experiment, arm in self.arms.items()}


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates in order, and who ordered them. An empty `model_version`: rules, or chance."""

    candidates: tuple[Candidate, ...]
    model_version: str = ""
    feature_version: str = ""
    features: tuple[float, ...] = ()
    rollout_arm: str = ""
    fallback: str = ""


def assign(policies: CompiledPolicies, view: CustomerView, placement: str, now: Instant) -> Assignment:
    """Control group first; experiments are for the others. Without consent a customer is in neither."""
    if Purpose.PERSONALISED_OFFERS not in view.consents:
        return Assignment(False, False)
    terms = policies.policies
    if in_control_group(view.pseudonym, now, terms.time_zone, terms.exploration.control_permille):
        return Assignment(True, True)
    return Assignment(True, False, arms_at(policies.experiments, placement, view.pseudonym))


def rank(
    scoring: Scoring,
    policies: CompiledPolicies,
    view: CustomerView,
    eligible: Sequence[Eligible],
    assignment: Assignment,
    now: Instant,
    seed: int,
    limit: int,
    begun: float,
) -> Ranked:
    """Candidates with ranks up to `limit`. Features are logged whoever ranks, for evaluation."""
    if not assignment.is_personal:
        return Ranked(ranked_by_rules(eligible, limit), fallback=NO_CONSENT)
    if not eligible:
        return Ranked(())
    exploration, arm = policies.policies.exploration, assignment.arm
    ranking = Ranking.RULES if assignment.in_control else Ranking.MODEL if arm is None else arm.ranking
    draws = exploration.draws if ranking is Ranking.MODEL else 1
    scored = scoring.scored(view, eligible, now, draws, seed, begun)
    if ranking is Ranking.MODEL:
        return _by_model(scored, eligible, exploration.floor_permille, seed, limit)
    fallback = CONTROL if assignment.in_control else ""
    if ranking is Ranking.RANDOM:
        candidates = ranked_at_random(eligible, seed, limit)
    else:
        candidates = ranked_by_rules(eligible, limit)
    return _with_features(candidates, eligible, scored, fallback)


def _by_model(
    scored: Scored, eligible: Sequence[Eligible], floor_permille: int, seed: int, limit: int
) -> Ranked:
    scores = scored.scores
    if scores is None:
        return Ranked(
            ranked_by_rules(eligible, limit), rollout_arm=scored.rollout_arm, fallback=scored.fallback
        )
    try:
        candidates = ranked_by_model(eligible, _model_scores(scores), floor_permille, seed, limit)
    except ValueError:
        # Scores that are no probabilities, or not one for each offer.
        return Ranked(ranked_by_rules(eligible, limit), rollout_arm=scored.rollout_arm, fallback=ERROR)
    return Ranked(
        candidates, scored.model_version, scored.feature_version, scores.features, scored.rollout_arm
    )


def _with_features(
    candidates: tuple[Candidate, ...], eligible: Sequence[Eligible], scored: Scored, fallback: str
) -> Ranked:
    scores = scored.scores
    if scores is None or len(scores.offer_features) != len(eligible):
        return Ranked(candidates, fallback=fallback)
    by_code = {
        item.offer.code: features for item, features in zip(eligible, scores.offer_features, strict=True)
    }
    seen = tuple(replace(item, features=by_code[item.offer.code]) for item in candidates)
    return Ranked(seen, "", scored.feature_version, scores.features, fallback=fallback)


def _model_scores(scores: Scores) -> ModelScores:
    return ModelScores(scores.propensities, scores.win_shares, scores.offer_features)
