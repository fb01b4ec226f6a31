"""The decision log with what became of each decision, oldest first, out of SQL in portions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select
from tidemark.offers.v1 import decision_pb2
from tidemark.offers.v1 import learning_api_pb2 as api

from services.common.kernel.clock import Instant
from services.common.runtime.database import Database
from services.offers.adapters.decision_messages import outcome_message
from services.offers.adapters.decisions.outcomes import outcomes_of
from services.offers.adapters.learning.sql_rewards import SqlFeatureVersions
from services.offers.adapters.tables.decisions import DecisionTable, PresentedOfferTable
from services.offers.adapters.tables.learning import RewardTable

_AT_ONCE = 200


class DecisionExport:
    """Reads in short transactions; what is decided meanwhile comes at the end."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._versions = SqlFeatureVersions(database)

    async def read(
        self, from_instant: Instant | None = None, until_instant: Instant | None = None
    ) -> AsyncIterator[api.ExportDecisionsResponse]:
        """Decisions made in [from, until), each with its outcomes; names of features before their numbers.

        Rewards that are numbered while this runs count as not numbered: a model that is trained from it
        says truly up to which number it has learnt.
        """
        newest = await self._database.run(_last_position)
        told: set[str] = set()
        after = -1
        while portion := await self._portion(after, from_instant, until_instant, newest):
            after, decisions = portion
            answer = api.ExportDecisionsResponse(decisions=decisions)
            for version in {each.decision.feature_version for each in decisions} - told:
                told.add(version)
                await self._tell(answer, version)
            yield answer

    async def newest_since(self, presented: int) -> Instant | None:
        """When the newest so many decisions that presented something begin; None: there are not so many."""

        def find(session: Session) -> int | None:
            query = select(DecisionTable.at).where(DecisionTable.presented > 0)
            return session.exec(
                query.order_by(col(DecisionTable.sequence).desc()).offset(presented).limit(1)
            ).first()

        found = await self._database.run(find)
        return None if found is None else Instant(found)

    async def _portion(
        self, after: int, since: Instant | None, until: Instant | None, newest: int
    ) -> tuple[int, Sequence[api.LoggedDecision]] | None:
        return await self._database.run(lambda session: _read(session, after, since, until, newest))

    async def _tell(self, answer: api.ExportDecisionsResponse, version: str) -> None:
        spec = await self._versions.spec(version)
        if spec is not None:
            answer.feature_names[version].context.extend(spec.names)
            answer.feature_names[version].offer.extend(spec.offer_names)


def _last_position(session: Session) -> int:
    return session.exec(select(func.max(RewardTable.position))).one() or 0


def _read(
    session: Session, after: int, since: Instant | None, until: Instant | None, newest: int
) -> tuple[int, Sequence[api.LoggedDecision]] | None:
    query = select(DecisionTable.sequence, DecisionTable.decision_id, DecisionTable.payload)
    query = query.where(DecisionTable.sequence > after)
    if since is not None:
        query = query.where(DecisionTable.at >= since)
    if until is not None:
        query = query.where(DecisionTable.at < until)
    rows = list(session.exec(query.order_by(col(DecisionTable.sequence)).limit(_AT_ONCE)))
    if not rows:
        return None
    ids = [decision_id for _, decision_id, _ in rows]
    outcomes, waiting, positions = outcomes_of(session, ids), _waiting(session, ids), _positions(session, ids)
    return rows[-1][0], [
        api.LoggedDecision(
            decision=decision_pb2.Decision.FromString(payload),
            outcomes=[outcome_message(each) for each in outcomes.get(decision_id, ())],
            settled=decision_id not in waiting,
            reward_position=position if (position := positions.get(decision_id, 0)) <= newest else 0,
        )
        for _, decision_id, payload in rows
    ]


def _waiting(session: Session, ids: Sequence[str]) -> set[str]:
    """Those of which an offer's window is still open."""
    rows = session.exec(
        select(PresentedOfferTable.decision_id).where(
            col(PresentedOfferTable.decision_id).in_(ids), col(PresentedOfferTable.settled).is_(False)
        )
    )
    return set(rows)


def _positions(session: Session, ids: Sequence[str]) -> dict[str, int]:
    rows = session.exec(
        select(RewardTable.decision_id, RewardTable.position).where(col(RewardTable.decision_id).in_(ids))
    )
    return dict(rows.all())
