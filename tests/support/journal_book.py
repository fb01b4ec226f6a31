"""A charging journal for tests, written record by record."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import journal_pb2

from services.common.kernel.clock import SECOND
from services.common.runtime.following import FollowedRecord

Event = journal_pb2.Event


@dataclass
class JournalBook:
    """A journal of one partition; fulfils JournalSource. `BEGIN`: when things happen unless told."""

    BEGIN: ClassVar[int]

    partition: int = 0
    rows: list[FollowedRecord] = field(default_factory=list)

    def record(self, *events: Event, at: int | None = None) -> FollowedRecord:
        """Adds a record of one entry."""
        return self.entries((self.BEGIN if at is None else at, events))

    def entries(self, *entries: tuple[int, Sequence[Event]]) -> FollowedRecord:
        """Adds a record of several entries, each decided at an instant."""
        sequence = len(self.rows) + 1
        message = journal_pb2.JournalRecord(partition=self.partition, sequence=sequence, epoch=1)
        for at, events in entries:
            message.entries.add(decided_at=stamp(at)).events.extend(events)
            message.recorded_at.CopyFrom(stamp(at))
        self.rows.append(FollowedRecord(self.partition, sequence, message.SerializeToString(), b"h"))
        return self.rows[-1]

    async def read(self, partition: int, after_sequence: int) -> AsyncGenerator[FollowedRecord, None]:
        """As JournalSource.read."""
        assert partition == self.partition
        for row in self.rows[after_sequence:]:
            yield row


def stamp(at: int) -> Timestamp:
    """An instant on the wire; 0: absent, as a consumer reads it."""
    return Timestamp(seconds=at // SECOND, nanos=at % SECOND * 1_000)
