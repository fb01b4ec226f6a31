"""Follows charging's journal: the bus first, the journal itself for what is missing.

The effect of a record and the new position are stored in one transaction, so a
crash anywhere leaves both or neither. With the bus away, or quiet, the follower
looks at the journal from time to time and catches up without it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import operator
from collections.abc import Callable, Iterable, Sequence

from sqlmodel import Session

from services.common.runtime.bus import Bus
from services.common.runtime.bus_consumer import ConsumerSpec, Delivery, consume_batches
from services.common.runtime.database import Database
from services.common.runtime.following import FollowedRecord, Step, decide
from services.common.runtime.following_batches import Apply, InBatches, in_batches, run_after
from services.common.runtime.following_state import FollowerStatus, PartitionState
from services.common.runtime.journal_messages import JOURNAL_STREAM, JOURNAL_SUBJECT, followed
from services.common.runtime.journal_source import JournalSource, SourceUnavailableError
from services.common.runtime.logs import get_logger
from services.common.runtime.tables import FollowerPosition

_log = get_logger(__name__)

_PULLED = 256
"""Records asked of the bus at a time: the most that one transaction of live records can hold."""

After = Callable[[Sequence[FollowedRecord]], None]


class BrokenJournalError(Exception):
    """The journal's read API left a record out. Nothing after it is applied."""


class PositionMovedError(Exception):
    """The stored position is behind the one in memory: somebody restored or edited the database."""


