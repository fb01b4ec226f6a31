"""What became of deliveries. Fulfils `DeliveryLog`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from services.common.kernel.clock import Instant
from services.common.runtime.database import Database
from services.notification.adapters.tables.delivery import DeliveryTable, ToldTable
from services.notification.application.delivery_ports import DeliveryShown, DeliveryState
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import Channel


class SqlDeliveryLog:
    """Reads what the dispatcher wrote."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(
        self, recipient: Recipient, notification_id: str = "", size: int = 50
    ) -> Sequence[DeliveryShown]:
        """A recipient's, newest first; of one notification where it is named."""

        def look(session: Session) -> list[DeliveryShown]:
            rows = select(DeliveryTable, ToldTable.alert_code).where(
                DeliveryTable.notification_id == ToldTable.notification_id,
                DeliveryTable.recipient_key == recipient.key,
            )
            if notification_id:
                rows = rows.where(DeliveryTable.notification_id == notification_id)
            newest = session.exec(rows.order_by(col(DeliveryTable.id).desc()).limit(size))
            return [_shown(row, alert_code) for row, alert_code in newest]

        return await self._database.run(look)


def _shown(row: DeliveryTable, alert_code: str) -> DeliveryShown:
    return DeliveryShown(
        delivery_id=row.delivery_id,
        notification_id=row.notification_id,
        alert_code=alert_code,
        channel=Channel(row.channel),
        endpoint_id=row.endpoint_id,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        updated_at=Instant(row.updated_at),
        due_at=None if row.due_at is None else Instant(row.due_at),
        reason=row.reason,
        detail=row.detail,
    )
