"""tidemark.charging.v1.JournalService: the journal read, checked and sent again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from typing import Any, Protocol

from tidemark.charging.v1 import journal_api_pb2, journal_api_pb2_grpc, journal_pb2

from services.charging.application.partition_view import PartitionView
from services.charging.application.partition_writer import Phase
from services.charging.application.ports import Journal
from services.charging.application.verify_journal import verify_journal
from services.charging.domain import reasons
from services.charging.domain.hash_chain import JournalRow
from services.common.kernel.outcome import Refused, RefusedError

PAGE_ROWS = 64
MAX_SEQUENCE = 2**63 - 1
"""What the database can hold; the contract's uint64 reaches further."""

# A follower at the head learns within this time that the partition has ended here.
PHASE_SECONDS = 1.0

_STATES = {
    Phase.STARTING: journal_api_pb2.PARTITION_STATE_STARTING,
    Phase.SERVING: journal_api_pb2.PARTITION_STATE_SERVING,
    Phase.DRAINING: journal_api_pb2.PARTITION_STATE_DRAINING,
    Phase.FENCED: journal_api_pb2.PARTITION_STATE_FENCED,
    Phase.STOPPED: journal_api_pb2.PARTITION_STATE_STOPPED,
}
_ENDED = {Phase.FENCED: reasons.FENCED, Phase.STOPPED: reasons.JOURNAL_CORRUPT}


class ReadableJournal(Journal, Protocol):
    """A journal that also answers from memory what it has just committed."""

    async def read_recent(self, partition: int, after_sequence: int, limit: int) -> Sequence[JournalRow]:
        """As `read`; the rows may come from memory."""


class Relay(Protocol):
    """The part of a partition's relay that is seen here."""

    @property
    def relayed_sequence(self) -> int:
        """Last record on the bus."""

    async def rewind(self, after_sequence: int) -> None:
        """Publishes every later record again."""


class JournalServicer(journal_api_pb2_grpc.JournalServiceServicer):
    """Serves the partitions of this process. `stopping` (the server's) ends streams in good order."""

    def __init__(
        self,
        journal: ReadableJournal,
        partitions: Iterable[tuple[PartitionView, Relay]],
        stopping: asyncio.Event,
    ) -> None:
        self._journal = journal
        self._partitions = {view.partition: (view, relay) for view, relay in partitions}
        self._stopping = stopping

    async def ReadJournal(
        self, request: journal_api_pb2.ReadJournalRequest, _context: Any
    ) -> AsyncIterator[journal_api_pb2.ReadJournalResponse]:
        """Streams records after a sequence, page by page; see the contract."""
        view, _ = self._find(request.partition)
        head_sequence, _ = view.head
        if request.after_sequence > head_sequence and view.phase is Phase.SERVING:
            raise _beyond(request.after_sequence, f"the journal ends at {head_sequence}")
        sequence, left = min(request.after_sequence, MAX_SEQUENCE), request.maximum_records or None
        while left is None or left > 0:
            page = await self._next_page(view, sequence, min(PAGE_ROWS, left or PAGE_ROWS), request.follow)
            for row in page:
                yield _response(row)
                sequence = row.sequence
            if not page:
                return
            left = None if left is None else left - len(page)

    async def GetJournalStatus(
        self, request: journal_api_pb2.GetJournalStatusRequest, _context: Any
    ) -> journal_api_pb2.GetJournalStatusResponse:
        """Where a partition stands. Walks its state for counts and digest."""
        view, relay = self._find(request.partition)
        counts = await view.counts()
        status = journal_api_pb2.GetJournalStatusResponse(
            partition=view.partition,
            state=_STATES[view.phase],
            detail=view.detail,
            relayed_sequence=relay.relayed_sequence,
            snapshot_sequence=counts.snapshot_sequence,
            accounts=counts.accounts,
            open_sessions=counts.open_sessions,
            state_digest=counts.state_digest,
        )
        await self._fill_head(status, *view.head)
        return status

    async def VerifyJournal(
        self, request: journal_api_pb2.VerifyJournalRequest, _context: Any
    ) -> journal_api_pb2.VerifyJournalResponse:
        """Walks the chain as the database has it, up to the record last acknowledged at least."""
        view, _ = self._find(request.partition)
        found = await verify_journal(self._journal, request.partition, acknowledged=view.head)
        return journal_api_pb2.VerifyJournalResponse(
            intact=found.intact,
            records=found.records,
            fault_sequence=0 if found.fault is None else found.fault.sequence,
            detail="" if found.fault is None else str(found.fault),
        )

    async def RewindRelay(
        self, request: journal_api_pb2.RewindRelayRequest, _context: Any
    ) -> journal_api_pb2.RewindRelayResponse:
        """Sets the relay back; refuses to set it forward, which would leave records out."""
        _, relay = self._find(request.partition)
        if request.after_sequence > relay.relayed_sequence:
            raise _beyond(request.after_sequence, f"the relay has come to {relay.relayed_sequence}")
        await relay.rewind(request.after_sequence)
        return journal_api_pb2.RewindRelayResponse(relayed_sequence=relay.relayed_sequence)

    async def _next_page(
        self, view: PartitionView, sequence: int, limit: int, follow: bool
    ) -> Sequence[JournalRow]:
        """The next rows; with `follow` waits for them. Empty at the head, or when the server drains."""
        while not self._stopping.is_set():
            page = await self._journal.read_recent(view.partition, sequence, limit)
            if page or not follow:
                return page
            if view.phase in _ENDED:
                raise RefusedError(Refused(_ENDED[view.phase], view.detail))
            await _first_of(view.committed_beyond(sequence), self._stopping.wait())
        return ()

    async def _fill_head(
        self, status: journal_api_pb2.GetJournalStatusResponse, sequence: int, row_hash: bytes
    ) -> None:
        """Epoch and time of the last record are what the record itself says."""
        status.head_sequence, status.head_hash = sequence, row_hash
        for row in await self._journal.read_recent(status.partition, sequence - 1, 1) if sequence else ():
            status.epoch = row.epoch
            status.head_recorded_at.CopyFrom(journal_pb2.JournalRecord.FromString(row.payload).recorded_at)

    def _find(self, partition: int) -> tuple[PartitionView, Relay]:
        found = self._partitions.get(partition)
        if found is None:
            message = f"partition {partition} is not served here"
            raise RefusedError(Refused(reasons.PARTITION_UNKNOWN, message, "partition"))
        return found


def _response(row: JournalRow) -> journal_api_pb2.ReadJournalResponse:
    return journal_api_pb2.ReadJournalResponse(
        partition=row.partition,
        sequence=row.sequence,
        epoch=row.epoch,
        previous_hash=row.previous_hash,
        hash=row.hash,
        payload=row.payload,
    )


def _beyond(asked: int, limit: str) -> RefusedError:
    return RefusedError(
        Refused(reasons.FIELD_INVALID, f"there is no record {asked} yet: {limit}", "after_sequence")
    )


async def _first_of(*waits: Coroutine[Any, Any, Any]) -> None:
    """Returns when the first of some coroutines does, or after PHASE_SECONDS; cancels the others."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, timeout=PHASE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
