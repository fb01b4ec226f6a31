"""The charging journal in memory, with faults to order: commits held back, lost, or not answered."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum

from services.charging.application.ports import (
    CommitFailedError,
    FencedError,
    JournalError,
    Snapshot,
)
from services.charging.domain.hash_chain import GENESIS_HASH, JournalRow


class Fault(Enum):
    """What an append meets."""

    NOT_WRITTEN = "nothing is written, and that is certain"
    ANSWER_LOST = "the row is written, but the outcome stays unknown"
    UNKNOWN_NOT_WRITTEN = "nothing is written, and the outcome stays unknown"


class MemoryJournal:
    """Fulfils the Journal port for one partition. Rows outlive the writer that wrote them."""

    def __init__(self) -> None:
        self.rows: list[JournalRow] = []
        self.epoch = 0
        self.kept_snapshots: list[Snapshot] = []
        self.append_faults: deque[Fault] = deque()
        """Met by the next appends, one each."""
        self.read_faults: deque[Exception] = deque()
        """Raised by the next reads, one each."""
        self.appending = 0
        """Appends that were begun."""
        self._cursors: dict[str, int] = {}
        self._may_commit = asyncio.Event()
        self._may_commit.set()

    def hold(self) -> None:
        """Appends wait from now on."""
        self._may_commit.clear()

    def let_go(self) -> None:
        """Held appends go on."""
        self._may_commit.set()

    def corrupt(self, sequence: int) -> None:
        """Changes one octet of a record behind everybody's back."""
        row = self.rows[sequence - 1]
        self.rows[sequence - 1] = replace(row, payload=row.payload[:-1] + bytes([row.payload[-1] ^ 1]))

    async def take_over(
        self, partition: int, owner: str, opening: Callable[[int, int, bytes], JournalRow]
    ) -> JournalRow:
        """Bumps the epoch and inserts the opening record."""
        self.epoch += 1
        last = self.rows[-1] if self.rows else None
        sequence, previous = (1, GENESIS_HASH) if last is None else (last.sequence + 1, last.hash)
        self.rows.append(opening(self.epoch, sequence, previous))
        return self.rows[-1]

    async def append(self, row: JournalRow) -> None:
        """Commits, after the wait and the fault that were ordered."""
        self.appending += 1
        await self._may_commit.wait()
        if row.epoch != self.epoch:
            raise FencedError(f"record {row.sequence}: epoch {row.epoch} is over")
        fault = self.append_faults.popleft() if self.append_faults else None
        if fault is Fault.NOT_WRITTEN:
            raise CommitFailedError(f"record {row.sequence} was not written: the disk is full")
        if fault is Fault.UNKNOWN_NOT_WRITTEN:
            raise JournalError(f"record {row.sequence}: nobody knows")
        assert row.sequence == len(self.rows) + 1
        assert row.previous_hash == (self.rows[-1].hash if self.rows else GENESIS_HASH)
        self.rows.append(row)
        if fault is Fault.ANSWER_LOST:
            raise JournalError(f"record {row.sequence}: nobody knows")

    async def read(self, partition: int, after_sequence: int, limit: int) -> Sequence[JournalRow]:
        """Rows after a sequence."""
        if self.read_faults:
            raise self.read_faults.popleft()
        return self.rows[after_sequence : after_sequence + limit]

    async def head(self, partition: int) -> JournalRow | None:
        """The last row."""
        return self.rows[-1] if self.rows else None

    async def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keeps the last two."""
        self.kept_snapshots = [snapshot, *self.kept_snapshots][:2]

    async def snapshots(self, partition: int) -> Sequence[Snapshot]:
        """Newest first."""
        return list(self.kept_snapshots)

    async def cursor(self, name: str, partition: int) -> int:
        """How far a named reader has come."""
        return self._cursors.get(name, 0)

    async def move_cursor(self, name: str, partition: int, sequence: int) -> None:
        """Keeps how far a named reader has come."""
        self._cursors[name] = sequence
