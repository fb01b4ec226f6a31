"""The RolloutBook port on a session: roll-outs, verdicts, experiments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select

from services.common.kernel.clock import Instant
from services.offers.adapters.experiments.arm_counts import arm_counts
from services.offers.adapters.tables.experiments import (
    ExperimentTable,
    ModelVerdictTable,
    RolloutStepTable,
    RolloutTable,
)
from services.offers.application.evaluation_ports import RecordedVerdict
from services.offers.domain.evaluation.guardrails import ArmCounts
from services.offers.domain.rollouts import Act, Rollout, RolloutState, RolloutStep


class SqlRolloutBook:
    """Everything inside one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def last(self) -> Rollout | None:
        """As the port has it."""
        row = self._session.exec(
            select(RolloutTable).order_by(col(RolloutTable.number).desc()).limit(1)
        ).first()
        return None if row is None else self._value(row)

    def keep(self, rollout: Rollout) -> None:
        """As the port has it."""
        row = self._session.get(RolloutTable, rollout.rollout_id)
        if row is None:
            row = RolloutTable(
                rollout_id=rollout.rollout_id,
                number=1 + (self._session.exec(select(func.max(RolloutTable.number))).one() or 0),
                challenger_version=rollout.challenger_version,
                champion_version=rollout.champion_version,
                state=rollout.state.value,
                percent=rollout.percent,
                due_champion=rollout.due_champion,
            )
        row.state, row.percent = rollout.state.value, rollout.percent
        row.due_champion = rollout.due_champion
        self._session.add(row)
        kept = len(self._steps(rollout.rollout_id))
        for number, step in enumerate(rollout.steps[kept:], start=kept + 1):
            self._session.add(_step_row(rollout.rollout_id, number, step))
        self._session.flush()

    def verdict(self, model_version: str) -> str:
        """As the port has it."""
        return self.verdicts([model_version]).get(model_version, "")

    def verdicts(self, model_versions: Sequence[str]) -> dict[str, str]:
        """The last verdict by version, of those that have one."""
        rows = self._session.exec(
            select(ModelVerdictTable)
            .where(col(ModelVerdictTable.model_version).in_(model_versions))
            .order_by(col(ModelVerdictTable.id))
        )
        return {row.model_version: row.verdict for row in rows}

    def record_verdict(self, verdict: RecordedVerdict) -> None:
        """As the port has it."""
        self._session.add(
            ModelVerdictTable(
                model_version=verdict.model_version,
                verdict=verdict.verdict,
                report=verdict.report,
                actor=verdict.actor,
                at=verdict.at,
            )
        )
        self._session.flush()

    def arms(self, experiment_code: str, shares: Mapping[str, float], since: Instant) -> Sequence[ArmCounts]:
        """As the port has it."""
        return arm_counts(self._session, experiment_code, shares, since)

    def experiment_since(self, experiment_code: str, definition: str, now: Instant) -> Instant:
        """As the port has it."""
        row = self._session.get(ExperimentTable, experiment_code)
        if row is None:
            row = ExperimentTable(experiment_code=experiment_code, definition=definition, since=now)
        elif row.definition != definition:
            row.definition, row.since = definition, now
        self._session.add(row)
        self._session.flush()
        return Instant(row.since)

    def _value(self, row: RolloutTable) -> Rollout:
        return Rollout(
            row.rollout_id,
            row.challenger_version,
            row.champion_version,
            RolloutState(row.state),
            row.percent,
            tuple(_step(step) for step in self._steps(row.rollout_id)),
            row.due_champion,
        )

    def _steps(self, rollout_id: str) -> Sequence[RolloutStepTable]:
        return self._session.exec(
            select(RolloutStepTable)
            .where(RolloutStepTable.rollout_id == rollout_id)
            .order_by(col(RolloutStepTable.number))
        ).all()


def _step(row: RolloutStepTable) -> RolloutStep:
    return RolloutStep(row.percent, RolloutState(row.state), Act(row.actor, Instant(row.at), row.reason))


def _step_row(rollout_id: str, number: int, step: RolloutStep) -> RolloutStepTable:
    return RolloutStepTable(
        rollout_id=rollout_id,
        number=number,
        at=step.act.at,
        percent=step.percent,
        state=step.state.value,
        actor=step.act.actor,
        reason=step.act.reason,
    )
