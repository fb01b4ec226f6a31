"""What lies on the bus, and streams that fail in a chosen way, for tests of charging's relay."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from services.charging.adapters.relay import JournalRelay
from services.charging.adapters.relay_stream import STREAM, JournalStream
from services.charging.domain.hash_chain import JournalRow
from services.common.runtime.background import BackgroundTasks
from services.common.runtime.bus import Bus, BusUnavailableError


@dataclass(frozen=True, slots=True)
class Published:
    """One message of the stream."""

    subject: str
    headers: dict[str, str]
    payload: bytes

    @property
    def sequence(self) -> int:
        """The record's sequence in the journal."""
        return int(self.headers["Tidemark-Sequence"])


async def published(bus: Bus) -> list[Published]:
    """Every message of the stream, in its order."""
    state = (await bus.jetstream.stream_info(STREAM)).state
    messages = [
        await bus.jetstream.get_msg(STREAM, seq) for seq in range(state.first_seq or 1, state.last_seq + 1)
    ]
    return [Published(m.subject or "", dict(m.headers or {}), m.data or b"") for m in messages]


@contextlib.asynccontextmanager
async def running(relay: JournalRelay) -> AsyncIterator[JournalRelay]:
    """A relay that runs beside the block, and is ended as a crash would: without storing its cursor."""
    tasks = BackgroundTasks(asyncio.Event())
    tasks.start("relay", relay.run())
    try:
        yield relay
    finally:
        await tasks.close()


class LosingAnswers(JournalStream):
    """Publishes, and then loses the answer of the first batches."""

    lost_answers = 0
    to_lose = 1

    async def publish(
        self, rows: Sequence[JournalRow], after_stream_sequence: int, *, once_more: bool = False
    ) -> int:
        """As the real one; the answer does not always arrive."""
        stored = await super().publish(rows, after_stream_sequence, once_more=once_more)
        if self.lost_answers < self.to_lose:
            self.lost_answers += 1
            raise BusUnavailableError("the answer was lost")
        return stored


class EndingAfter(JournalStream):
    """Stores some batches; the next one never gets through."""

    batches = 1

    async def publish(
        self, rows: Sequence[JournalRow], after_stream_sequence: int, *, once_more: bool = False
    ) -> int:
        """As the real one, until the batches are used up."""
        if self.batches == 0:
            await asyncio.Event().wait()
        stored = await super().publish(rows, after_stream_sequence, once_more=once_more)
        self.batches -= 1
        return stored
