"""Personal identifiers on SQL, held in memory whole. Charging keeps them nowhere else; rows can be erased."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from sqlmodel import Session, select

from services.charging.adapters.tables import SubscriberIdentifierTable
from services.charging.adapters.uncancelled import Uncancelled
from services.common.runtime.database import Database


class SqlIdentities:
    """Fulfils the `Identities` port. `open()` loads; one process at a time binds (the partitions' owner)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._subscriber_ids: dict[str, str] = {}
        self._binding = asyncio.Lock()
        self._uncancelled = Uncancelled()

    async def open(self) -> None:
        """Loads every binding. Call it once, before the first request is served, and after a take-over."""
        rows = await self._database.run(lambda session: session.exec(select(SubscriberIdentifierTable)).all())
        self._subscriber_ids = {row.identifier: row.subscriber_id for row in rows}

    def find(self, identifier: str) -> str | None:
        """The subscriber id behind an identifier. A look in memory."""
        return self._subscriber_ids.get(identifier)

    async def bind(self, bindings: Mapping[str, str]) -> str | None:
        """Binds identifiers to subscriber ids, all or none, durably; see the port.

        Goes on to its end even if the caller goes away, so that memory and
        database stay the same.
        """
        return await self._uncancelled.run(self._bind(dict(bindings)))

    async def _bind(self, bindings: Mapping[str, str]) -> str | None:
        async with self._binding:
            taken = self._first_taken(bindings)
            missing = {name: to for name, to in bindings.items() if name not in self._subscriber_ids}
            if taken is not None or not missing:
                return taken
            await self._database.run(lambda session: _insert(session, missing))
            self._subscriber_ids.update(missing)
            return None

    def _first_taken(self, bindings: Mapping[str, str]) -> str | None:
        for identifier, subscriber_id in bindings.items():
            if self._subscriber_ids.get(identifier, subscriber_id) != subscriber_id:
                return identifier
        return None


def _insert(session: Session, bindings: Mapping[str, str]) -> None:
    for identifier, subscriber_id in bindings.items():
        stored = session.get(SubscriberIdentifierTable, identifier)
        # Already there after a commit whose answer was lost; another's binding is a broken contract.
        if stored is not None and stored.subscriber_id != subscriber_id:
            raise ValueError("an identifier is bound to another subscriber in the database than in memory")
        if stored is None:
            session.add(SubscriberIdentifierTable(identifier=identifier, subscriber_id=subscriber_id))
