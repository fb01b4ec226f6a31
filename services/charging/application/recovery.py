"""From the journal back into service: the first take-over, and the way back after a failed commit."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.charging.application.ports import Codec, Journal, JournalCorruptError, RecordHead
from services.charging.application.replay import PAGE_ROWS, Position, catch_up, replay
from services.charging.domain.events import Entry, Operation, PartitionOpened
from services.charging.domain.hash_chain import JournalRow, chained
from services.common.kernel.clock import Clock

_PAUSE_SECONDS = 0.5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Committed:
    """A record that is now durable, for relays and watchers."""

    row: JournalRow
    entries: Sequence[Entry]


class Recovery:
    """Replays one partition's journal. Writes nothing but the opening record of a take-over."""

    def __init__(self, partition: int, owner: str, journal: Journal, codec: Codec, clock: Clock) -> None:
        self._partition = partition
        self._owner = owner
        self._journal = journal
        self._codec = codec
        self._clock = clock

    async def take_over(self) -> tuple[Position, int]:
        """Replays, takes the partition over, and returns where it stands and the new epoch.

        Raises JournalCorruptError before anything is written, and FencedError
        where another process took the partition at the same moment.
        """
        position = await replay(self._journal, self._codec, self._partition)
        opening = await self._journal.take_over(self._partition, self._owner, self._opening)
        return await catch_up(self._journal, self._codec, self._partition, position), opening.epoch

    async def come_back(
        self, known_sequence: int, on_trouble: Callable[[str], None]
    ) -> tuple[Position, list[Committed]]:
        """Replays for as long as the database needs to answer.

        Beside the position, the records after `known_sequence`: their commit's
        outcome was unknown, and listeners must learn of them. Raises JournalCorruptError.
        """
        while True:
            try:
                position = await replay(self._journal, self._codec, self._partition)
                return position, await self._committed_after_all(known_sequence, position)
            except JournalCorruptError:
                raise
            except Exception as error:  # whatever the database says, the remedy is the same
                on_trouble(f"the journal cannot be read: {error}")
                _log.error("replay failed, trying again: %s", error)
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _committed_after_all(self, known_sequence: int, position: Position) -> list[Committed]:
        if position.sequence < known_sequence:
            raise JournalCorruptError(
                f"journal of partition {self._partition}, record {position.sequence + 1}: it is missing, "
                f"and record {known_sequence} was acknowledged"
            )
        missed: list[Committed] = []
        after = known_sequence
        while after < position.sequence:
            limit = min(PAGE_ROWS, position.sequence - after)
            rows = await self._journal.read(self._partition, after, limit)
            missed += [Committed(row, self._codec.decode_record(row.payload)[1]) for row in rows]
            after += len(rows)
        return missed

    def _opening(self, epoch: int, sequence: int, previous_hash: bytes) -> JournalRow:
        now = self._clock.now()
        entry = Entry(now, Operation.OPEN_PARTITION, (PartitionOpened(epoch, self._owner),))
        head = RecordHead(self._partition, sequence, epoch, uuid.uuid4().bytes, now)
        payload = self._codec.encode_record(head, [self._codec.encode_entry(entry)])
        return chained(self._partition, sequence, epoch, head.batch_id, previous_hash, payload)
