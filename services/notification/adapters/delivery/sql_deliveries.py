"""What waits to be delivered, in SQL. Fulfils `Deliveries`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, bindparam, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from services.common.kernel.clock import HOUR, Instant
from services.common.runtime.database import Database
from services.notification.adapters.delivery import lanes
from services.notification.adapters.delivery.attempts import begin, end
from services.notification.adapters.delivery.delivery_rows import (
    delivery_of,
    delivery_with,
    digest_rows,
    finish,
    hand_on,
    row_of,
    ways_out,
    with_digest,
)
from services.notification.adapters.delivery.endpoint_rows import endpoint_of
from services.notification.adapters.delivery.planning import new_id
from services.notification.adapters.delivery.pruning import prune
from services.notification.adapters.delivery.sql_preferences import preferences_of
from services.notification.adapters.tables.delivery import (
    AttemptTable,
    DeliveryTable,
    EndpointTable,
    LaneTable,
    PreferencesTable,
    ToldTable,
)
from services.notification.application.delivery.ports import (
    Attempt,
    Ending,
    Failed,
    Lane,
    Ready,
    SentBefore,
    Taken,
)
from services.notification.application.delivery_ports import DeliveryState
from services.notification.domain.delivery.deciding import DropReason, HoldReason
from services.notification.domain.delivery.told import Delivery
from services.notification.domain.notifications import Channel

_Waiting = Select[DeliveryTable, ToldTable, EndpointTable, PreferencesTable]
"""The last two may be missing."""

_LONGEST_ATTEMPT = 1 * HOUR
"""Far beyond any: an attempt that ended after an instant began at most so long before it."""


class SqlDeliveries:
    """Deliveries of this service. `channels`: those that it was set up with."""

    def __init__(
        self, database: Database, channels: frozenset[Channel], new_id: Callable[[], str] = new_id
    ) -> None:
        self._database = database
        self._channels = channels
        self._new_id = new_id

    async def due(self, now: Instant, taken: Taken, limit: int) -> Sequence[Lane]:
        """Lanes in which something is due, the longest due first."""
        return await self._database.run(lambda session: _due(session, now, taken, limit))

    async def next_due(self, now: Instant) -> Instant | None:
        """When something is due that is not yet."""
        later = select_columns(func.min(col(LaneTable.due_at))).where(col(LaneTable.due_at) > now)
        at = await self._database.run(lambda session: session.execute(later).scalar_one_or_none())
        return None if at is None else Instant(at)

    async def next_of(self, lane: str, now: Instant) -> Ready | None:
        """The oldest that is due in a lane; None: nothing."""
        return await self._database.run(lambda session: self._next_of(session, lane, now))

    async def digest(self, first: Delivery, limit: int) -> Sequence[Delivery]:
        """What was begun with it, or, before the first attempt, what waits for a digest in its lane."""

        def look(session: Session) -> list[Delivery]:
            if first.attempts:
                return [delivery_of(session, row) for row in digest_rows(session, first)]
            rows = session.exec(
                select(DeliveryTable)
                .where(
                    DeliveryTable.lane == first.lane,
                    col(DeliveryTable.due_at).is_not(None),
                    DeliveryTable.delivery_id != first.delivery_id,
                    DeliveryTable.attempts == 0,
                )
                .order_by(col(DeliveryTable.id))
            )
            waiting = (delivery_of(session, row) for row in rows)
            return [one for one in waiting if one.told.digest_minutes][:limit]

        return await self._database.run(look)

    async def hold(self, delivery: Delivery, until: Instant, reason: HoldReason, now: Instant) -> None:
        """Others of the lane go first, unless a limit holds it: that holds all."""

        def change(_: Session, row: DeliveryTable) -> None:
            row.state, row.reason, row.held = DeliveryState.HELD.value, reason.value, True
            row.aside = reason is not HoldReason.RATE_LIMITED
            row.due_at, row.updated_at = until, now

        await self._change(delivery, change)

    async def join(self, delivery: Delivery, now: Instant) -> None:
        """No longer held: it takes its place in the lane."""

        def change(_: Session, row: DeliveryTable) -> None:
            row.state, row.reason, row.aside = DeliveryState.PENDING.value, "", False
            row.due_at, row.updated_at = now, now

        await self._change(delivery, change)

    async def drop(self, delivery: Delivery, reason: DropReason, for_good: bool, now: Instant) -> None:
        """It is not sent here; the next channel of its chain is planned unless it is for good."""

        def change(session: Session, row: DeliveryTable) -> None:
            finish(row, DeliveryState.DROPPED, reason.value, "", now)
            if not for_good:
                hand_on(session, [row], self._channels, self._new_id, now)

        await self._change(delivery, change)

    async def fail(self, delivery: Delivery, failed: Failed, now: Instant) -> None:
        """Given up without an attempt; the next channel of its chain is planned."""

        def change(session: Session, _: DeliveryTable) -> None:
            rows = with_digest(session, delivery)
            for row in rows:
                finish(row, DeliveryState.FAILED, failed.reason, failed.detail, now)
            hand_on(session, rows, self._channels, self._new_id, now)

        await self._change(delivery, change)

    async def begin(self, deliveries: Sequence[Delivery], message_id: str, now: Instant) -> Attempt:
        """An attempt begins: it is on record before anything is sent."""
        return await self._database.run(lambda session: begin(session, deliveries, message_id, now))

    async def end(self, attempt: Attempt, ending: Ending, now: Instant) -> None:
        """What came of it; the next channel of chains is planned where it failed."""

        def work(session: Session) -> None:
            unbrought = end(session, attempt, ending, now)
            hand_on(session, unbrought, self._channels, self._new_id, now)
            lanes.refresh(session, [attempt.deliveries[0].lane])

        await self._database.run(work)

    async def sent_between(self, after: Instant, until: Instant) -> Sequence[SentBefore]:
        """What limits count, of attempts that ended in between, or that nobody saw end."""
        return await self._database.run(lambda session: _sent_between(session, after, until))

    async def prune(self, before: Instant, limit: int) -> int:
        """Deletes what was over before an instant, and endpoints removed before it."""
        return await self._database.run(lambda session: prune(session, before, limit))

    async def _change(self, delivery: Delivery, change: Callable[[Session, DeliveryTable], None]) -> None:
        def work(session: Session) -> None:
            lanes.lock(session, [delivery.lane])
            row = row_of(session, delivery)
            change(session, row)
            session.add(row)
            lanes.refresh(session, [delivery.lane])

        await self._database.run(work)

    def _next_of(self, session: Session, lane: str, now: Instant) -> Ready | None:
        found = session.exec(_OLDEST, params={"lane": lane, "now": now}).first()
        if found is None:
            return None
        is_head = found[0].due_at is not None and found[0].due_at <= now
        if not is_head:
            # The head waits for its next attempt; what is no longer held takes its place behind it.
            found = session.exec(_OLDEST_ASIDE, params={"lane": lane, "now": now}).first()
        if found is None:
            return None
        row, told, endpoint, preferences = found
        delivery = delivery_with(row, told)
        return Ready(
            delivery=delivery,
            endpoint=None if endpoint is None or endpoint.removed_at is not None else endpoint_of(endpoint),
            preferences=None if preferences is None else preferences_of(preferences),
            is_head=is_head,
            ways_out=ways_out(session, delivery, self._channels),
        )


def _waiting(which: ColumnElement[bool]) -> _Waiting:
    """The oldest of a lane with all that belongs to it. Built once: that costs more than running it."""
    return (
        select(DeliveryTable, ToldTable, EndpointTable, PreferencesTable)
        .join(ToldTable, col(ToldTable.notification_id) == col(DeliveryTable.notification_id))
        .join(EndpointTable, col(EndpointTable.endpoint_id) == col(DeliveryTable.endpoint_id), isouter=True)
        .join(
            PreferencesTable,
            col(PreferencesTable.subscriber_id) == col(EndpointTable.subscriber_id),
            isouter=True,
        )
        .where(col(DeliveryTable.lane) == bindparam("lane"), col(DeliveryTable.due_at).is_not(None), which)
        .order_by(col(DeliveryTable.id))
        .limit(1)
    )


_ASIDE_AND_DUE = col(DeliveryTable.aside).is_(True) & (col(DeliveryTable.due_at) <= bindparam("now"))
_OLDEST = _waiting(col(DeliveryTable.aside).is_(False) | _ASIDE_AND_DUE)
_OLDEST_ASIDE = _waiting(_ASIDE_AND_DUE)


def _due(session: Session, now: Instant, taken: Taken, limit: int) -> list[Lane]:
    rows = session.execute(
        select_columns(col(LaneTable.lane), col(LaneTable.channel), col(LaneTable.host))
        .where(
            col(LaneTable.due_at) <= now,
            col(LaneTable.lane).not_in(taken.lanes),
            col(LaneTable.host).not_in(taken.hosts),
            col(LaneTable.channel).not_in([channel.value for channel in taken.channels]),
        )
        .order_by(col(LaneTable.due_at), col(LaneTable.lane))
        .limit(limit)
    )
    return [Lane(name, Channel(channel), host) for name, channel, host in rows]


def _sent_between(session: Session, after: Instant, until: Instant) -> list[SentBefore]:
    ended = col(AttemptTable.ended_at)
    rows = session.execute(
        select_columns(col(AttemptTable.recipient_key), col(AttemptTable.channel), ended).where(
            col(AttemptTable.begun_at) > after - _LONGEST_ATTEMPT,
            col(AttemptTable.begun_at) <= until,
            col(AttemptTable.counts).is_(True),
            ended.is_(None) | ((ended > after) & (ended <= until)),
        )
    )
    return [
        SentBefore(key, Channel(channel), None if at is None else Instant(at)) for key, channel, at in rows
    ]
