"""Changes of cases inside a transaction: the next revision, the row, the event."""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import Session, select
from tidemark.notification.v1 import notification_events_pb2

from services.common.kernel.clock import Instant
from services.common.runtime.outbox import add_event
from services.notification.adapters.case_messages import case_message
from services.notification.adapters.cases.rows import case_of, new_case_row, write_case
from services.notification.adapters.tables.cases import CaseRevisionTable, ConversationTable, SupportCaseTable
from services.notification.domain.cases import Case

_CHANGED = notification_events_pb2.CaseChanged.DESCRIPTOR.full_name
_THE_ROW = 1


def insert_case(session: Session, case: Case, request_id: str) -> Case:
    """A new one, at the next revision. Without a request id its own stands in: each is opened once."""
    placed = replace(case, revision=_next_revision(session))
    session.add(new_case_row(placed, request_id or f"case:{case.case_id}"))
    _tell(session, placed)
    return placed


def change_case(session: Session, row: SupportCaseTable, case: Case) -> Case:
    """The case as it is now, at the next revision."""
    placed = replace(case, revision=_next_revision(session))
    write_case(row, placed)
    _tell(session, placed)
    return placed


def locked_case(session: Session, case_id: str) -> SupportCaseTable | None:
    """The row, kept from others until the transaction ends."""
    statement = select(SupportCaseTable).where(SupportCaseTable.case_id == case_id)
    return session.exec(statement.with_for_update()).one_or_none()


def heard_from(session: Session, case_id: str, at: Instant) -> None:
    """The customer has said more: whoever watches the queue sees the case again."""
    row = locked_case(session, case_id)
    if row is not None:
        change_case(session, row, replace(case_of(row), updated_at=at))


def rated(session: Session, conversation_id: str, score: int, comment: str) -> bool:
    """Keeps a score with a conversation and the case it led to; False: no such conversation."""
    row = session.get(ConversationTable, conversation_id)
    if row is None:
        return False
    row.score, row.score_comment = score, comment
    case_row = locked_case(session, row.case_id) if row.case_id else None
    if case_row is not None:
        change_case(session, case_row, replace(case_of(case_row), score=score))
    return True


def _next_revision(session: Session) -> int:
    # The lock on this one row lasts until the commit: no reader sees a later revision before an earlier one.
    statement = select(CaseRevisionTable).where(CaseRevisionTable.id == _THE_ROW).with_for_update()
    row = session.exec(statement).one()
    row.value += 1
    return row.value


def _tell(session: Session, case: Case) -> None:
    event = notification_events_pb2.CaseChanged(case=case_message(case))
    add_event(session, _CHANGED, event.SerializeToString(), f"case-{case.case_id}-{case.revision}")
