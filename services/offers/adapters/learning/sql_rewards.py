"""Rewards and the names of features in SQL."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial

from sqlalchemy import func
from sqlmodel import Session, col, select
from tidemark.offers.v1 import decision_pb2

from services.common.runtime.database import Database
from services.offers.adapters.tables.decisions import DecisionTable, OutcomeTable, PresentedOfferTable
from services.offers.adapters.tables.learning import FeatureVersionTable, LearnerPositionTable, RewardTable
from services.offers.application.learning_ports import Reward
from services.offers.domain.decisions import REWARDS
from services.offers.domain.features import FeatureSpec, spec_of_names

_AT_ONCE = 2_000
_LATE = 10_000
"""Outcomes get their ids before they are committed: so many ids back one may still turn up."""
_LATE_AT_START = 1_000_000
_WORTH: Mapping[str, int] = {kind.value: worth for kind, worth in REWARDS.items()}


class SqlRewards:
    """Rewards over the service's database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: int | None = None

    async def gather(self) -> int:
        """As Rewards has it. A step may come twice: what is numbered stays as it is."""
        numbered, after = 0, await self._begin()
        while True:
            found = await self._database.run(partial(_number, after=after))
            if not found:
                return numbered
            numbered += len(found)
            after = found[-1]
            self._seen = max(self._seen or 0, after)

    async def after(self, position: int, limit: int) -> Sequence[Reward]:
        """As Rewards has it."""

        def read(session: Session) -> list[Reward]:
            query = (
                select(RewardTable, DecisionTable.payload)
                .join(DecisionTable, col(DecisionTable.decision_id) == col(RewardTable.decision_id))
                .where(col(RewardTable.position) > position)
                .order_by(col(RewardTable.position))
                .limit(limit)
            )
            return [_reward(row, payload) for row, payload in session.exec(query)]

        return await self._database.run(read)

    async def keep_position(self, line: str, position: int) -> None:
        """As Rewards has it."""

        def write(session: Session) -> None:
            session.merge(LearnerPositionTable(line=line, position=position))

        await self._database.run(write)

    async def _begin(self) -> int:
        if self._seen is None:
            self._seen = await self._database.run(_last_outcome)
            return self._seen - _LATE_AT_START
        return self._seen - _LATE


class SqlFeatureVersions:
    """FeatureVersions over the service's database; what was read once is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, FeatureSpec] = {}

    async def keep(self, spec: FeatureSpec) -> None:
        """As FeatureVersions has it."""
        if spec.version in self._known:
            return

        def write(session: Session) -> None:
            if session.get(FeatureVersionTable, spec.version) is None:
                names = json.dumps({"context": spec.names, "offer": spec.offer_names})
                session.add(FeatureVersionTable(version=spec.version, names=names))

        await self._database.run(write)
        self._known[spec.version] = spec

    async def spec(self, version: str) -> FeatureSpec | None:
        """As FeatureVersions has it. None also for names that are of another version of Tidemark."""
        if version not in self._known:
            row = await self._database.run(lambda session: session.get(FeatureVersionTable, version))
            if row is None:
                return None
            names = json.loads(row.names)
            try:
                self._known[version] = spec_of_names(names["context"], names["offer"])
            except ValueError:
                return None
        return self._known[version]


def _number(session: Session, after: int) -> list[int]:
    """Gives the next outcomes their numbers, and returns their ids; what has a number keeps it."""
    query = (
        select(OutcomeTable.id, OutcomeTable.decision_id, OutcomeTable.offer_code, OutcomeTable.kind)
        .join(
            PresentedOfferTable,
            (col(PresentedOfferTable.decision_id) == col(OutcomeTable.decision_id))
            & (col(PresentedOfferTable.offer_code) == col(OutcomeTable.offer_code)),
        )
        .join(DecisionTable, col(DecisionTable.decision_id) == col(OutcomeTable.decision_id))
        .outerjoin(RewardTable, col(RewardTable.decision_id) == col(OutcomeTable.decision_id))
        .where(
            col(OutcomeTable.id) > after,
            col(OutcomeTable.kind).in_(list(_WORTH)),
            col(PresentedOfferTable.rank) == 1,
            col(DecisionTable.control_group).is_(False),
            col(RewardTable.decision_id).is_(None),
        )
        .order_by(col(OutcomeTable.id))
        .limit(_AT_ONCE)
    )
    position = session.exec(select(func.max(RewardTable.position))).one() or 0
    numbered: dict[str, None] = {}
    found = list(session.exec(query))
    for outcome_id, decision_id, offer_code, kind in found:
        # The first that ended the waiting counts; what came later is of the same offer.
        if decision_id not in numbered:
            numbered[decision_id] = None
            position += 1
            session.add(
                RewardTable(
                    position=position,
                    decision_id=decision_id,
                    offer_code=offer_code,
                    accepted=bool(_WORTH[kind]),
                    outcome_id=outcome_id or 0,
                )
            )
    return [outcome_id or 0 for outcome_id, *_ in found]


def _last_outcome(session: Session) -> int:
    return session.exec(select(func.max(RewardTable.outcome_id))).one() or 0


def _reward(row: RewardTable, payload: bytes) -> Reward:
    decision = decision_pb2.Decision.FromString(payload)
    chosen = next((each for each in decision.candidates if each.offer_code == row.offer_code), None)
    known = chosen is not None and len(chosen.features) > 0
    return Reward(
        position=row.position,
        decision_id=row.decision_id,
        offer_code=row.offer_code,
        feature_version=decision.feature_version if known else "",
        features=tuple(decision.features) if known else (),
        offer_features=tuple(chosen.features) if chosen is not None else (),
        accepted=row.accepted,
    )
