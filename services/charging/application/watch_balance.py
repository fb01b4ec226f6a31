"""Watching a balance: first the present state, or what was missed, then every change.

A watcher has a bounded queue. One that does not keep up is told so and ended;
it never holds up charging or other watchers.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from services.charging.application.partition_writer import PartitionWriter
from services.charging.application.ports import Codec, Journal
from services.charging.application.read_account import ReadAccount
from services.charging.application.recovery import Committed
from services.charging.domain import reasons
from services.charging.domain.answers import AccountView
from services.charging.domain.events import BucketMoved, BucketOpened, Entry
from services.common.kernel.clock import EPOCH, Instant
from services.common.kernel.outcome import Refused, RefusedError

Move = BucketMoved | BucketOpened

QUEUE_CHANGES = 1_000
PAGE_ROWS = 200


@dataclass(frozen=True, slots=True)
class Present:
    """The account as it stands after a sequence (later changes may show in it already)."""

    sequence: int
    view: AccountView


@dataclass(frozen=True, slots=True)
class Change:
    """All movements that one journal record made on the account."""

    sequence: int
    occurred_at: Instant
    moves: tuple[Move, ...]


class _Watcher:
    def __init__(self) -> None:
        self.changes: deque[Change] = deque()
        self.overrun = False
        self.ready = asyncio.Event()

    def offer(self, change: Change) -> None:
        # After an overrun nothing is taken any more: a watcher sees changes without a gap, or none.
        self.overrun = self.overrun or len(self.changes) >= QUEUE_CHANGES
        if not self.overrun:
            self.changes.append(change)
        self.ready.set()

    async def next(self) -> Change:
        while not self.changes:
            if self.overrun:
                raise RefusedError(
                    Refused(reasons.WATCHER_TOO_SLOW, "open again after the last sequence seen")
                )
            self.ready.clear()
            await self.ready.wait()
        return self.changes.popleft()


class WatchBalance:
    """Streams accounts. Listens to the writer's commits."""

    def __init__(self, writer: PartitionWriter, reader: ReadAccount, journal: Journal, codec: Codec) -> None:
        self._writer = writer
        self._reader = reader
        self._journal = journal
        self._codec = codec
        self._watchers: dict[str, set[_Watcher]] = {}
        writer.on_commit(self._committed)

    async def __call__(
        self, account_id: str, after_sequence: int | None
    ) -> AsyncGenerator[Present | Change, None]:
        """Endless: ends by being closed. Raises RefusedError where the caller does not keep up."""
        watcher = _Watcher()
        watchers = self._watchers.setdefault(account_id, set())
        watchers.add(watcher)
        try:
            if after_sequence is None:
                view, last = await self._reader.view(account_id)
                yield Present(last, view)
            else:
                last = after_sequence
                async for change in self._missed(account_id, after_sequence):
                    last = change.sequence
                    yield change
            while True:
                change = await watcher.next()
                if change.sequence > last:
                    last = change.sequence
                    yield change
        finally:
            watchers.discard(watcher)
            if not watchers:
                self._watchers.pop(account_id, None)

    async def _missed(self, account_id: str, after_sequence: int) -> AsyncIterator[Change]:
        head = self._writer.head_sequence
        if after_sequence > head:
            raise RefusedError(
                Refused(reasons.FIELD_INVALID, f"the journal is at {head} only", "after_sequence")
            )
        while after_sequence < head:
            rows = await self._journal.read(self._writer.partition, after_sequence, PAGE_ROWS)
            if not rows:
                return
            for row in rows:
                _, entries = self._codec.decode_record(row.payload)
                for changed, change in changes_of(row.sequence, entries):
                    if changed == account_id:
                        yield change
            after_sequence = rows[-1].sequence

    def _committed(self, committed: Committed) -> None:
        if not self._watchers:
            return
        for account_id, change in changes_of(committed.row.sequence, committed.entries):
            for watcher in self._watchers.get(account_id, ()):
                watcher.offer(change)


def changes_of(sequence: int, entries: Sequence[Entry]) -> Iterator[tuple[str, Change]]:
    """What a record did to each account's buckets."""
    moves: dict[str, list[Move]] = {}
    at = EPOCH
    for entry in entries:
        for event in entry.events:
            if isinstance(event, Move):
                account_id = event.account_id if isinstance(event, BucketMoved) else event.bucket.account_id
                moves.setdefault(account_id, []).append(event)
                at = entry.decided_at
    for account_id, moved in moves.items():
        yield account_id, Change(sequence, at, tuple(moved))
