"""Copies a partition's journal to the bus: every record once, in order, as long as it takes.

The journal is the truth and the stream a copy, so the relay asks the stream
itself where the copy ends: at the start, and after anything that went wrong.
Charging never waits for it. Its cursor in the database says how far the copy
had come where the stream can no longer tell (emptied, or past its retention).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from services.charging.adapters.relay_stream import DuplicateIdError, PublishedRecord, StreamMovedError
from services.charging.domain.hash_chain import JournalRow
from services.common.runtime.logs import get_logger

CURSOR = "relay"
REWIND_CURSOR = "relay-rewind"
BATCH_ROWS = 64
BATCH_OCTETS = 4 * 1024 * 1024
# A pause after a batch that was not full lets the next one fill: each costs the bus a flush to disk,
# and the disk and the processor are those the journal needs.
_GATHER_SECONDS = 0.01
_CURSOR_SECONDS = 2.0
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0

_log = get_logger(__name__)


class RelayJournal(Protocol):
    """The part of the journal that the relay needs."""

    async def read(self, partition: int, after_sequence: int, limit: int) -> Sequence[JournalRow]:
        """Rows as the database has them."""

    async def read_recent(self, partition: int, after_sequence: int, limit: int) -> Sequence[JournalRow]:
        """Rows, from memory where this process has them."""

    async def cursor(self, name: str, partition: int) -> int:
        """How far a named reader has come."""

    async def move_cursor(self, name: str, partition: int, sequence: int) -> None:
        """Stores how far a named reader has come."""


class RecordStream(Protocol):
    """The part of JournalStream that the relay needs."""

    async def ready(self) -> None:
        """Waits for the stream."""

    async def last(self, partition: int) -> PublishedRecord | None:
        """The last record on the bus."""

    async def publish(
        self, rows: Sequence[JournalRow], after_stream_sequence: int, *, once_more: bool = False
    ) -> int:
        """Stores rows, all or none."""


class JournalRelay:
    """The relay of one partition. `run` it beside the writer; call `notify` after each commit."""

    def __init__(self, journal: RelayJournal, stream: RecordStream, partition: int) -> None:
        self._journal = journal
        self._stream = stream
        self._partition = partition
        self._relayed = 0
        self._stream_end: int | None = None  # stream sequence of the subject's last message, once known
        self._rewind_to: int | None = None
        self._rewinding = False  # rewound, and nothing published since
        self._stored_cursor = 0
        self._stored_at = 0.0
        self._loaded = False
        self._wake = asyncio.Event()

    @property
    def relayed_sequence(self) -> int:
        """Last record on the bus, as far as this process knows."""
        return self._relayed if self._rewind_to is None else self._rewind_to

    def notify(self) -> None:
        """There may be something new to publish. Costs next to nothing."""
        self._wake.set()

    async def rewind(self, after_sequence: int) -> None:
        """Publishes every later record again, in order. Survives a restart. Followers drop what they have."""
        await self._journal.move_cursor(REWIND_CURSOR, self._partition, after_sequence + 1)
        self._rewind_to = after_sequence
        self.notify()

    async def run(self) -> None:
        """Publishes for ever; ends only by being cancelled. An outage of anything is waited out."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                if not self._loaded:
                    await self._load()
                await self._stream.ready()
                await self._align()
                while True:
                    await self._step()
                    pause = _FIRST_PAUSE_SECONDS
            except StreamMovedError as error:
                _log.info("relay looks at the stream again", partition=self._partition, cause=str(error))
            except Exception as error:
                _log.warning("relay waits", partition=self._partition, cause=str(error) or repr(error))
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def close(self) -> None:
        """Stores the cursor. Call it when `run` has ended and the database is still open."""
        await self._store_cursor()

    async def _load(self) -> None:
        self._relayed = self._stored_cursor = await self._journal.cursor(CURSOR, self._partition)
        rewind = await self._journal.cursor(REWIND_CURSOR, self._partition)
        if rewind and self._rewind_to is None:
            self._rewind_to = rewind - 1
        self._loaded = True

    async def _align(self) -> None:
        """Asks the stream where the copy ends. Where that is news, goes on from there."""
        last = await self._stream.last(self._partition)
        end = 0 if last is None else last.stream_sequence
        if end == self._stream_end:
            return
        if last is None:
            self._warn_if_emptied()
        elif await self._is_ours(last):
            self._relayed = last.sequence
            await self._rewind_done()
        else:
            _log.error(
                "the stream ends with a record that is not in this journal; going on after it",
                partition=self._partition,
                sequence=last.sequence,
            )
        self._stream_end = end

    async def _is_ours(self, last: PublishedRecord) -> bool:
        rows = await self._journal.read(self._partition, last.sequence - 1, 1) if last.sequence > 0 else ()
        return bool(rows) and (rows[0].sequence, rows[0].hash) == (last.sequence, last.hash)

    def _warn_if_emptied(self) -> None:
        if self._relayed:
            _log.warning(
                "the stream has lost this partition's records; rewind the relay to publish them again",
                partition=self._partition,
                relayed_sequence=self._relayed,
            )

    async def _step(self) -> None:
        """Publishes the next rows, or waits for some."""
        self._wake.clear()
        if self._rewind_to is not None:
            self._relayed, self._rewind_to, self._rewinding = self._rewind_to, None, True
        rows = _bounded(await self._journal.read_recent(self._partition, self._relayed, BATCH_ROWS))
        if not rows:
            await self._idle()
            return
        self._stream_end = await self._publish(rows)
        self._relayed = rows[-1].sequence
        await self._rewind_done()
        if asyncio.get_running_loop().time() - self._stored_at > _CURSOR_SECONDS:
            await self._store_cursor()
        if len(rows) < BATCH_ROWS:
            await asyncio.sleep(_GATHER_SECONDS)

    async def _publish(self, rows: Sequence[JournalRow]) -> int:
        end = self._stream_end or 0
        try:
            return await self._stream.publish(rows, end)
        except DuplicateIdError:
            # The subject ends where we believe, so these were published further back: after a rewind.
            return await self._stream.publish(rows, end, once_more=True)

    async def _rewind_done(self) -> None:
        """From here on the end of the stream itself tells how far the repetition has come."""
        if self._rewinding:
            await self._journal.move_cursor(REWIND_CURSOR, self._partition, 0)
            self._rewinding = False

    async def _idle(self) -> None:
        if self._relayed == self._stored_cursor:
            await self._wake.wait()
            return
        try:
            async with asyncio.timeout(_CURSOR_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            await self._store_cursor()

    async def _store_cursor(self) -> None:
        self._stored_at = asyncio.get_running_loop().time()
        if self._relayed != self._stored_cursor:
            await self._journal.move_cursor(CURSOR, self._partition, self._relayed)
            self._stored_cursor = self._relayed


def _bounded(rows: Sequence[JournalRow]) -> Sequence[JournalRow]:
    """As many of the first rows as fit into one batch; at least one."""
    octets = 0
    for count, row in enumerate(rows):
        octets += len(row.payload)
        if count and octets > BATCH_OCTETS:
            return rows[:count]
    return rows
