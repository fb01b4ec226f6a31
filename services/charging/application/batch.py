"""The open batch: what will be one journal record, one commit, one message on the bus."""

from __future__ import annotations

import asyncio
import uuid
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


def parse_entry_id(entry_id: str) -> tuple[int, int, int] | None:
    """Partition, sequence and index of an entry id; None for anything else."""
    parts = entry_id.split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 20 for part in parts):
        return None
    partition, sequence, index = (int(part) for part in parts)
    return partition, sequence, index
