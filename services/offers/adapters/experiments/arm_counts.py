"""What the arms of an experiment did, counted in SQL over the decision log."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import distinct, func
from sqlmodel import Session, col, select

from services.common.kernel.clock import Instant
from services.offers.adapters.tables.decisions import DecisionTable, OutcomeTable
from services.offers.domain.decisions import OutcomeKind
from services.offers.domain.evaluation.guardrails import ArmCounts


def arm_counts(
    session: Session, experiment_code: str, shares: Mapping[str, float], since: Instant
) -> Sequence[ArmCounts]:
    """Each arm since then, in order of `shares`; arms that have no share, but decisions, come last.

    Decisions count that presented something; subscribers whether or not, since who is in an arm must
    not hang on what the arm shows. An outcome counts once a decision.
    """
    texts = _texts_by_arm(session, experiment_code, since)
    arms = [*shares, *sorted(set(texts) - set(shares))]
    return [_counts(session, arm, shares.get(arm, 0.0), texts.get(arm, []), since) for arm in arms]


def _texts_by_arm(session: Session, experiment_code: str, since: Instant) -> dict[str, list[str]]:
    """The few different contents of the column `arms` that put somebody into each arm."""
    found: dict[str, list[str]] = {}
    for text in session.exec(
        select(DecisionTable.arms).where(DecisionTable.at >= since, DecisionTable.arms != "").distinct()
    ):
        arm = json.loads(text).get(experiment_code)
        if arm is not None:
            found.setdefault(arm, []).append(text)
    return found


def _counts(session: Session, arm: str, share: float, texts: list[str], since: Instant) -> ArmCounts:
    if not texts:
        return ArmCounts(arm, share)
    of_arm = (col(DecisionTable.at) >= since, col(DecisionTable.arms).in_(texts))
    subscribers = session.exec(
        select(func.count(distinct(col(DecisionTable.pseudonym)))).where(*of_arm)
    ).one()
    decisions = session.exec(
        select(func.count()).select_from(DecisionTable).where(*of_arm, DecisionTable.presented > 0)
    ).one()
    rows = session.exec(
        select(OutcomeTable.kind, func.count(distinct(col(OutcomeTable.decision_id))))
        .join(DecisionTable, col(DecisionTable.decision_id) == col(OutcomeTable.decision_id))
        .where(*of_arm)
        .group_by(col(OutcomeTable.kind))
    )
    by_kind = dict(rows.all())
    return ArmCounts(
        arm,
        share,
        decisions,
        subscribers,
        accepted=by_kind.get(OutcomeKind.ACCEPTED.value, 0),
        declined=by_kind.get(OutcomeKind.DECLINED.value, 0),
        opted_out=by_kind.get(OutcomeKind.OPTED_OUT.value, 0),
        complained=by_kind.get(OutcomeKind.COMPLAINED.value, 0),
        reversed=by_kind.get(OutcomeKind.REVERSED.value, 0),
    )
