"""From the journal back to memory: snapshot, then the tail, every link of the chain checked."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from services.charging.application.ports import Codec, Journal, JournalCorruptError, Snapshot
from services.charging.domain.apply import apply_entry
from services.charging.domain.hash_chain import GENESIS_HASH, JournalRow, fault_of
from services.charging.domain.state import PartitionState
from services.common.kernel.clock import EPOCH, Instant

PAGE_ROWS = 500

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Position:
    """How far a replay has come: the state after a record, and that record's hash."""

    state: PartitionState
    sequence: int
    hash: bytes
    records: int = 0
    recorded_at: Instant = EPOCH


async def replay(journal: Journal, codec: Codec, partition: int) -> Position:
    """The partition's state after its last record.

    Raises JournalCorruptError naming the first record that is lost or changed.
    Nothing is written, so nothing is lost by stopping here.
    """
    position = await _from_snapshot(journal, codec, partition)
    return await catch_up(journal, codec, partition, position)


async def catch_up(journal: Journal, codec: Codec, partition: int, position: Position) -> Position:
    """Applies what was written after a position."""
    while True:
        rows = await journal.read(partition, position.sequence, PAGE_ROWS)
        for row in rows:
            _apply_row(codec, row, position)
        if len(rows) < PAGE_ROWS:
            return position


def _apply_row(codec: Codec, row: JournalRow, position: Position) -> None:
    fault = fault_of(row, position.sequence + 1, position.hash)
    if fault is not None:
        raise JournalCorruptError(str(fault))
    try:
        head, entries = codec.decode_record(row.payload)
        for entry in entries:
            apply_entry(position.state, entry)
    except (ValueError, KeyError) as error:
        raise JournalCorruptError(
            f"journal of partition {row.partition}, record {row.sequence}: cannot be applied: {error!r}"
        ) from error
    position.sequence, position.hash = row.sequence, row.hash
    position.recorded_at = head.recorded_at
    position.records += 1


async def _from_snapshot(journal: Journal, codec: Codec, partition: int) -> Position:
    for snapshot in await journal.snapshots(partition):
        if await _is_of_this_journal(journal, partition, snapshot):
            state = PartitionState()
            try:
                _, entries = codec.decode_record(snapshot.state)
                for entry in entries:
                    apply_entry(state, entry, restoring=True)
            except (ValueError, KeyError) as error:
                _log.warning("snapshot %s cannot be read (%r); trying an older one", snapshot.sequence, error)
                continue
            return Position(state, snapshot.sequence, snapshot.hash)
        _log.warning("snapshot %s does not belong to this journal; trying an older one", snapshot.sequence)
    return Position(PartitionState(), 0, GENESIS_HASH)


async def _is_of_this_journal(journal: Journal, partition: int, snapshot: Snapshot) -> bool:
    rows = await journal.read(partition, snapshot.sequence - 1, 1)
    return bool(rows) and rows[0].sequence == snapshot.sequence and rows[0].hash == snapshot.hash
