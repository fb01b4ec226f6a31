"""tidemark.charging.v1.JournalService: the journal read, checked and sent again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Protocol

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import journal_api_pb2, journal_api_pb2_grpc

from services.charging.application.partition_view import PartitionState, PartitionView
from services.charging.application.ports import Journal
from services.charging.application.verify_journal import verify_journal
from services.charging.domain import reasons
from services.charging.domain.hash_chain import JournalRow
from services.common.kernel.clock import SECOND, Instant
from services.common.kernel.outcome import Refused, RefusedError

PAGE_ROWS = 64
MAX_SEQUENCE = 2**63 - 1
"""What the database can hold; the contract's uint64 reaches further."""

_STATES = {
    PartitionState.STARTING: journal_api_pb2.PARTITION_STATE_STARTING,
    PartitionState.SERVING: journal_api_pb2.PARTITION_STATE_SERVING,
    PartitionState.DRAINING: journal_api_pb2.PARTITION_STATE_DRAINING,
    PartitionState.FENCED: journal_api_pb2.PARTITION_STATE_FENCED,
    PartitionState.STOPPED: journal_api_pb2.PARTITION_STATE_STOPPED,
}
_ENDED = {PartitionState.FENCED: reasons.FENCED, PartitionState.STOPPED: reasons.PARTITION_UNAVAILABLE}


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
        if request.after_sequence > view.head.sequence and view.state is PartitionState.SERVING:
            raise _beyond("after_sequence", request.after_sequence, view.head.sequence, "the journal ends at")
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
        head, counts = view.head, await view.counts()
        return journal_api_pb2.GetJournalStatusResponse(
            partition=view.partition,
            state=_STATES[view.state],
            detail=view.detail,
            epoch=head.epoch,
            head_sequence=head.sequence,
            head_hash=head.hash,
            relayed_sequence=relay.relayed_sequence,
            snapshot_sequence=counts.snapshot_sequence,
            head_recorded_at=_timestamp(head.recorded_at) if head.sequence else None,
            accounts=counts.accounts,
            open_sessions=counts.open_sessions,
            state_digest=counts.state_digest,
        )

    async def VerifyJournal(
        self, request: journal_api_pb2.VerifyJournalRequest, _context: Any
    ) -> journal_api_pb2.VerifyJournalResponse:
        """Walks the chain as the database has it, up to the record last acknowledged at least."""
        view, _ = self._find(request.partition)
        acknowledged = (view.head.sequence, view.head.hash) if view.head.sequence else None
        found = await verify_journal(self._journal, request.partition, acknowledged=acknowledged)
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
            raise _beyond(
                "after_sequence", request.after_sequence, relay.relayed_sequence, "the relay has only come to"
            )
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
            if view.state in _ENDED:
                raise RefusedError(Refused(_ENDED[view.state], view.detail or "the partition has ended here"))
            await _first_of(view.committed_beyond(sequence), self._stopping.wait())
        return ()

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


def _beyond(field: str, asked: int, limit: int, what: str) -> RefusedError:
    return RefusedError(Refused(reasons.FIELD_INVALID, f"{asked} is too far: {what} {limit}", field))


def _timestamp(at: Instant) -> Timestamp:
    return Timestamp(seconds=at // SECOND, nanos=at % SECOND * 1_000)


async def _first_of(*waits: Any) -> None:
    """Returns when the first of some coroutines does; the others are cancelled."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
