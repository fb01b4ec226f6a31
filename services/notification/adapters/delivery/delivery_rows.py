"""Deliveries as rows: found, finished, handed to the next channel; all in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlmodel import Session, col, select

from services.common.kernel.clock import Instant
from services.notification.adapters.delivery.endpoint_rows import in_use
from services.notification.adapters.delivery.planning import on_their_way, put_in_line
from services.notification.adapters.delivery.told_rows import told_of_row
from services.notification.adapters.tables.delivery import DeliveryTable, ToldTable
from services.notification.application.delivery_ports import DeliveryState
from services.notification.domain.delivery.told import Delivery, next_step
from services.notification.domain.notifications import Channel


def row_of(session: Session, delivery: Delivery) -> DeliveryTable:
    """The row of a delivery."""
    return session.exec(select(DeliveryTable).where(DeliveryTable.delivery_id == delivery.delivery_id)).one()


def rows_of(session: Session, deliveries: Sequence[Delivery]) -> Sequence[DeliveryTable]:
    """The rows of deliveries, oldest first."""
    ids = [one.delivery_id for one in deliveries]
    return session.exec(
        select(DeliveryTable).where(col(DeliveryTable.delivery_id).in_(ids)).order_by(col(DeliveryTable.id))
    ).all()


def with_digest(session: Session, delivery: Delivery) -> Sequence[DeliveryTable]:
    """The row of a delivery and, where it carries a digest, those of all others in it."""
    row = row_of(session, delivery)
    return [row, *digest_rows(session, delivery)] if delivery.digest_id == delivery.delivery_id else [row]


def digest_rows(session: Session, first: Delivery) -> Sequence[DeliveryTable]:
    """What a digest carries beside its first."""
    return session.exec(
        select(DeliveryTable)
        .where(DeliveryTable.digest_id == first.delivery_id, DeliveryTable.delivery_id != first.delivery_id)
        .order_by(col(DeliveryTable.id))
    ).all()


def delivery_of(session: Session, row: DeliveryTable) -> Delivery:
    """A row as a value, with its message."""
    message = session.get(ToldTable, row.notification_id)
    assert message is not None, "deliveries are deleted with their message"
    return delivery_with(row, message)


def delivery_with(row: DeliveryTable, message: ToldTable) -> Delivery:
    """A row and that of its message as a value."""
    return Delivery(
        delivery_id=row.delivery_id,
        told=told_of_row(message),
        channel=Channel(row.channel),
        step=row.step,
        endpoint_id=row.endpoint_id,
        attempts=row.attempts,
        first_attempt_at=None if row.first_attempt_at is None else Instant(row.first_attempt_at),
        held=row.held,
        digest_id=row.digest_id,
    )


def finish(row: DeliveryTable, state: DeliveryState, reason: str, detail: str, now: Instant) -> None:
    """It is over on this endpoint."""
    row.state, row.reason, row.detail = state.value, reason, detail
    row.due_at, row.aside, row.updated_at = None, False, now


def hand_on(
    session: Session,
    rows: Sequence[DeliveryTable],
    channels: frozenset[Channel],
    new_id: Callable[[], str],
    now: Instant,
) -> None:
    """Plans the next channel of messages that these deliveries did not bring, once nothing else may."""
    session.flush()
    for row in rows:
        message = delivery_of(session, row).told
        if message.everywhere or _is_carried_on(session, row):
            continue
        reached = in_use(session, [row.recipient_key], channels).get(row.recipient_key, ())
        step = next_step(message.chain, row.step, frozenset(one.channel for one in reached))
        if step is not None:
            put_in_line(session, on_their_way(message, (step,), reached), new_id, now)


def ways_out(session: Session, delivery: Delivery, channels: frozenset[Channel]) -> tuple[Channel, ...]:
    """Later channels of its chain that reach the recipient."""
    message = delivery.told
    later = message.chain[delivery.step + 1 :]
    if message.everywhere or not later:
        return ()
    reached = in_use(session, [message.recipient.key], channels).get(message.recipient.key, ())
    return tuple(channel for channel in later if any(one.channel is channel for one in reached))


def _is_carried_on(session: Session, row: DeliveryTable) -> bool:
    """Another endpoint of the channel has it or may still get it, or the next channel was planned already."""
    others = session.exec(
        select(DeliveryTable).where(
            DeliveryTable.notification_id == row.notification_id,
            DeliveryTable.delivery_id != row.delivery_id,
            DeliveryTable.step >= row.step,
        )
    )
    over = (DeliveryState.FAILED.value, DeliveryState.DROPPED.value)
    return any(one.step > row.step or one.state not in over for one in others)
