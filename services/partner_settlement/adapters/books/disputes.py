"""Disputes in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select

from services.common.kernel.clock import Instant
from services.partner_settlement.adapters.tables.disputes import DisputeMessageTable, DisputeTable
from services.partner_settlement.domain.disputes import Dispute, DisputeMessage, DisputeState


def find_dispute(session: Session, dispute_id: str) -> Dispute | None:
    """One dispute, locked until the transaction ends."""
    row = session.get(DisputeTable, dispute_id, with_for_update=True)
    return None if row is None else _dispute(session, row)


def find_disputes(session: Session, party: str = "", statement_id: str = "") -> Sequence[Dispute]:
    """Disputes in the order in which they were raised."""
    statement = select(DisputeTable).order_by(col(DisputeTable.number))
    if party:
        statement = statement.where(DisputeTable.party_code == party)
    if statement_id:
        statement = statement.where(DisputeTable.statement_id == statement_id)
    return [_dispute(session, row) for row in session.exec(statement)]


def put_dispute(session: Session, dispute: Dispute) -> None:
    """Stores a dispute as it is now, and what was said since."""
    row = session.get(DisputeTable, dispute.dispute_id)
    if row is None:
        row = DisputeTable(
            dispute_id=dispute.dispute_id,
            number=1 + (session.exec(select(func.max(DisputeTable.number))).one() or 0),
            statement_id=dispute.statement_id,
            line_number=dispute.line_number,
            party_code=dispute.party_code,
            state=dispute.state.value,
            currency_code=dispute.currency_code,
            line_minor=dispute.line_minor,
            claimed_minor=dispute.claimed_minor,
            held_minor=dispute.held_minor,
            deducted=dispute.deducted,
        )
        session.add(row)
    row.state, row.agreed_minor, row.deducted = dispute.state.value, dispute.agreed_minor, dispute.deducted
    said = len(_trail(session, dispute.dispute_id))
    for position, message in enumerate(dispute.trail[said:], start=said):
        session.add(
            DisputeMessageTable(
                dispute_id=dispute.dispute_id,
                position=position,
                at=message.at,
                actor=message.actor,
                state=message.state.value,
                text=message.text,
            )
        )
    session.flush()


def _dispute(session: Session, row: DisputeTable) -> Dispute:
    return Dispute(
        dispute_id=row.dispute_id,
        statement_id=row.statement_id,
        line_number=row.line_number,
        party_code=row.party_code,
        state=DisputeState(row.state),
        currency_code=row.currency_code,
        line_minor=row.line_minor,
        claimed_minor=row.claimed_minor,
        held_minor=row.held_minor,
        trail=_trail(session, row.dispute_id),
        agreed_minor=row.agreed_minor,
        deducted=row.deducted,
    )


def _trail(session: Session, dispute_id: str) -> tuple[DisputeMessage, ...]:
    statement = (
        select(DisputeMessageTable)
        .where(DisputeMessageTable.dispute_id == dispute_id)
        .order_by(col(DisputeMessageTable.position))
    )
    return tuple(
        DisputeMessage(Instant(row.at), row.actor, DisputeState(row.state), row.text)
        for row in session.exec(statement)
    )
