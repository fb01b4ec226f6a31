"""The last committed rows, kept in memory.

The relay and the followers ask for a row right after its commit. Answering
them from memory leaves the one database connection to the next commit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice

from services.charging.domain.hash_chain import JournalRow

MAXIMUM_ROWS = 1024
MAXIMUM_OCTETS = 8 * 1024 * 1024


class RecentRows:
    """An unbroken run of committed rows of one partition, bounded in rows and in payload octets."""

    def __init__(self, maximum_rows: int = MAXIMUM_ROWS, maximum_octets: int = MAXIMUM_OCTETS) -> None:
        self._rows: deque[JournalRow] = deque()
        self._octets = 0
        self._maximum_rows = maximum_rows
        self._maximum_octets = maximum_octets

    def add(self, row: JournalRow) -> None:
        """Adds a committed row; what does not follow the last one starts anew."""
        if self._rows and self._rows[-1].hash != row.previous_hash:
            self.clear()
        self._rows.append(row)
        self._octets += len(row.payload)
        while len(self._rows) > self._maximum_rows or self._octets > self._maximum_octets:
            self._octets -= len(self._rows.popleft().payload)

    def after(self, sequence: int, limit: int) -> Sequence[JournalRow] | None:
        """Up to `limit` rows from `sequence` + 1; none after the last. None where that cannot be told."""
        if not self._rows or not self._rows[0].sequence - 1 <= sequence <= self._rows[-1].sequence:
            return None
        skip = sequence + 1 - self._rows[0].sequence
        return tuple(islice(self._rows, skip, skip + limit))

    def clear(self) -> None:
        """Forgets all rows."""
        self._rows.clear()
        self._octets = 0
