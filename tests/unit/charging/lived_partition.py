"""A partition that really lives: writer, journal, codec, restarts; each step is checked on the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from services.charging.application.charge_usage import Repeatable
from services.charging.application.partition_writer import Phase, Submission
from services.charging.application.recovery import Committed
from services.charging.application.refund_charge import RefundCharge
from services.charging.application.replay import Position, catch_up, replay
from services.charging.application.snapshots import Snapshots, digest_of, encoded_state
from services.charging.domain import commands
from services.charging.domain.answers import Answer
from services.charging.domain.apply import apply_entry
from services.charging.domain.events import Entry
from services.charging.domain.hash_chain import GENESIS_HASH, fault_of
from services.charging.domain.rating.tariff import Tariff
from services.charging.domain.state import PartitionState
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.clock import DAY, Instant
from services.common.kernel.outcome import RefusedError
from tests.support.memory_identities import MemoryIdentities
from tests.support.memory_journal import MemoryJournal
from tests.support.waiting import eventually
from tests.support.writer_world import PARTITION, WriterWorld

T = TypeVar("T")
Send = Callable[[Repeatable], Coroutine[Any, Any, bytes]]


@dataclass(frozen=True, slots=True)
class Past:
    """A request that was answered: how to send it again, and when it was."""

    key: bytes
    send: Send
    answer: bytes
    at: Instant


class LivedPartition:
    """Runs commands to their end on an event loop of its own.

    Beside it goes a copy that knows nothing but the journal's octets. `look`
    compares what a step touched, `look_closely` everything.
    """

    def __init__(self, identities: dict[str, str], tariffs: Sequence[Tariff]) -> None:
        self._loop = asyncio.new_event_loop()
        self._identities = MemoryIdentities(identities)
        self.journal = MemoryJournal()
        self.past: list[Past] = []
        self.tariffs = tuple(tariffs)
        self.world = self._new_world()
        self._committing = self._start()
        self._requests = 0
        begun = Position(PartitionState(), 0, GENESIS_HASH)
        self._copy = self.run(catch_up(self.journal, self.world.codec, PARTITION, begun))

    @property
    def state(self) -> PartitionState:
        """Memory."""
        return self.world.writer.state

    def now(self) -> Instant:
        """The server's clock."""
        return self.world.clock.now()

    def publish(self, tariffs: Sequence[Tariff]) -> None:
        """One more catalog version is known from now on."""
        self.tariffs = (*self.tariffs, *tariffs)
        self.world.writer.tariffs = Tariffs(self.tariffs)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Runs to the end."""
        return self._loop.run_until_complete(coroutine)

    def execute(self, command: commands.Command) -> Answer:
        """Executes under a new key. Raises RefusedError, after which nothing may have changed."""

        def send(repeatable: Repeatable) -> Coroutine[Any, Any, bytes]:
            return self.world.writer.execute(
                Submission(command, repeatable.key, repeatable.digest, repeatable.encode)
            )

        return self._once(send)

    def refund(
        self, subscriber: str, charge_id: str, amount: int | None, currency: str, at: Instant
    ) -> Answer:
        """Refunds by reference, through the journal. Raises RefusedError."""

        def send(repeatable: Repeatable) -> Coroutine[Any, Any, bytes]:
            use_case = RefundCharge(self.world.writer, self._identities, self.journal, self.world.codec)
            return use_case(f"device-{subscriber}", charge_id, amount, currency, 1, at, repeatable)

        return self._once(send)

    def _once(self, send: Send) -> Answer:
        """No two answers are the same octets, so an answer given twice was not decided twice."""
        answers: list[Answer] = []

        def encode(answer: Answer) -> bytes:
            answers.append(answer)
            return f"answer {self._requests}.{len(answers)}".encode()

        self._requests += 1
        key = f"request-{self._requests}".encode()
        before, rows = _tables(self.state), len(self.journal.rows)
        try:
            octets = self.run(send(Repeatable(key, b"content", encode)))
        except RefusedError as error:
            if error.refused.reason.name != "COMMIT_FAILED":
                self._assert_nothing_happened(before, rows)
            raise
        if len(self.journal.rows) > rows:
            self.past.append(Past(key, send, octets, self.now()))
        else:
            self._assert_nothing_happened(before, rows)
        return answers[-1]

    def repeat(self, index: int) -> None:
        """Sends something from the last day again, also with another content: nothing changes."""
        if self.past and self.past[0].at < self.now() - DAY:
            self.past = [past for past in self.past if past.at >= self.now() - DAY]
        if not self.past:
            return
        past = self.past[index % len(self.past)]
        before, rows = _tables(self.state), len(self.journal.rows)
        again = self.run(past.send(Repeatable(past.key, b"content", _never)))
        assert again == past.answer, "a duplicate got another answer"
        try:
            self.run(past.send(Repeatable(past.key, b"another", _never)))
        except RefusedError as error:
            assert error.refused.reason.name == "DUPLICATE_DIFFERS"
        else:
            raise AssertionError("another content was taken for the same")
        self._assert_nothing_happened(before, rows)

    def wait_until_serving(self) -> None:
        """Returns when a failed commit is behind us."""
        self.run(eventually(lambda: self.world.writer.phase is Phase.SERVING))

    def keep_snapshot(self) -> None:
        """Saves what memory holds now."""
        self.run(Snapshots(self.world.writer, self.journal, self.world.codec, 10**9).close())

    @property
    def rows_to_replay(self) -> int:
        """Records since the last snapshot."""
        kept = self.journal.kept_snapshots
        return len(self.journal.rows) - (kept[0].sequence if kept else 0)

    def restart(self, with_snapshot: bool) -> None:
        """Ends this process and starts the next one on the same journal.

        Taking the partition over is an entry too, with which what has become too old is forgotten.
        """
        assert_equal_states(self._copy.state, self.state)
        if with_snapshot:
            self.keep_snapshot()
        now = self.now()
        self._stop()
        self.world = self._new_world()
        self.world.clock.time = now
        self._committing = self._start()
        self._copy = self.run(catch_up(self.journal, self.world.codec, PARTITION, self._copy))
        assert_equal_states(self._copy.state, self.state)

    def look(self) -> list[Entry]:
        """What was told since: it decodes to what was decided, and the copy comes to stand there too."""
        entries = [entry for told in self.world.told for entry in self._copied(told)]
        self.world.told.clear()
        for name in _TABLES:
            assert len(getattr(self._copy.state, name)) == len(getattr(self.state, name)), name
        self._compare_touched(entries)
        return entries

    def _copied(self, told: Committed) -> tuple[Entry, ...]:
        """Reads one record, checks it, and brings the copy up to it."""
        copy, row = self._copy, told.row
        fault = fault_of(row, copy.sequence + 1, copy.hash)
        assert fault is None, fault
        entries = self.world.codec.decode_record(row.payload)[1]
        assert entries == tuple(told.entries)
        for entry in entries:
            apply_entry(copy.state, entry)
        copy.sequence, copy.hash = row.sequence, row.hash
        return entries

    def _compare_touched(self, entries: list[Entry]) -> None:
        touched = {
            (table, key)
            for entry in entries
            for event in entry.events
            for table, attribute in _NAMED_BY.items()
            if (key := getattr(event, attribute, ""))
        }
        for table, key in touched:
            assert getattr(self._copy.state, table).get(key) == getattr(self.state, table).get(key), key

    def look_closely(self) -> None:
        """The copy, and memory written as a snapshot and read back, equal memory: by value and by digest."""
        assert_equal_states(self._copy.state, self.state)
        assert digest_of(self.world.codec, self._copy.state) == digest_of(self.world.codec, self.state)
        assert_equal_states(self._restored(), self.state)

    def look_from_the_beginning(self) -> None:
        """The whole journal, and the last snapshot with its tail, come to where memory is."""
        replayed = self.run(replay(self.journal, self.world.codec, PARTITION))
        assert digest_of(self.world.codec, replayed.state) == digest_of(self.world.codec, self.state)
        fresh = Position(PartitionState(), 0, GENESIS_HASH)
        whole = self.run(catch_up(self.journal, self.world.codec, PARTITION, fresh))
        assert_equal_states(whole.state, self.state)

    def close(self) -> None:
        """Ends it all."""
        self._stop()
        self._loop.close()

    def _assert_nothing_happened(self, before: list[dict[Any, Any]], rows: int) -> None:
        assert len(self.journal.rows) == rows, "something was written"
        assert _tables(self.state) == before, "memory changed without an entry"

    def _restored(self) -> PartitionState:
        """Memory, after it was written as a snapshot and read back."""
        _, entries = self.world.codec.decode_record(encoded_state(self.world.codec, PARTITION, 1, self.state))
        fresh = PartitionState()
        for entry in entries:
            apply_entry(fresh, entry, restoring=True)
        return fresh

    def _new_world(self) -> WriterWorld:
        world = WriterWorld(self.journal)
        world.writer.tariffs = Tariffs(self.tariffs)
        return world

    def _start(self) -> asyncio.Task[None]:
        async def start() -> asyncio.Task[None]:
            await self.world.writer.open()
            return asyncio.create_task(self.world.writer.run())

        return self.run(start())

    def _stop(self) -> None:
        async def stop() -> None:
            self._committing.cancel()
            await asyncio.wait([self._committing])

        self.run(stop())


_NAMED_BY = {
    "buckets": "bucket_id",
    "sessions": "ref",
    "subscribers": "subscriber_id",
    "accounts": "account_id",
}
"""Table to the field by which an event names what it touches there."""

_TABLES = tuple(item.name for item in fields(PartitionState))


def _tables(state: PartitionState) -> list[dict[Any, Any]]:
    """Every table as it is now. The values are frozen, so two such lists compare by identity first."""
    return [dict(getattr(state, name)) for name in _TABLES]


def _never(answer: Answer) -> bytes:
    raise AssertionError(f"a duplicate was decided again: {answer}")


def assert_equal_states(left: PartitionState, right: PartitionState) -> None:
    """Equal in every field, duplicate tables in their order too: a digest cannot see what it omits."""
    for name in _TABLES:
        one, two = getattr(left, name), getattr(right, name)
        assert one == two, (name, {key: one.get(key) for key in {*one, *two} if one.get(key) != two.get(key)})
    assert left == right
    assert list(left.answers) == list(right.answers)
