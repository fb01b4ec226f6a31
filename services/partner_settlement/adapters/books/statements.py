"""Statements in SQL: kept as the message that is streamed and rendered."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func
from sqlmodel import Session, col, select
from tidemark.partner_settlement.v1 import agreement_pb2, settlement_events_pb2, statement_pb2

from services.common.kernel.clock import Instant
from services.common.runtime.outbox import add_event
from services.partner_settlement.adapters.statement_messages import (
    sealed,
    stamp,
    state_number,
    statement_message,
    totals_of,
)
from services.partner_settlement.adapters.tables.runs import StatementTable
from services.partner_settlement.application.books import KeptLine, KeptStatement
from services.partner_settlement.domain.documents import StatementState
from services.partner_settlement.domain.runs import Run
from services.partner_settlement.domain.statements import Statement

SUBJECT_CLOSED = settlement_events_pb2.StatementClosed.DESCRIPTOR.full_name
_STANDING = (StatementState.FINAL.value, StatementState.PARKED.value)


def put_statements(session: Session, run: Run, statements: Sequence[Statement]) -> None:
    """Stores drafts."""
    assert run.input is not None
    for statement in statements:
        session.add(
            StatementTable(
                statement_id=statement.statement_id,
                party_code=statement.party.code,
                run_id=run.run_id,
                revision=run.revision,
                state=StatementState.DRAFT.value,
                sequence_number=0,
                parked_reason=statement.parked_reason,
                ledger_cutoff=run.ledger_cutoff,
                after_epoch=run.input.after_epoch,
                epoch=run.input.epoch,
                content=statement_message(statement).SerializeToString(deterministic=True),
            )
        )
    session.flush()


def drop_statements(session: Session, run: Run) -> None:
    """Forgets the drafts of a run."""
    session.connection().execute(
        delete(StatementTable).where(
            col(StatementTable.run_id) == run.run_id, col(StatementTable.revision) == run.revision
        )
    )


def statements_of(session: Session, run: Run) -> Sequence[KeptStatement]:
    """Those of a run's revision, in order of party."""
    statement = (
        select(StatementTable)
        .where(StatementTable.run_id == run.run_id, StatementTable.revision == run.revision)
        .order_by(col(StatementTable.party_code))
    )
    return [_kept(row) for row in session.exec(statement)]


def find_statement(session: Session, statement_id: str) -> KeptStatement | None:
    """One statement."""
    row = session.get(StatementTable, statement_id)
    return None if row is None else _kept(row)


def content_of(session: Session, statement_id: str) -> statement_pb2.Statement | None:
    """A statement's message, with the state that it is in now."""
    row = session.get(StatementTable, statement_id)
    return None if row is None else _content(row)


def find_line(session: Session, statement_id: str, line_number: int) -> KeptLine | None:
    """One line of a statement: what a dispute needs of it."""
    row = session.get(StatementTable, statement_id)
    lines = [] if row is None else _content(row).lines
    found = next((line for line in lines if line.number == line_number), None)
    if found is None:
        return None
    return KeptLine(
        found.currency_code,
        found.net_minor,
        found.agreement_code,
        found.agreement_version,
    )


def standing_statements(session: Session, party_code: str) -> Sequence[KeptStatement]:
    """A party's final and parked statements, in the order in which they were closed."""
    statement = (
        select(StatementTable)
        .where(StatementTable.party_code == party_code, col(StatementTable.state).in_(_STANDING))
        .where(col(StatementTable.closed_at).is_not(None))
        .order_by(col(StatementTable.sequence_number))
    )
    return [_kept(row) for row in session.exec(statement)]


def last_number(session: Session, party_code: str) -> int:
    """The highest sequence number that a party has; 0: none."""
    statement = select(func.max(StatementTable.sequence_number)).where(
        StatementTable.party_code == party_code
    )
    return session.exec(statement).one() or 0


def finish_statement(session: Session, statement_id: str, sequence_number: int, closed_at: Instant) -> None:
    """A draft becomes final, or parked, and says so on the bus."""
    row = session.get_one(StatementTable, statement_id)
    state = StatementState.PARKED if row.parked_reason else StatementState.FINAL
    message = statement_pb2.Statement.FromString(row.content)
    message.header.state = state_number(state)
    message.header.sequence_number = sequence_number
    message.header.closed_at.CopyFrom(stamp(closed_at))
    row.content = sealed(message).SerializeToString(deterministic=True)
    row.state, row.sequence_number, row.closed_at = state.value, sequence_number, closed_at
    add_event(session, SUBJECT_CLOSED, _closed(message).SerializeToString(), f"statement-{statement_id}")
    session.flush()


def supersede_statements(session: Session, run: Run) -> None:
    """The statements of a run that is opened again no longer stand."""
    statement = select(StatementTable).where(
        StatementTable.run_id == run.run_id, StatementTable.revision == run.revision
    )
    for row in session.exec(statement):
        row.state = StatementState.SUPERSEDED.value
    session.flush()


def _content(row: StatementTable) -> statement_pb2.Statement:
    message = statement_pb2.Statement.FromString(row.content)
    state = StatementState(row.state)
    if state is StatementState.SUPERSEDED:
        message.header.state = state_number(state)
        return sealed(message)
    return message


def _closed(message: statement_pb2.Statement) -> settlement_events_pb2.StatementClosed:
    header = message.header
    return settlement_events_pb2.StatementClosed(
        statement_id=header.statement_id,
        party_code=header.party.code,
        period=header.period,
        revision=header.revision,
        sequence_number=header.sequence_number,
        closed_at=header.closed_at,
        payable=[
            agreement_pb2.CurrencyAmount(currency_code=total.currency_code, amount_minor=total.payable_minor)
            for total in message.totals
        ],
        content_sha256=message.footer.content_sha256,
        parked=bool(header.parked_reason),
    )


def _kept(row: StatementTable) -> KeptStatement:
    return KeptStatement(
        statement_id=row.statement_id,
        party_code=row.party_code,
        run_id=row.run_id,
        revision=row.revision,
        state=row.state,
        sequence_number=row.sequence_number,
        parked_reason=row.parked_reason,
        ledger_cutoff=row.ledger_cutoff,
        closed_at=None if row.closed_at is None else Instant(row.closed_at),
        totals=totals_of(statement_pb2.Statement.FromString(row.content).totals),
    )
