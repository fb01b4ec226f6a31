"""The writer as others may see it."""

from __future__ import annotations

import asyncio

from services.charging.application.partition_view import (
    CommitSignal,
    JournalHead,
    PartitionCounts,
    PartitionState,
)
from services.charging.application.partition_writer import PartitionWriter, Phase
from services.charging.application.ports import Codec
from services.charging.application.recovery import Committed
from services.charging.application.snapshots import Snapshots, copy_of, digest_of


class WriterView:
    """Fulfils `PartitionView` for one writer."""

    def __init__(self, writer: PartitionWriter, snapshots: Snapshots, codec: Codec) -> None:
        self._writer = writer
        self._snapshots = snapshots
        self._codec = codec
        self._signal = CommitSignal()
        writer.on_commit(self._committed)
        writer.on_phase(self._entered)

    @property
    def partition(self) -> int:
        """Its number."""
        return self._writer.partition

    @property
    def state(self) -> PartitionState:
        """Whether it serves."""
        return PartitionState(self._writer.phase.value)

    @property
    def detail(self) -> str:
        """Why it does not serve; empty where it does."""
        return self._writer.detail

    @property
    def head(self) -> JournalHead:
        """The last committed record."""
        writer = self._writer
        return JournalHead(writer.head_sequence, writer.head_hash, writer.epoch, writer.head_recorded_at)

    async def counts(self) -> PartitionCounts:
        """Copies the state and digests the copy off the event loop."""
        state = copy_of(self._writer.state)
        digest = await asyncio.to_thread(digest_of, self._codec, state)
        return PartitionCounts(len(state.accounts), len(state.sessions), self._snapshots.sequence, digest)

    async def committed_beyond(self, sequence: int) -> None:
        """Returns as soon as a later record is committed, or the partition ends."""
        await self._signal.beyond(sequence)

    def _committed(self, committed: Committed) -> None:
        self._signal.advance(committed.row.sequence)

    def _entered(self, phase: Phase) -> None:
        if phase in {Phase.FENCED, Phase.STOPPED}:
            self._signal.end()
        elif phase is Phase.SERVING:
            self._signal.advance(self._writer.head_sequence)
