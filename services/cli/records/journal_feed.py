"""The records of a partition, once each, in order: from the bus, or where it lacks them from the journal."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

from services.cli.records.journal_stream import JournalStream
from services.common.runtime.bus import BusUnavailableError
from services.common.runtime.following import FollowedRecord, Step, decide
from services.common.runtime.journal_source import JournalSource, SourceUnavailableError

_CHUNK = 100
_ARRIVAL_SECONDS = 1.0


class JournalFeed:
    """Reads after a sequence. Without a stream (None) it lives on the journal alone."""

    def __init__(
        self,
        partition: int,
        stream: JournalStream | None,
        source: JournalSource,
        after_sequence: int,
    ) -> None:
        self._partition = partition
        self._stream = stream
        self._source = source
        self.sequence = after_sequence
        """Last record that was handed out."""

    async def to_the_head(self) -> AsyncIterator[Sequence[FollowedRecord]]:
        """Everything up to the present head, in handy pieces. Raises SourceUnavailableError."""
        with contextlib.suppress(BusUnavailableError):
            async for records in self._published():
                yield records
        async for records in self._from_journal():
            yield records

    async def for_ever(
        self, look_seconds: float, on_fault: Callable[[str], None]
    ) -> AsyncIterator[Sequence[FollowedRecord]]:
        """Everything, and what comes; an empty piece whenever nothing has come for a while.

        Bus or charging away: waits and goes on. `on_fault` hears why, in words; '' when it is over.
        """
        while True:
            try:
                async for records in self._coming(look_seconds):
                    yield records
                async for records in self._from_journal():
                    yield records
                on_fault("")
            except SourceUnavailableError as error:
                on_fault(str(error))
                await asyncio.sleep(look_seconds)
            yield ()

    async def _published(self) -> AsyncIterator[Sequence[FollowedRecord]]:
        """What the bus has by now. Raises BusUnavailableError, SourceUnavailableError."""
        if self._stream is None or not self._stream.connected:
            return
        last = await self._stream.last_sequence()
        while self.sequence < last:
            # Asking for no more than is there: nothing then waits for what comes.
            missing = last - self.sequence
            arrived = await self._stream.next_records(self.sequence, _ARRIVAL_SECONDS, missing)
            if not arrived:
                return
            async for records in self._in_order(arrived):
                yield records

    async def _coming(self, look_seconds: float) -> AsyncIterator[Sequence[FollowedRecord]]:
        """What the bus brings, until it is quiet for a while or away. Raises SourceUnavailableError."""
        if self._stream is None or not self._stream.connected:
            await asyncio.sleep(look_seconds)
            return
        with contextlib.suppress(BusUnavailableError):
            while arrived := await self._stream.next_records(self.sequence, look_seconds):
                async for records in self._in_order(arrived):
                    yield records

    async def _in_order(self, arrived: Sequence[FollowedRecord]) -> AsyncIterator[Sequence[FollowedRecord]]:
        """Leaves out what was handed out before, and fetches what is missing."""
        following: list[FollowedRecord] = []
        for record in arrived:
            if decide(self.sequence, record.sequence) is Step.FETCH_GAP:
                if following:
                    yield following
                    following = []
                async for records in self._from_journal(record.sequence - 1):
                    yield records
            if decide(self.sequence, record.sequence) is Step.APPLY:
                following.append(record)
                self.sequence = record.sequence
        if following:
            yield following

    async def _from_journal(self, until: int | None = None) -> AsyncIterator[Sequence[FollowedRecord]]:
        """What follows, up to a sequence or the head. Raises SourceUnavailableError."""
        while until is None or self.sequence < until:
            begun_at = self.sequence
            try:
                async for records in self._one_reading(until):
                    yield records
            except SourceUnavailableError:
                # A reading that took too long is taken up where it ended.
                if self.sequence == begun_at:
                    raise
            else:
                if until is not None and self.sequence < until:
                    raise SourceUnavailableError(
                        f"the journal ends at record {self.sequence}, and the bus has record {until + 1}"
                    )
                return

    async def _one_reading(self, until: int | None) -> AsyncIterator[Sequence[FollowedRecord]]:
        """Handed out means that the caller has it: a piece that a fault cuts off is read again."""
        chunk: list[FollowedRecord] = []
        async with contextlib.aclosing(self._source.read(self._partition, self.sequence)) as records:
            async for record in records:
                chunk.append(record)
                if len(chunk) == _CHUNK or record.sequence == until:
                    self.sequence = record.sequence
                    yield chunk
                    chunk = []
                if record.sequence == until:
                    return
        if chunk:
            self.sequence = chunk[-1].sequence
            yield chunk
