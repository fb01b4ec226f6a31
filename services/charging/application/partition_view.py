"""What a partition's writer lets others see: where it stands, and when a record is committed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from services.common.kernel.clock import Instant


class PartitionState(Enum):
    """Whether a partition serves. FENCED and STOPPED are final for this process."""

    STARTING = "starting"
    SERVING = "serving"
    DRAINING = "draining"
    FENCED = "fenced"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class JournalHead:
    """The last record that is committed. Sequence 0 and no hash before the first."""

    sequence: int
    hash: bytes
    epoch: int
    recorded_at: Instant


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
    def state(self) -> PartitionState:
        """Whether it serves."""

    @property
    def detail(self) -> str:
        """For people: why it does not serve; empty where it does."""

    @property
    def head(self) -> JournalHead:
        """The last committed record."""

    async def counts(self) -> PartitionCounts:
        """Walks the whole state; for a status page, not for every call."""

    async def committed_beyond(self, sequence: int) -> None:
        """Returns as soon as a later record is committed, or the partition ends. See CommitSignal."""


class CommitSignal:
    """Wakes those who wait for a commit; costs a comparison where nobody waits."""

    def __init__(self, sequence: int = 0) -> None:
        self._sequence = sequence
        self._ended = False
        self._next: asyncio.Future[None] | None = None

    def advance(self, sequence: int) -> None:
        """Records up to `sequence` are committed."""
        self._sequence = sequence
        self._wake()

    def end(self) -> None:
        """Nothing more will be committed here: nobody waits any longer."""
        self._ended = True
        self._wake()

    async def beyond(self, sequence: int) -> None:
        """Returns as soon as a record after `sequence` is committed, or at the end."""
        while self._sequence <= sequence and not self._ended:
            if self._next is None:
                self._next = asyncio.get_running_loop().create_future()
            # Shielded: one waiter who gives up must not cancel it for the others.
            await asyncio.shield(self._next)

    def _wake(self) -> None:
        if self._next is not None:
            self._next.set_result(None)
            self._next = None
