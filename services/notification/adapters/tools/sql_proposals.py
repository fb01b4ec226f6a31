"""Proposals and suspended lines in SQL, each step one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from services.common.kernel.clock import Instant
from services.common.runtime.database import Database
from services.notification.adapters.tables.proposals import ProposalTable, SuspendedLineTable
from services.notification.domain.confirming import Proposal, ProposalState


class SqlProposals:
    """The Proposals port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, proposal: Proposal) -> None:
        """As `Proposals.add`."""
        row = ProposalTable(
            key=proposal.key,
            subscriber_id=proposal.subscriber_id,
            account_id=proposal.account_id,
            tool=proposal.tool,
            arguments_json=proposal.arguments_json,
            terms_json=proposal.terms_json,
            price=proposal.price,
            language=proposal.language,
            proposed_at=proposal.proposed_at,
            expires_at=proposal.expires_at,
            state=proposal.state.value,
        )
        # A transaction may run twice: what it adds is made in it.
        await self._database.run(lambda session: session.add(ProposalTable(**row.model_dump())))

    async def find(self, key: str) -> Proposal | None:
        """As `Proposals.find`."""

        def look(session: Session) -> Proposal | None:
            row = session.get(ProposalTable, key)
            return None if row is None else _proposal(row)

        return await self._database.run(look)

    async def begin(self, key: str, at: Instant) -> None:
        """As `Proposals.begin`."""
        statement = (
            update(ProposalTable)
            .where(col(ProposalTable.key) == key, col(ProposalTable.state) == ProposalState.PROPOSED.value)
            .values(state=ProposalState.BEGUN.value, begun_at=at)
        )
        await self._database.run(lambda session: session.exec(statement))

    async def finish(self, key: str, outcome_json: str) -> str:
        """As `Proposals.finish`."""

        def settle(session: Session) -> str:
            session.exec(
                update(ProposalTable)
                .where(col(ProposalTable.key) == key, col(ProposalTable.state) != ProposalState.DONE.value)
                .values(state=ProposalState.DONE.value, outcome_json=outcome_json)
            )
            stands = session.exec(select(ProposalTable.outcome_json).where(ProposalTable.key == key)).first()
            return outcome_json if stands is None else stands

        return await self._database.run(settle)

    async def begun_before(self, at: Instant, limit: int) -> Sequence[Proposal]:
        """As `Proposals.begun_before`."""
        statement = (
            select(ProposalTable)
            .where(ProposalTable.state == ProposalState.BEGUN.value, col(ProposalTable.begun_at) < at)
            .order_by(col(ProposalTable.begun_at))
            .limit(limit)
        )
        return await self._database.run(
            lambda session: [_proposal(row) for row in session.exec(statement).all()]
        )

    async def forget(self, proposed_before: Instant) -> int:
        """As `Proposals.forget`."""
        statement = delete(ProposalTable).where(
            col(ProposalTable.proposed_at) < proposed_before,
            col(ProposalTable.state) != ProposalState.BEGUN.value,
        )
        return await self._database.run(lambda session: int(session.exec(statement).rowcount))


class SqlSuspensions:
    """The Suspensions port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, subscriber_id: str, since: Instant) -> None:
        """As `Suspensions.put`."""

        def keep(session: Session) -> None:
            if session.get(SuspendedLineTable, subscriber_id) is None:
                session.add(SuspendedLineTable(subscriber_id=subscriber_id, since=since))

        await self._database.run(keep)

    async def since(self, subscriber_id: str) -> Instant | None:
        """As `Suspensions.since`."""

        def look(session: Session) -> Instant | None:
            row = session.get(SuspendedLineTable, subscriber_id)
            return None if row is None else Instant(row.since)

        return await self._database.run(look)

    async def remove(self, subscriber_id: str) -> None:
        """As `Suspensions.remove`."""
        await self._database.run(lambda session: forget_suspension(session, subscriber_id))


def forget_suspension(session: Session, subscriber_id: str, before: Instant | None = None) -> None:
    """Its holder may resume the line no more; `before`: unless it was suspended then or later.

    Also for whoever sees somebody else bar it or lift the bar: that may be seen late.
    """
    statement = delete(SuspendedLineTable).where(col(SuspendedLineTable.subscriber_id) == subscriber_id)
    if before is not None:
        statement = statement.where(col(SuspendedLineTable.since) < before)
    session.exec(statement)


def _proposal(row: ProposalTable) -> Proposal:
    return Proposal(
        row.key,
        row.subscriber_id,
        row.account_id,
        row.tool,
        row.arguments_json,
        row.terms_json,
        row.price,
        row.language,
        Instant(row.proposed_at),
        Instant(row.expires_at),
        ProposalState(row.state),
        row.outcome_json,
    )
