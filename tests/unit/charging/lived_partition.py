"""A partition that really lives: writer, journal, codec, restarts; each step is checked on the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from services.charging.application.charge_usage import Repeatable
from services.charging.application.expire_sessions import ExpireSessions
from services.charging.application.partition_writer import Phase, Submission
from services.charging.application.refund_charge import RefundCharge
from services.charging.application.replay import Position, catch_up
from services.charging.application.snapshots import Snapshots, digest_of, encoded_state
from services.charging.domain import commands
from services.charging.domain.answers import Answer
from services.charging.domain.apply import apply_entry
from services.charging.domain.hash_chain import GENESIS_HASH
from services.charging.domain.state import PartitionState
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.clock import DAY, Instant
from services.common.kernel.outcome import RefusedError
from tests.support.memory_identities import MemoryIdentities
from tests.support.memory_journal import MemoryJournal
from tests.support.waiting import eventually
from tests.support.writer_world import PARTITION, WriterWorld
from tests.unit.charging.slow_model import TARIFF

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Past:
    """A request that was answered: how to send it again, and when it was."""

    again: Callable[[], Awaitable[bytes]]
    differently: Callable[[], Awaitable[bytes]]
    answer: bytes
    at: Instant


class LivedPartition:
    """Runs commands to their end on an event loop of its own."""

    def __init__(self, identities: dict[str, str]) -> None:
        self._runner = asyncio.Runner()
        self._identities = MemoryIdentities(identities)
        self.journal = MemoryJournal()
        self.past: list[Past] = []
        self.world = self._new_world()
        self._committing = self._start()
        self._requests = 0
        self._copy = Position(PartitionState(), 0, GENESIS_HASH)

    @property
    def state(self) -> PartitionState:
        """Memory."""
        return self.world.writer.state

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Runs to the end."""
        return self._runner.run(coroutine)

    def execute(self, command: commands.Command) -> Answer:
        """Executes under a new key. Raises RefusedError, after which nothing may have changed."""

        def send(repeatable: Repeatable) -> Coroutine[Any, Any, bytes]:
            return self.world.writer.execute(
                Submission(command, repeatable.key, repeatable.digest, repeatable.encode)
            )

        return self._once(send)

    def refund(self, subscriber: str, charge_id: str, amount: int | None, at: Instant) -> Answer:
        """Refunds by reference, through the journal. Raises RefusedError."""

        def send(repeatable: Repeatable) -> Coroutine[Any, Any, bytes]:
            use_case = RefundCharge(self.world.writer, self._identities, self.journal, self.world.codec)
            return use_case(f"device-{subscriber}", charge_id, amount, "EUR", 1, at, repeatable)

        return self._once(send)

    def _once(self, send: Callable[[Repeatable], Coroutine[Any, Any, bytes]]) -> Answer:
        answers: list[Answer] = []

        def encode(answer: Answer) -> bytes:
            answers.append(answer)
            return repr(answer).encode()

        self._requests += 1
        key = f"request-{self._requests}".encode()
        before, rows = self.digest(), len(self.journal.rows)
        try:
            octets = self.run(send(Repeatable(key, b"content", encode)))
        except RefusedError as error:
            if error.refused.reason.name != "COMMIT_FAILED":
                assert (self.digest(), len(self.journal.rows)) == (before, rows), "a refusal left a trace"
            raise
        if len(self.journal.rows) > rows:
            self.past.append(
                Past(
                    lambda: send(Repeatable(key, b"content", encode)),
                    lambda: send(Repeatable(key, b"another", encode)),
                    octets,
                    self.world.clock.now(),
                )
            )
        return answers[-1]

    def repeat(self, index: int) -> None:
        """Sends something from the last day again, also with another content: nothing changes."""
        recent = [past for past in self.past if past.at >= self.world.clock.now() - DAY]
        if not recent:
            return
        past = recent[index % len(recent)]
        before, rows = self.digest(), len(self.journal.rows)
        assert self._runner.run(_await(past.again())) == past.answer
        try:
            self._runner.run(_await(past.differently()))
        except RefusedError as error:
            assert error.refused.reason.name == "DUPLICATE_DIFFERS"
        else:
            raise AssertionError("another content was taken for the same")
        assert (self.digest(), len(self.journal.rows)) == (before, rows)

    def expire(self) -> set[str]:
        """Ends the sessions that are due. Which."""
        before = set(self.state.sessions)
        expiry = ExpireSessions(self.world.writer, self.world.clock)
        expiry.open()
        self.run(expiry.expire_due())
        return before - set(self.state.sessions)

    def wait_until_serving(self) -> None:
        """Returns when a failed commit is behind us."""
        self.run(eventually(lambda: self.world.writer.phase is Phase.SERVING))

    def restart(self, with_snapshot: bool) -> None:
        """Ends this process and starts the next one on the same journal."""
        before = self.state
        if with_snapshot:
            self.run(Snapshots(self.world.writer, self.journal, self.world.codec, 10**9).close())
        now = self.world.clock.now()
        self._stop()
        self.world = self._new_world()
        self.world.clock.time = now
        self._committing = self._start()
        assert_equal_states(self.state, before)

    def digest(self) -> bytes:
        """Digest of memory."""
        return self.world.live_digest()

    def check_journal(self) -> None:
        """What was told decodes to what was decided, and applied elsewhere makes the same state."""
        for told in self.world.told:
            assert self.world.codec.decode_record(told.row.payload)[1] == tuple(told.entries)
        self.world.told.clear()
        self._copy = self.run(catch_up(self.journal, self.world.codec, PARTITION, self._copy))
        assert digest_of(self.world.codec, self._copy.state) == self.digest()
        assert_equal_states(self._copy.state, self.state)
        assert_equal_states(self._restored(), self.state)

    def _restored(self) -> PartitionState:
        """Memory, after it was written as a snapshot and read back."""
        _, entries = self.world.codec.decode_record(encoded_state(self.world.codec, PARTITION, 1, self.state))
        fresh = PartitionState()
        for entry in entries:
            apply_entry(fresh, entry, restoring=True)
        return fresh

    def close(self) -> None:
        """Ends it all."""
        self._stop()
        self._runner.close()

    def _new_world(self) -> WriterWorld:
        world = WriterWorld(self.journal)
        world.writer.tariffs = Tariffs([TARIFF])
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


def assert_equal_states(left: PartitionState, right: PartitionState) -> None:
    """Equal in every field, duplicate tables in their order too: a digest cannot see what it omits."""
    assert left == right
    assert list(left.answers) == list(right.answers)


async def _await(awaitable: Awaitable[T]) -> T:
    return await awaitable