class JournalFollower:
    """Applies every record of some partitions to a database, once each and in order.

    `name` is the follower's own and must stay: position and durable consumer
    go by it. `apply` runs inside a transaction in a worker thread; it may run
    again after a rollback, and must touch nothing but the session. Without a
    bus (None) the follower lives on the journal alone. `InBatches` is for
    effects that cost less together than one by one; how long a live record may
    then wait for others, while they keep coming, is `linger_seconds` (a record
    that comes after a quiet moment never waits).

    `after` is called on the event loop, in order, after each commit, with the
    records that it really applied. It is for caches and for waking workers, and
    no proof: a crash, or a commit whose answer is lost, leaves it out. What it
    raises is logged, since the records stay applied.
    """

    def __init__(
        self,
        name: str,
        database: Database,
        bus: Bus | None,
        source: JournalSource,
        apply: Apply | InBatches,
        partitions: Iterable[int] = (0,),
        look_seconds: float = 2.0,
        linger_seconds: float = 0.02,
        after: After | None = None,
    ) -> None:
        self._name = name
        self._database = database
        self._bus = bus
        self._source = source
        self._batches = in_batches(apply)
        self._look_seconds = look_seconds
        self._linger_seconds = linger_seconds
        self._after = after
        self._partitions = {partition: PartitionState() for partition in partitions}

    async def run(self, acknowledge_seconds: float = 30) -> None:
        """Follows until cancelled. Faults of bus, journal and `apply` are logged and tried again."""
        async with asyncio.TaskGroup() as group:
            for partition in self._partitions:
                group.create_task(self._look_again_and_again(partition))
                if self._bus is not None:
                    spec = ConsumerSpec(
                        JOURNAL_STREAM,
                        f"{self._name}-{partition}",
                        f"{JOURNAL_SUBJECT}.{partition}",
                        attempts=None,  # order matters: nothing may be parked and passed over
                        acknowledge_seconds=acknowledge_seconds,
                        batch=_PULLED,
                        linger_seconds=self._linger_seconds,
                    )
                    group.create_task(consume_batches(self._bus, spec, self._on_deliveries))

    async def receive(self, record: FollowedRecord) -> None:
        """As `receive_all`, for one record."""
        await self.receive_all([record])

    async def receive_all(self, records: Sequence[FollowedRecord]) -> None:
        """Takes records of one partition, whatever their places; returns when their effects are stored.

        Those that follow each other are stored together, within the bounds of
        the batches. Raises what `apply` raises, SourceUnavailableError or
        BrokenJournalError where a gap cannot be filled: those before the
        fault are stored then, and all may come again.
        """
        partition = records[0].partition
        state = self._partitions[partition]
        async with state.lock:
            state.heard_at = asyncio.get_running_loop().time()
            position = await self._store_runs(partition, await self._position(partition), records)
            if position < max(record.sequence for record in records):
                _log.info("gap; reading the journal", partition=partition, after=position)
                await self._store_runs(partition, await self._fetch(partition), records)

    async def catch_up(self, partition: int) -> int:
        """Applies what the journal has beyond the position; returns the new position.

        Raises as `receive`.
        """
        async with self._partitions[partition].lock:
            await self._position(partition)
            return await self._fetch(partition)

    def status(self) -> Sequence[FollowerStatus]:
        """Where each partition stands."""
        return [
            FollowerStatus(partition, state.position, state.fault)
            for partition, state in self._partitions.items()
        ]

    async def _on_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        records = [followed(delivery.headers, delivery.payload) for delivery in deliveries]
        for partition, some in itertools.groupby(records, key=operator.attrgetter("partition")):
            await self._take(self._partitions[partition], list(some))

    async def _take(self, state: PartitionState, records: Sequence[FollowedRecord]) -> None:
        """Returns when the records are stored, however long a fault keeps them."""
        while True:
            try:
                return await self.receive_all(records)
            except Exception as error:
                self._stuck(records[0].partition, state, error)
                # Not given back to the bus: all that follows would fail on the same record.
                await state.free.wait()

    async def _look_again_and_again(self, partition: int) -> None:
        """Looks at the journal at start, then whenever the bus has brought nothing for a while."""
        state = self._partitions[partition]
        loop = asyncio.get_running_loop()
        while True:
            if state.heard_at is None or state.fault or loop.time() - state.heard_at >= self._look_seconds:
                await self._look(partition, state)
            await asyncio.sleep(self._look_seconds)

    async def _look(self, partition: int, state: PartitionState) -> None:
        try:
            await self.catch_up(partition)
        except Exception as error:
            self._stuck(partition, state, error)
        else:
            if state.fault:
                _log.info("follower moves again", follower=self._name, partition=partition)
            state.fault = ""
            state.free.set()

    def _stuck(self, partition: int, state: PartitionState, error: Exception) -> None:
        """Notes and logs a fault; one that stays the same is logged once."""
        fault = f"{type(error).__name__}: {error}"
        if fault != state.fault:
            expected = isinstance(error, SourceUnavailableError)
            _log.log(
                logging.WARNING if expected else logging.ERROR,
                "follower stuck; it goes on trying",
                follower=self._name,
                partition=partition,
                fault=fault,
                exc_info=None if expected else error,
            )
        state.fault = fault
        state.free.clear()

    async def _store_runs(self, partition: int, position: int, records: Sequence[FollowedRecord]) -> int:
        """Applies what follows the position without a gap; returns the new position. Needs the lock."""
        while run := run_after(position, records, self._batches):
            position = await self._store_batch(partition, run)
        return position

    async def _fetch(self, partition: int) -> int:
        """Applies everything after the position, some records to a transaction. Needs the lock."""
        state = self._partitions[partition]
        position = state.position
        chunk: list[FollowedRecord] = []
        octets = 0
        async with contextlib.aclosing(self._source.read(partition, position)) as records:
            try:
                async for record in records:
                    expected = position + len(chunk) + 1
                    if record.sequence != expected:
                        raise BrokenJournalError(
                            f"partition {partition}: the journal gave {record.sequence} "
                            f"where {expected} follows"
                        )
                    chunk.append(record)
                    octets += len(record.payload)
                    if len(chunk) >= self._batches.records or octets >= self._batches.octets:
                        position = await self._store_batch(partition, chunk)
                        chunk, octets = [], 0
            except SourceUnavailableError:
                # What did come is good; a source that breaks off early must not keep the follower in place.
                if chunk:
                    await self._store_batch(partition, chunk)
                raise
        return await self._store_batch(partition, chunk) if chunk else position

    async def _store_batch(self, partition: int, records: Sequence[FollowedRecord]) -> int:
        """As `_store`; where that fails one by one, so that those before the one at fault are in."""
        try:
            return await self._store(partition, records)
        except Exception as error:
            if len(records) == 1:
                raise
            cause = f"{type(error).__name__}: {error}"
        position = 0
        for record in records:
            position = await self._store(partition, [record])
        _log.info("a batch failed whose records did not, one by one", partition=partition, cause=cause)
        return position

    async def _store(self, partition: int, records: Sequence[FollowedRecord]) -> int:
        """Effects and position in one transaction. Another process of the same name cannot do it twice."""
        state = self._partitions[partition]
        try:
            state.position, applied = await self._database.run(
                lambda session: self._apply_all(session, records)
            )
        except BaseException:
            # Whether it was committed is not known here; the database is asked anew.
            state.certain = False
            raise
        self._tell(applied)
        return state.position

    def _tell(self, applied: Sequence[FollowedRecord]) -> None:
        if self._after is None or not applied:
            return
        try:
            self._after(applied)
        except Exception:
            # Stored is stored: holding the partition would not make it untold.
            _log.exception("what was to happen after records failed", follower=self._name)

    def _apply_all(
        self, session: Session, records: Sequence[FollowedRecord]
    ) -> tuple[int, Sequence[FollowedRecord]]:
        """The new position, and the records applied: those that no other process had applied before."""
        key = (self._name, JOURNAL_SUBJECT, records[0].partition)
        row = session.get(FollowerPosition, key, with_for_update=True)
        if row is None:
            row = FollowerPosition(name=key[0], stream=key[1], partition=key[2], sequence=0)
            session.add(row)
        following = [record for record in records if record.sequence > row.sequence]
        if following:
            if decide(row.sequence, following[0].sequence) is Step.FETCH_GAP:
                raise PositionMovedError(f"the stored position went back to {row.sequence}")
            self._batches.apply(session, following)
            row.sequence = following[-1].sequence
        return row.sequence, following

    async def _position(self, partition: int) -> int:
        state = self._partitions[partition]
        if not state.certain:
            key = (self._name, JOURNAL_SUBJECT, partition)
            row = await self._database.run(lambda session: session.get(FollowerPosition, key))
            state.position = row.sequence if row is not None else 0
            state.certain = True
        return state.position
