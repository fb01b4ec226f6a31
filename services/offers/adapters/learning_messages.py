"""Models, roll-outs and experiments as protobuf messages."""

from __future__ import annotations

from collections.abc import Sequence

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.offers.v1 import learning_api_pb2 as api

from services.common.kernel.clock import Instant
from services.offers.application.experiment_figures import ExperimentFigures
from services.offers.application.learning_ports import ListedModel
from services.offers.domain.evaluation.guardrails import ArmCounts
from services.offers.domain.rollouts import Rollout, RolloutStep, split_p_value


def model_message(model: ListedModel, verdict: str) -> api.ModelVersion:
    """A version of the registry, with the gate's last word on it."""
    described = model.description
    return api.ModelVersion(
        version=model.version,
        kind=described.kind.value,
        feature_version=described.feature_version,
        made_at=_stamp(model.made_at),
        examples=described.examples,
        positives=described.positives,
        seed=described.seed,
        trained_from=described.trained_from,
        champion=model.champion,
        verdict=verdict,
        figures=dict(described.figures),
    )


def rollout_message(rollout: Rollout, arms: Sequence[ArmCounts]) -> api.Rollout:
    """A roll-out with its trail; `arms` since its last step."""
    return api.Rollout(
        challenger_version=rollout.challenger_version,
        champion_version=rollout.champion_version,
        state=rollout.state.value,
        percent=rollout.percent,
        stepped_at=_stamp(rollout.stepped_at),
        reason=rollout.reason,
        arms=map(_arm, arms),
        sample_ratio_p_value=split_p_value(arms),
        steps=map(_step, rollout.steps),
    )


def experiment_message(figures: ExperimentFigures) -> api.Experiment:
    """An experiment with what its arms did."""
    return api.Experiment(
        experiment_code=figures.experiment.code,
        name=figures.experiment.name,
        arms=map(_arm, figures.arms),
        sample_ratio_p_value=figures.p_value,
        sample_ratio_ok=figures.is_split_ok,
    )


def _arm(arm: ArmCounts) -> api.ArmFigures:
    return api.ArmFigures(
        arm=arm.arm,
        decisions=arm.decisions,
        subscribers=arm.subscribers,
        accepted=arm.accepted,
        declined=arm.declined,
        opted_out=arm.opted_out,
        complained=arm.complained,
        reversed=arm.reversed,
        expected_share=arm.expected_share,
    )


def _step(step: RolloutStep) -> api.RolloutStep:
    return api.RolloutStep(
        at=_stamp(step.act.at),
        percent=step.percent,
        state=step.state.value,
        actor=step.act.actor,
        reason=step.act.reason,
    )


def _stamp(at: Instant) -> Timestamp:
    message = Timestamp()
    message.FromMicroseconds(at)
    return message
