"""Roll-outs and experiments as tables."""

from __future__ import annotations

from collections.abc import Iterable

from tidemark.offers.v1 import learning_api_pb2 as api

from services.cli.output import Output
from services.cli.rendering import show_time

_ARM_COLUMNS = (
    "arm",
    ">share",
    ">subscribers",
    ">decisions",
    ">accepted",
    ">rate",
    ">declined",
    ">opted out",
    ">complained",
    ">reversed",
)
_STEP_COLUMNS = ("at", ">per cent", "state", "by", "why")


def show_rollout(output: Output, rollout: api.Rollout) -> None:
    """Where it stands, what its arms did since the last step, and its trail."""
    state = rollout.state.replace("_", " ")
    output.line(
        f"{rollout.challenger_version} against {rollout.champion_version or 'no model'}: "
        f"{state}, {rollout.percent} % of the subscribers"
    )
    if rollout.arms:
        show_arms(output, "since the last step", rollout.arms, rollout.sample_ratio_p_value)
    rows = [
        (show_time(step.at), str(step.percent), step.state.replace("_", " "), step.actor, step.reason)
        for step in rollout.steps
    ]
    output.table("steps", _STEP_COLUMNS, rows)


def show_arms(output: Output, title: str, arms: Iterable[api.ArmFigures], p_value: float) -> None:
    """Figures of each arm, and the sample-ratio check."""
    output.table(title, _ARM_COLUMNS, map(_arm_row, arms))
    found = "as asked for" if p_value >= 0.001 else "NOT as asked for: these figures say nothing"
    output.line(f"split {found} (p = {p_value:.3g})")


def _arm_row(arm: api.ArmFigures) -> tuple[str, ...]:
    rate = f"{arm.accepted / arm.decisions:.2%}" if arm.decisions else ""
    counts = (arm.declined, arm.opted_out, arm.complained, arm.reversed)
    return (
        arm.arm,
        f"{arm.expected_share:.0%}",
        f"{arm.subscribers:,}",
        f"{arm.decisions:,}",
        f"{arm.accepted:,}",
        rate,
        *(f"{count:,}" for count in counts),
    )
