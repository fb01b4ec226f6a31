"""What has been over for long is deleted. Runs inside the caller's transaction."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from services.common.kernel.clock import Instant
from services.notification.adapters.tables.delivery import (
    AttemptTable,
    DeliveryTable,
    EndpointTable,
    LaneTable,
    ToldTable,
)


def prune(session: Session, before: Instant, limit: int) -> int:
    """Messages of before an instant with all that belongs to them, and endpoints removed before it.

    Returns how many messages; less than everything where there are more than `limit`.
    """
    ids = list(
        session.execute(
            select_columns(col(ToldTable.notification_id))
            .where(col(ToldTable.created_at) < before)
            .limit(limit)
        ).scalars()
    )
    session.execute(delete(DeliveryTable).where(col(DeliveryTable.notification_id).in_(ids)))
    session.execute(delete(ToldTable).where(col(ToldTable.notification_id).in_(ids)))
    session.execute(delete(AttemptTable).where(col(AttemptTable.begun_at) < before))
    gone = select_columns(col(EndpointTable.endpoint_id)).where(col(EndpointTable.removed_at) < before)
    unused = col(LaneTable.endpoint_id).in_(gone) & col(LaneTable.due_at).is_(None)
    session.execute(delete(LaneTable).where(unused))
    session.execute(delete(EndpointTable).where(col(EndpointTable.removed_at) < before))
    return len(ids)
