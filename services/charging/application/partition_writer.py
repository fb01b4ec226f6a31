"""The one writer of a partition: memory first, group commit, reply after commit (DESIGN 3.2).

A request is looked up in the duplicate table, decided, applied to memory and
added to the open batch, all without awaiting; then it waits for that batch's
commit. While one batch is being committed the next one collects, so batches
grow with the load and no timer is needed. The handler never owns the change:
a caller that goes away changes nothing about the commit.

Any commit error throws memory away and replays the journal. A writer that
finds itself fenced stops answering at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from services.charging.application.batch import Batch, BatchQueue
from services.charging.application.ports import (
    Codec,
    CommitFailedError,
    FencedError,
    Journal,
    JournalCorruptError,
    JournalError,
    RecordHead,
)
from services.charging.application.recovery import Committed, Recovery
from services.charging.application.replay import Position
from services.charging.domain import reasons
from services.charging.domain.answers import Answer
from services.charging.domain.apply import apply_entry
from services.charging.domain.commands import Command
from services.charging.domain.decisions.decide import decide
from services.charging.domain.decisions.decision import Decided, Moment
from services.charging.domain.events import Entry
from services.charging.domain.hash_chain import GENESIS_HASH, chained
from services.charging.domain.state import PartitionState
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.clock import EPOCH, Clock
from services.common.kernel.outcome import Reason, Refused, RefusedError

_log = logging.getLogger(__name__)

T = TypeVar("T")


class Phase(Enum):
    """Where a partition stands."""

    STARTING = "starting"
    SERVING = "serving"
    DRAINING = "draining"
    FENCED = "fenced"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Submission:
    """A command with what makes it repeatable: duplicate key, request digest, encoder of the answer."""

    command: Command
    key: bytes
    digest: bytes
    encode: Callable[[Answer], bytes]


class PartitionWriter:
    """Holds one partition in memory and writes its journal. Belongs to one event loop."""

    def __init__(self, partition: int, owner: str, journal: Journal, codec: Codec, clock: Clock) -> None:
        self.partition = partition
        self.state = PartitionState()
        self.tariffs = Tariffs()
        self.phase = Phase.STARTING
        self.detail = "replaying the journal"
        self.epoch = 0
        self.head_sequence = 0
        self.head_hash = GENESIS_HASH
        self.head_recorded_at = EPOCH
        self.replayed_records = 0
        self._journal = journal
        self._codec = codec
        self._clock = clock
        self._recovery = Recovery(partition, owner, journal, codec, clock)
        self._batches = BatchQueue()
        self._tainted = False
        self._draining = False
        self._wake = asyncio.Event()
        self._listeners: list[Callable[[Committed], None]] = []
        self._phase_listeners: list[Callable[[Phase], None]] = []
        self._sealed_listeners: list[Callable[[Batch, PartitionState], None]] = []

    def on_commit(self, listener: Callable[[Committed], None]) -> None:
        """Calls a listener after each commit. It must not block or raise."""
        self._listeners.append(listener)

    def on_seal(self, listener: Callable[[Batch, PartitionState], None]) -> None:
        """Calls a listener when memory stands exactly after a batch that is about to be committed."""
        self._sealed_listeners.append(listener)

    def on_phase(self, listener: Callable[[Phase], None]) -> None:
        """Calls a listener whenever the partition begins or ceases to serve. It must not block or raise."""
        self._phase_listeners.append(listener)

    async def open(self) -> None:
        """Replays, takes the partition over, and serves.

        A corrupt journal leaves the writer STOPPED with the record in
        `detail`; nothing is written. Raises FencedError where another process
        took the partition at the same moment.
        """
        try:
            position, self.epoch = await self._recovery.take_over()
        except JournalCorruptError as error:
            self._stop(Phase.STOPPED, str(error))
            return
        self._adopt(position)

    async def execute(self, submission: Submission) -> bytes:
        """Decides a command and returns its encoded answer once it is durable.

        Raises RefusedError: the command's own refusals, DUPLICATE_DIFFERS, and
        UNAVAILABLE ones after which the same request may be sent again.
        """
        self.require_serving()
        if submission.key in self.state.answers:
            known = await self.known_answer(submission.key, submission.digest)
            assert known is not None
            return known
        batch = self._batches.open(self.head_sequence)
        moment = Moment(self._clock.now(), batch.next_entry_id(self.partition))
        decision = decide(self.state, self.tariffs, submission.command, moment)
        if isinstance(decision, Refused):
            await self.gate()
            raise RefusedError(decision)
        answer = submission.encode(decision.answer)
        if decision.events:
            self._record(batch, decision, moment, submission, answer)
            await _outcome(batch)
        else:
            await self.gate()
        return answer

    async def known_answer(self, key: bytes, digest: bytes) -> bytes | None:
        """The answer given to this very request before, once it is durable.

        Raises RefusedError where its content differs, and while memory is not
        the journal's: what a failed commit left there was never so.
        """
        self.require_serving()
        known = self.state.answers.get(key) if key else None
        if known is None:
            return None
        await self.gate()
        if known.request_digest != digest:
            raise RefusedError(
                Refused(reasons.DUPLICATE_DIFFERS, "the same key was used before with another content")
            )
        return known.answer

    def preview(self, command: Command) -> Decided | Refused:
        """What a command would come to now. Nothing is changed or promised."""
        self.require_serving()
        return decide(self.state, self.tariffs, command, Moment(self._clock.now(), "0-0-0"))

    async def read(self, look: Callable[[PartitionState], T]) -> tuple[T, int]:
        """Looks at memory and returns once what was seen is durable.

        Beside it, a sequence up to which everything is included; changes after
        it carry after-images, so applying one twice does no harm.
        """
        self.require_serving()
        seen = look(self.state)
        sequence = self.sealed_sequence
        await self.gate()
        return seen, sequence

    @property
    def settled(self) -> bool:
        """True where memory is exactly what the journal holds up to the head."""
        idle = self._batches.last is None and not self._tainted
        return idle and self.phase in {Phase.SERVING, Phase.DRAINING}

    @property
    def sealed_sequence(self) -> int:
        """Last sequence to which nothing can be added any more."""
        return self._batches.sealed_sequence(self.head_sequence)

    async def gate(self) -> None:
        """Waits until everything decided so far is durable: nobody is told what a crash could take back."""
        last = self._batches.last
        if last is not None:
            await _outcome(last)

    async def run(self) -> None:
        """Commits batches until cancelled. Raises FencedError when another writer has taken over."""
        while True:
            await self._wake.wait()
            if self._tainted:
                self._fail_all(reasons.COMMIT_FAILED, "a fault inside; nothing was changed")
                await self._reload()
            if not self._batches.waiting:
                self._wake.clear()
                continue
            batch = self._batches.seal()
            if not self._batches.waiting:
                for listener in self._sealed_listeners:
                    listener(batch, self.state)
            await self._commit(batch)

    def fence(self, detail: str) -> None:
        """Another writer has the partition: nothing is answered here any more."""
        self._stop(Phase.FENCED, detail)
        self._fail_all(reasons.FENCED, "another process has taken this partition over")

    async def drain(self) -> None:
        """Refuses new requests and waits until every accepted one is durable."""
        self._draining = True
        if self.phase is Phase.SERVING:
            self._enter_service()
        try:
            await self.gate()
        except RefusedError:
            _log.warning("the last batch was not committed; its callers know")

    def _record(
        self, batch: Batch, decision: Decided, moment: Moment, submission: Submission, answer: bytes
    ) -> None:
        entry = Entry(
            moment.now, decision.operation, decision.events, submission.key, submission.digest, answer
        )
        encoded = self._codec.encode_entry(entry)
        self._batches.keep(batch)
        try:
            apply_entry(self.state, entry)
        except Exception:
            # Memory can no longer be trusted; what is in flight is, and the journal is.
            self._enter(Phase.STARTING, "replaying the journal after a fault in memory")
            self._tainted = True
            self._wake.set()
            raise
        batch.add(entry, encoded)
        self._wake.set()

    async def _commit(self, batch: Batch) -> None:
        head = RecordHead(self.partition, batch.sequence, self.epoch, batch.batch_id, self._clock.now())
        payload = self._codec.encode_record(head, batch.encoded)
        row = chained(self.partition, batch.sequence, self.epoch, head.batch_id, self.head_hash, payload)
        try:
            await self._journal.append(row)
        except FencedError as error:
            self.fence(str(error))
            raise
        except JournalError as error:
            _log.error("commit failed, replaying the journal: %s", error)
            self._fail_all(reasons.COMMIT_FAILED, _what_became_of_it(error))
            await self._reload()
        else:
            self.head_sequence, self.head_hash = row.sequence, row.hash
            self.head_recorded_at = head.recorded_at
            self._batches.in_flight = None
            batch.committed.set_result(None)
            self._tell(Committed(row, batch.entries))

    async def _reload(self) -> None:
        """Throws memory away and replays, for as long as the database needs to come back."""
        self._enter(Phase.STARTING, "replaying the journal after a failed commit")
        try:
            position, missed = await self._recovery.come_back(self.head_sequence, self._in_trouble)
        except JournalCorruptError as error:
            self._stop(Phase.STOPPED, str(error))
            return
        self._adopt(position)
        for committed in missed:
            self._tell(committed)

    def _in_trouble(self, detail: str) -> None:
        self.detail = detail

    def _tell(self, committed: Committed) -> None:
        for listener in self._listeners:
            listener(committed)

    def _adopt(self, position: Position) -> None:
        self.state = position.state
        self.head_sequence, self.head_hash = position.sequence, position.hash
        self.head_recorded_at = position.recorded_at
        self.replayed_records = position.records
        self._batches.in_flight = None
        self._tainted = False
        self._enter_service()
        _log.info(
            "partition %s stands at record %s, %s of them replayed",
            self.partition,
            position.sequence,
            position.records,
        )

    def _enter_service(self) -> None:
        """Serves; a drain that began before a replay is not forgotten over it."""
        if self._draining:
            self._enter(Phase.DRAINING, "shutting down")
        else:
            self._enter(Phase.SERVING, "")

    def _fail_all(self, reason: Reason, message: str) -> None:
        self._batches.fail(RefusedError(Refused(reason, message)))

    def _enter(self, phase: Phase, detail: str) -> None:
        self.phase, self.detail = phase, detail
        for listener in self._phase_listeners:
            listener(phase)

    def _stop(self, phase: Phase, detail: str) -> None:
        self._enter(phase, detail)
        _log.error("partition %s %s: %s", self.partition, phase.value, detail)

    def require_serving(self) -> None:
        """Raises RefusedError while the partition does not serve: then memory answers nothing."""
        if self.phase is Phase.SERVING:
            return
        reason = {Phase.FENCED: reasons.FENCED, Phase.STOPPED: reasons.JOURNAL_CORRUPT}.get(
            self.phase, reasons.PARTITION_UNAVAILABLE
        )
        raise RefusedError(
            Refused(reason, f"partition {self.partition} is {self.phase.value}: {self.detail}")
        )


def _what_became_of_it(error: JournalError) -> str:
    if isinstance(error, CommitFailedError):
        return "the journal could not be written; nothing was changed; send the same request again"
    return "the journal does not say whether it was written; send the same request again to learn it"


async def _outcome(batch: Batch) -> None:
    """Waits for a batch; a cancelled waiter does not cancel it."""
    await asyncio.shield(batch.committed)
