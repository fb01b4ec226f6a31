"""A journal in memory for followers: what it holds, and what was asked of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from services.common.runtime.following import FollowedRecord
from services.common.runtime.journal_source import SourceUnavailableError


def record(sequence: int, partition: int = 0) -> FollowedRecord:
    """A record whose payload tells its place."""
    return FollowedRecord(partition, sequence, f"{partition}/{sequence}".encode(), bytes([sequence % 256]))


class JournalInMemory:
    """Holds records 1 to `head` of every partition; can be away, and can leave one out."""

    def __init__(self, head: int = 0) -> None:
        self.head = head
        self.away = False
        self.leaves_out: int | None = None
        self.reads: list[int] = []

    async def read(self, partition: int, after_sequence: int) -> AsyncGenerator[FollowedRecord, None]:
        """As JournalSource.read."""
        self.reads.append(after_sequence)
        for sequence in range(after_sequence + 1, self.head + 1):
            if self.away:
                raise SourceUnavailableError("UNAVAILABLE: away")
            if sequence != self.leaves_out:
                yield record(sequence, partition)
        if self.away:
            raise SourceUnavailableError("UNAVAILABLE: away")
