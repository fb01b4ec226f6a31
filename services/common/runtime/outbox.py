"""The transactional outbox: an event is published if, and only if, its effect was committed.

    def effect(session: Session) -> None:
        session.add(version)
        add_event(session, "tidemark.catalog.v1.CatalogVersionPublished", payload, "catalog-version-7")

    await database.run(effect)
    relay.wake()

The subject of an event is its protobuf full name. A crash between publishing
and deleting publishes again under the same message id, which the stream drops
within its window; beyond it, consumers are idempotent.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from functools import partial

from sqlmodel import Session

from services.common.runtime.bus import Bus, BusMessage, BusUnavailableError, MessageTooLargeError
from services.common.runtime.database import Database, Statements
from services.common.runtime.logs import get_logger
from services.common.runtime.tables import OutboxEvent

_log = get_logger(__name__)

_BATCH = 100


def add_event(session: Session, subject: str, payload: bytes, message_id: str) -> None:
    """Adds an event to the transaction of its effect. `message_id` is unique per event, for ever.

    The same id twice in one outbox is an IntegrityError at flush: one effect, one event.
    """
    session.add(OutboxEvent(subject=subject, payload=payload, message_id=message_id))


class OutboxRelay:
    """Publishes a database's outbox in the order of its ids, and deletes what the bus has."""

    def __init__(self, database: Database, bus: Bus, poll_seconds: float = 1.0) -> None:
        self._database = database
        self._bus = bus
        self._poll_seconds = poll_seconds
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Says that an event was committed, so that it need not wait for the next poll."""
        self._woken.set()

    async def run(self) -> None:
        """Relays until cancelled. NATS away: waits and goes on where it was."""
        while True:
            self._woken.clear()
            await self._bus.wait_connected()
            try:
                # What comes meanwhile wakes it again: looking at once would find a few each time.
                while await self.relay_once() == _BATCH:
                    pass
            except BusUnavailableError as error:
                _log.info("outbox waits for the bus", cause=str(error))
            except MessageTooLargeError as error:
                # Skipping it would break a promise; only a person can decide.
                _log.error("the outbox is blocked by an event", cause=str(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll_seconds):
                    await self._woken.wait()

    async def relay_once(self) -> int:
        """Publishes and deletes one batch; returns how many events it had.

        Raises BusUnavailableError, MessageTooLargeError; the events stay.
        """
        events = await self._database.run_statements(_oldest)
        if not events:
            return 0
        await self._bus.publish_batch(list(events.values()))
        await self._database.run_statements(partial(_forget, ids=list(events)))
        return len(events)


def _oldest(statements: Statements) -> Mapping[int, BusMessage]:
    """By id, in its order."""
    statements.cursor.execute(
        f"SELECT id, subject, payload, message_id FROM outbox ORDER BY id LIMIT {_BATCH}"  # noqa: S608
    )
    return {row[0]: BusMessage(row[1], row[2], row[3]) for row in statements.cursor.fetchall()}


def _forget(statements: Statements, ids: Sequence[int]) -> None:
    marks = ", ".join([statements.mark] * len(ids))
    statements.cursor.execute(f"DELETE FROM outbox WHERE id IN ({marks})", ids)  # noqa: S608 - marks only
