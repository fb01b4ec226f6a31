"""A writer that has nothing to commit learns of its successor too.

One that commits is told by the journal at once. An idle one would go on
showing balances that are no longer so, for as long as nobody charges anything.
"""

from __future__ import annotations

import asyncio
import logging

from services.charging.application.partition_writer import PartitionWriter
from services.charging.application.ports import FencedError, Journal

LOOK_SECONDS = 0.5
"""For so long at most an idle writer may answer from memory that a successor has made old."""

_log = logging.getLogger(__name__)


class WatchOwnership:
    """Looks at the journal's last record for an epoch later than the writer's own."""

    def __init__(self, writer: PartitionWriter, journal: Journal) -> None:
        self._writer = writer
        self._journal = journal

    async def run(self) -> None:
        """Looks until cancelled. Raises FencedError when another process has taken the partition over."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Looks once. A database that does not answer proves nothing: whoever commits next finds out."""
        if not self._writer.settled:
            return
        try:
            head = await self._journal.head(self._writer.partition)
        except Exception as error:  # whatever the database says, there will be another look
            _log.debug("the journal's head cannot be read: %s", error)
            return
        # A commit that began meanwhile is told by the journal itself, and must not be failed twice.
        if head is None or head.epoch <= self._writer.epoch or not self._writer.settled:
            return
        message = f"epoch {self._writer.epoch} is over, {head.epoch} is in force"
        self._writer.fence(message)
        raise FencedError(message)
