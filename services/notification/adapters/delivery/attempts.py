"""Attempts: on record before anything is sent. Functions run inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlmodel import Session

from services.common.kernel.clock import Instant
from services.notification.adapters.delivery import lanes
from services.notification.adapters.delivery.delivery_rows import rows_of
from services.notification.adapters.delivery.sql_endpoints import remove_endpoint
from services.notification.adapters.tables.delivery import DeliveryTable
from services.notification.application.delivery.ports import Attempt, Delivered, Ending, Failed, Waits
from services.notification.application.delivery_ports import DeliveryState
from services.notification.domain.delivery.deciding import HoldReason
from services.notification.domain.delivery.told import Delivery

RETRY = "RETRY"
_MOST_DETAIL = 500

# Text, as in lanes: every delivery goes through these.
_BEGUN = text(
    "UPDATE delivery SET attempts = attempts + 1, first_attempt_at = COALESCE(first_attempt_at, :now),"
    " digest_id = :carrier, updated_at = :now, aside = :aside, state = :state, reason = :reason,"
    " due_at = :due_at WHERE delivery_id = :delivery_id"
)
_ATTEMPT = text(
    "INSERT INTO delivery_attempt"
    " (delivery_id, number, message_id, recipient_key, channel, begun_at, outcome, counts, detail)"
    " VALUES (:delivery_id, :number, :message_id, :recipient_key, :channel, :now, '', :counts, '')"
    " RETURNING id"
)
_ENDED = text(
    "UPDATE delivery_attempt SET ended_at = :now, outcome = :outcome, counts = :counts, detail = :detail"
    " WHERE id = :attempt_id"
)
_OVER = text(
    "UPDATE delivery SET state = :state, reason = :reason, detail = :detail, due_at = NULL, aside = :aside,"
    " updated_at = :now WHERE delivery_id = :delivery_id"
)
_LATER = text(
    "UPDATE delivery SET reason = :reason, detail = :detail, due_at = :due_at, updated_at = :now"
    " WHERE delivery_id = :delivery_id"
)


def begin(session: Session, deliveries: Sequence[Delivery], message_id: str, now: Instant) -> Attempt:
    """Of deliveries that go as one message; the first carries the others from now on."""
    first, *others = deliveries
    lanes.lock(session, [first.lane])
    common = {"carrier": first.delivery_id if others else "", "aside": False, "now": now}
    goes = {"state": DeliveryState.PENDING.value, "reason": "", "due_at": now}
    is_carried = {"state": DeliveryState.HELD.value, "reason": HoldReason.DIGEST.value, "due_at": None}
    rows = [{**common, **goes, "delivery_id": first.delivery_id}]
    rows += [{**common, **is_carried, "delivery_id": one.delivery_id} for one in others]
    connection = session.connection()
    connection.execute(_BEGUN, rows)
    attempt_id: int = connection.execute(
        _ATTEMPT,
        {
            "delivery_id": first.delivery_id,
            "number": first.attempts + 1,
            "message_id": message_id,
            "recipient_key": first.told.recipient.key,
            "channel": first.channel.value,
            "counts": True,
            "now": now,
        },
    ).scalar_one()
    lanes.refresh(session, [first.lane])
    return Attempt(attempt_id, tuple(deliveries))


def end(session: Session, attempt: Attempt, ending: Ending, now: Instant) -> Sequence[DeliveryTable]:
    """Writes what came of it. Returns the rows that this endpoint did not and will not bring."""
    first = attempt.deliveries[0]
    lanes.lock(session, [first.lane])
    _write(session, attempt, ending, now)
    if isinstance(ending, Waits):
        waits = {"reason": RETRY, "detail": ending.detail[:_MOST_DETAIL], "due_at": ending.at, "now": now}
        session.connection().execute(_LATER, {**waits, "delivery_id": first.delivery_id})
        return ()
    over = {"state": DeliveryState.DELIVERED.value, "reason": "", "detail": "", "aside": False, "now": now}
    if isinstance(ending, Failed):
        over["state"], over["reason"] = DeliveryState.FAILED.value, ending.reason
        over["detail"] = ending.detail[:_MOST_DETAIL]
    ids = [one.delivery_id for one in attempt.deliveries]
    session.connection().execute(_OVER, [{**over, "delivery_id": delivery_id} for delivery_id in ids])
    if isinstance(ending, Delivered):
        return ()
    if ending.gone:
        remove_endpoint(session, first.endpoint_id, now)
    return rows_of(session, attempt.deliveries)


def _write(session: Session, attempt: Attempt, ending: Ending, now: Instant) -> None:
    if isinstance(ending, Delivered):
        outcome, counts, detail = "delivered", True, ""
    elif isinstance(ending, Waits):
        outcome, counts, detail = "later", ending.in_doubt, ending.detail
    else:
        outcome, counts, detail = "failed", ending.in_doubt, ending.detail
    said = {"outcome": outcome, "counts": counts, "detail": detail[:_MOST_DETAIL]}
    session.connection().execute(_ENDED, {**said, "now": now, "attempt_id": attempt.attempt_id})
