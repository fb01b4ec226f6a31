"""Reads the decision log: as messages for whoever asks, as values for those who go on deciding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select
from tidemark.offers.v1 import decision_pb2

from services.common.kernel.clock import Instant
from services.common.runtime.database import Database
from services.offers.adapters.decision_values import decision_of
from services.offers.adapters.decisions.outcomes import outcomes_of
from services.offers.adapters.decisions.watching import PushedDecision
from services.offers.adapters.tables.decisions import (
    DecisionLinkTable,
    DecisionRequestTable,
    DecisionTable,
    PresentedOfferTable,
)
from services.offers.application.ports import PoliciesInForce
from services.offers.domain.decisions import Decision, Outcome
from services.offers.domain.policies import Offer

REQUEST = "request"


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A logged decision. `message` has the subscriber id; that and `account_id` are empty where erased."""

    sequence: int
    message: decision_pb2.Decision
    account_id: str
    outcomes: Sequence[Outcome] = ()


class DecisionReader:
    """Reads in short transactions."""

    def __init__(self, database: Database, policies: PoliciesInForce) -> None:
        self._database = database
        self._policies = policies

    async def stored(self, decision_id: str) -> StoredDecision | None:
        """One decision with its outcomes."""
        return await self._database.run(lambda session: _stored(session, decision_id))

    async def newest(
        self, subscriber_id: str, before_sequence: int | None, presented_only: bool, limit: int
    ) -> Sequence[StoredDecision]:
        """Decisions below a sequence, newest first, without outcomes. No subscriber: of everybody."""
        wanted = _decisions().order_by(col(DecisionTable.sequence).desc()).limit(limit)
        if subscriber_id:
            wanted = wanted.where(DecisionLinkTable.subscriber_id == subscriber_id)
        if before_sequence is not None:
            wanted = wanted.where(DecisionTable.sequence < before_sequence)
        if presented_only:
            wanted = wanted.where(DecisionTable.presented > 0)
        return await self._database.run(lambda session: [_value(*row) for row in session.exec(wanted)])

    async def pushed_after(self, sequence: int, subscriber_id: str, limit: int) -> Sequence[PushedDecision]:
        """What the service itself presented beyond a sequence, oldest first. No subscriber: to everybody."""
        wanted = (
            _decisions()
            .where(
                DecisionTable.sequence > sequence,
                DecisionTable.presented > 0,
                DecisionTable.raised_by != REQUEST,
            )
            .order_by(col(DecisionTable.sequence))
            .limit(limit)
        )
        if subscriber_id:
            wanted = wanted.where(DecisionLinkTable.subscriber_id == subscriber_id)
        found = await self._database.run(lambda session: [_value(*row) for row in session.exec(wanted)])
        return [PushedDecision(item.sequence, item.message) for item in found]

    async def get(self, decision_id: str) -> tuple[Decision, Sequence[Outcome]] | None:
        """As `DecisionLog.get`: offers are those of the policies in force, or bare where they are gone."""
        return await self._database.run(lambda session: self._decision(session, decision_id))

    async def answered(self, key: str, now: Instant) -> tuple[bytes, Decision] | None:
        """As `DecisionLog.answered`."""
        return await self._database.run(lambda session: self._answered(session, key, now))

    def _answered(self, session: Session, key: str, now: Instant) -> tuple[bytes, Decision] | None:
        row = session.get(DecisionRequestTable, key)
        if row is None or row.expires_at <= now:
            return None
        found = self._decision(session, row.decision_id)
        return None if found is None else (row.fingerprint, found[0])

    def _decision(self, session: Session, decision_id: str) -> tuple[Decision, Sequence[Outcome]] | None:
        stored = _stored(session, decision_id)
        if stored is None:
            return None
        presented = session.exec(
            select(PresentedOfferTable).where(PresentedOfferTable.decision_id == decision_id)
        ).all()
        decision = decision_of(stored.message, stored.account_id, self._offers(), presented)
        return decision, stored.outcomes

    def _offers(self) -> Mapping[str, Offer]:
        policies = self._policies.current()
        return {} if policies is None else {item.offer.code: item.offer for item in policies.offers}


def _decisions() -> Select[DecisionTable, str, str]:
    return select(DecisionTable, DecisionLinkTable.subscriber_id, DecisionLinkTable.account_id).join(
        DecisionLinkTable,
        col(DecisionLinkTable.decision_id) == col(DecisionTable.decision_id),
        isouter=True,
    )


def _stored(session: Session, decision_id: str) -> StoredDecision | None:
    row = session.exec(_decisions().where(DecisionTable.decision_id == decision_id)).first()
    if row is None:
        return None
    return _value(*row, outcomes_of(session, [decision_id]).get(decision_id, ()))


def _value(
    row: DecisionTable,
    subscriber_id: str | None,
    account_id: str | None,
    outcomes: Sequence[Outcome] = (),
) -> StoredDecision:
    message = decision_pb2.Decision.FromString(row.payload)
    message.subscriber_id = subscriber_id or ""
    return StoredDecision(row.sequence, message, account_id or "", outcomes)
