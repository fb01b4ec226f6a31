"""What a partition's writer lets others see: where it stands, and when a record is committed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from services.charging.application.partition_writer import Committed, PartitionWriter, Phase
from services.charging.application.ports import Codec
from services.charging.application.snapshots import Snapshots, copy_of, digest_of


@dataclass(frozen=True, slots=True)
class PartitionCounts:
    """Sizes of a partition's state and its digest: equal states, equal digests (SHA-256)."""

    accounts: int
    open_sessions: int
    snapshot_sequence: int
    state_digest: bytes


class PartitionView(Protocol):
    """One partition, read only."""

    @property
    def partition(self) -> int:
        """Its number."""

    @property
    def phase(self) -> Phase:
        """Whether it serves."""

    @property
    def detail(self) -> str:
        """For people: why it does not serve; empty where it does."""

    @property
    def head(self) -> tuple[int, bytes]:
        """Sequence and hash of the last committed record."""

    async def counts(self) -> PartitionCounts:
        """Walks the whole state; for a status page, not for every call."""

    async def committed_beyond(self, sequence: int) -> None:
        """Returns as soon as a record after `sequence` is committed."""


class WriterView:
    """The view of a partition that this process writes."""

    def __init__(self, writer: PartitionWriter, snapshots: Snapshots, codec: Codec) -> None:
        self._writer = writer
        self._snapshots = snapshots
        self._codec = codec
        self._signal = CommitSignal()
        writer.on_commit(self._committed)

    @property
    def partition(self) -> int:
        """Its number."""
        return self._writer.partition

    @property
    def phase(self) -> Phase:
        """Whether it serves."""
        return self._writer.phase

    @property
    def detail(self) -> str:
        """Why it does not serve; empty where it does."""
        return self._writer.detail

    @property
    def head(self) -> tuple[int, bytes]:
        """Sequence and hash of the last committed record."""
        return self._writer.head_sequence, self._writer.head_hash

    async def counts(self) -> PartitionCounts:
        """Copies the state and digests the copy off the event loop."""
        state = copy_of(self._writer.state)
        digest = await asyncio.to_thread(digest_of, self._codec, state)
        return PartitionCounts(len(state.accounts), len(state.sessions), self._snapshots.sequence, digest)

    async def committed_beyond(self, sequence: int) -> None:
        """Returns as soon as a record after `sequence` is committed."""
        if self._writer.head_sequence <= sequence:
            await self._signal.beyond(sequence)

    def _committed(self, committed: Committed) -> None:
        self._signal.advance(committed.row.sequence)


class CommitSignal:
    """Wakes those who wait for a commit; costs next to nothing where nobody does."""

    def __init__(self) -> None:
        self._sequence = 0
        self._next: asyncio.Future[None] | None = None

    def advance(self, sequence: int) -> None:
        """Records up to `sequence` are committed."""
        self._sequence = sequence
        if self._next is not None:
            self._next.set_result(None)
            self._next = None

    async def beyond(self, sequence: int) -> None:
        """Returns as soon as a record after `sequence` is committed."""
        while self._sequence <= sequence:
            if self._next is None:
                self._next = asyncio.get_running_loop().create_future()
            # Shielded: one waiter who gives up must not cancel it for the others.
            await asyncio.shield(self._next)
