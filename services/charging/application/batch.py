"""The open batch: what will be one journal record, one commit, one message on the bus."""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from dataclasses import dataclass, field

from services.charging.application.ports import Encoded
from services.charging.domain.events import Entry

MAX_ENTRIES = 2_000
MAX_OCTETS = 2 * 1024 * 1024
"""A record stays well below the bus's largest message (8 MiB), also with one large entry on top."""


@dataclass(slots=True)
class Batch:
    """Entries decided under one sequence, and the promise that they are committed."""

    sequence: int
    committed: asyncio.Future[None]
    batch_id: bytes = field(default_factory=lambda: uuid.uuid4().bytes)
    entries: list[Entry] = field(default_factory=list)
    encoded: list[Encoded] = field(default_factory=list)
    octets: int = 0

    @property
    def full(self) -> bool:
        """True where the next entry belongs into the next batch."""
        return len(self.entries) >= MAX_ENTRIES or self.octets >= MAX_OCTETS

    def next_entry_id(self, partition: int) -> str:
        """`partition-sequence-index` of the entry that would be added next; the index counts from 1."""
        return f"{partition}-{self.sequence}-{len(self.entries) + 1}"

    def add(self, entry: Entry, encoded: Encoded) -> None:
        """Adds a decided entry."""
        self.entries.append(entry)
        self.encoded.append(encoded)
        self.octets += encoded.octets


class BatchQueue:
    """The batch being committed, and those that wait behind it; requests join the last."""

    def __init__(self) -> None:
        self.in_flight: Batch | None = None
        self._waiting: deque[Batch] = deque()

    @property
    def waiting(self) -> bool:
        """True where a batch waits to be committed."""
        return bool(self._waiting)

    @property
    def last(self) -> Batch | None:
        """The youngest batch that is not committed yet."""
        return self._waiting[-1] if self._waiting else self.in_flight

    def open(self, head_sequence: int) -> Batch:
        """The batch that the next entry joins. A new one is not in the queue before `keep`."""
        if self._waiting and not self._waiting[-1].full:
            return self._waiting[-1]
        last = self.last
        sequence = (last.sequence if last is not None else head_sequence) + 1
        return Batch(sequence, asyncio.get_running_loop().create_future())

    def keep(self, batch: Batch) -> None:
        """Puts a batch that `open` gave into the queue, if it is not there."""
        if not self._waiting or self._waiting[-1] is not batch:
            self._waiting.append(batch)

    def sealed_sequence(self, head_sequence: int) -> int:
        """Last sequence to which nothing can be added any more."""
        if self._waiting:
            return self._waiting[-1].sequence - 1
        return self.in_flight.sequence if self.in_flight is not None else head_sequence

    def seal(self) -> Batch:
        """Takes the oldest waiting batch to be committed; nothing joins it any more."""
        self.in_flight = self._waiting.popleft()
        return self.in_flight

    def fail(self, error: Exception) -> None:
        """Tells everybody who waits that it came to nothing."""
        in_flight = () if self.in_flight is None else (self.in_flight,)
        for failed in (*in_flight, *self._waiting):
            failed.committed.set_exception(error)
            failed.committed.exception()
        self._waiting.clear()
        self.in_flight = None


def parse_entry_id(entry_id: str) -> tuple[int, int, int] | None:
    """Partition, sequence and index of an entry id; None for anything else."""
    parts = entry_id.split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 20 for part in parts):
        return None
    partition, sequence, index = (int(part) for part in parts)
    return partition, sequence, index
