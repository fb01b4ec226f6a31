"""Snapshots bound recovery. They are copied between two batches and encoded off the event loop."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import fields

from services.charging.application.batch import Batch
from services.charging.application.partition_writer import PartitionWriter
from services.charging.application.ports import Codec, Journal, RecordHead, Snapshot
from services.charging.application.recovery import Committed
from services.charging.domain.snapshot import entries_of
from services.charging.domain.state import PartitionState
from services.common.kernel.clock import EPOCH

_log = logging.getLogger(__name__)


class Snapshots:
    """Keeps a snapshot every `every_records` records, and one when the process ends."""

    def __init__(self, writer: PartitionWriter, journal: Journal, codec: Codec, every_records: int) -> None:
        self.sequence = 0
        self._writer = writer
        self._journal = journal
        self._codec = codec
        self._every = every_records
        self._copied: tuple[bytes, PartitionState] | None = None
        self._task: asyncio.Task[None] | None = None
        writer.on_seal(self._sealed)
        writer.on_commit(self._committed)

    async def open(self) -> None:
        """Learns which snapshot there is."""
        kept = await self._journal.snapshots(self._writer.partition)
        self.sequence = kept[0].sequence if kept else 0

    async def close(self) -> None:
        """Saves a last one, so that the next start is quick. After the writer has drained.

        Not where the last commit failed or another process has taken over:
        memory then holds what the journal does not.
        """
        if self._task is not None:
            await asyncio.wait([self._task])
        writer = self._writer
        if writer.settled and writer.head_sequence > self.sequence:
            await self._save(writer.head_sequence, writer.head_hash, copy_of(writer.state))

    def _sealed(self, batch: Batch, state: PartitionState) -> None:
        busy = self._task is not None and not self._task.done()
        due = batch.sequence - self.sequence >= self._every and not busy
        self._copied = (batch.batch_id, copy_of(state)) if due else None

    def _committed(self, committed: Committed) -> None:
        if self._copied is None:
            return
        (batch_id, state), self._copied = self._copied, None
        row = committed.row
        if batch_id == row.batch_id:
            self._task = asyncio.create_task(self._save_logged(row.sequence, row.hash, state))

    async def _save_logged(self, sequence: int, row_hash: bytes, state: PartitionState) -> None:
        try:
            await self._save(sequence, row_hash, state)
        except Exception as error:  # recovery is longer without it, and right all the same
            _log.warning("snapshot %s was not kept: %s", sequence, error)

    async def _save(self, sequence: int, row_hash: bytes, state: PartitionState) -> None:
        partition = self._writer.partition
        encoded = await asyncio.to_thread(encoded_state, self._codec, partition, sequence, state)
        await self._journal.save_snapshot(Snapshot(partition, sequence, row_hash, encoded))
        self.sequence = sequence


_DERIVED = {"account_sessions", "subscriber_buckets"}
"""What a state can be asked for but a snapshot does not hold."""
_COPIED = tuple(item.name for item in fields(PartitionState) if item.name not in _DERIVED)


def copy_of(state: PartitionState) -> PartitionState:
    """A state of its own that shares the frozen values: quick, and safe to read in another thread.

    Every table is copied, those that come later too: one that were shared would change while it is read.
    """
    return PartitionState(**{name: dict(getattr(state, name)) for name in _COPIED})


def encoded_state(codec: Codec, partition: int, sequence: int, state: PartitionState) -> bytes:
    """The canonical octets of a state: equal states, equal octets."""
    return codec.encode_snapshot(RecordHead(partition, sequence, 0, b"", EPOCH), entries_of(state))


def digest_of(codec: Codec, state: PartitionState) -> bytes:
    """SHA-256 over the canonical octets, whatever record the state stands after."""
    return hashlib.sha256(encoded_state(codec, 0, 0, state)).digest()
