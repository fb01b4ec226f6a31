"""Attempts: on record before anything is sent. Functions run inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from services.common.kernel.clock import Instant
from services.notification.adapters.delivery import lanes
from services.notification.adapters.delivery.delivery_rows import finish, rows_of
from services.notification.adapters.delivery.sql_endpoints import remove_endpoint
from services.notification.adapters.tables.delivery import AttemptTable, DeliveryTable
from services.notification.application.delivery.ports import Attempt, Delivered, Ending, Failed, Waits
from services.notification.application.delivery_ports import DeliveryState
from services.notification.domain.delivery.deciding import HoldReason
from services.notification.domain.delivery.told import Delivery

RETRY = "RETRY"
_MOST_DETAIL = 500


def begin(session: Session, deliveries: Sequence[Delivery], message_id: str, now: Instant) -> Attempt:
    """Of deliveries that go as one message; the first carries the others from now on."""
    first = deliveries[0]
    lanes.lock(session, [first.lane])
    carrier = first.delivery_id if len(deliveries) > 1 else ""
    for row in rows_of(session, deliveries):
        row.attempts += 1
        row.first_attempt_at = now if row.first_attempt_at is None else row.first_attempt_at
        row.digest_id, row.updated_at, row.aside = carrier, now, False
        if row.delivery_id == first.delivery_id:
            row.state, row.reason, row.due_at = DeliveryState.PENDING.value, "", now
        else:
            row.state, row.reason, row.due_at = DeliveryState.HELD.value, HoldReason.DIGEST.value, None
        session.add(row)
    attempt = AttemptTable(
        delivery_id=first.delivery_id,
        number=first.attempts + 1,
        message_id=message_id,
        recipient_key=first.told.recipient.key,
        channel=first.channel.value,
        begun_at=now,
    )
    session.add(attempt)
    lanes.refresh(session, [first.lane])
    assert attempt.id is not None, "refresh has flushed"
    return Attempt(attempt.id, tuple(deliveries))


def end(session: Session, attempt: Attempt, ending: Ending, now: Instant) -> Sequence[DeliveryTable]:
    """Writes what came of it. Returns the rows that this endpoint did not and will not bring."""
    first = attempt.deliveries[0]
    lanes.lock(session, [first.lane])
    rows = rows_of(session, attempt.deliveries)
    _write(session, attempt, ending, now)
    for row in rows:
        session.add(row)
        if isinstance(ending, Delivered):
            finish(row, DeliveryState.DELIVERED, "", "", now)
        elif isinstance(ending, Failed):
            finish(row, DeliveryState.FAILED, ending.reason, ending.detail[:_MOST_DETAIL], now)
        elif row.delivery_id == first.delivery_id:
            row.reason, row.detail = RETRY, ending.detail[:_MOST_DETAIL]
            row.due_at, row.updated_at = ending.at, now
    if not isinstance(ending, Failed):
        return ()
    if ending.gone:
        remove_endpoint(session, first.endpoint_id, now)
    return rows


def _write(session: Session, attempt: Attempt, ending: Ending, now: Instant) -> None:
    row = session.get(AttemptTable, attempt.attempt_id)
    if row is None:
        return  # pruned meanwhile
    row.ended_at = now
    if isinstance(ending, Delivered):
        row.outcome, row.counts = "delivered", True
    elif isinstance(ending, Waits):
        row.outcome, row.counts = "later", ending.in_doubt
    else:
        row.outcome, row.counts = "failed", ending.in_doubt
    row.detail = "" if isinstance(ending, Delivered) else ending.detail[:_MOST_DETAIL]
    session.add(row)
