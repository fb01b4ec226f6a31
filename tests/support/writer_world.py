"""A partition writer that really runs, on a journal in memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from services.charging.adapters.journal_codec import ProtobufCodec
from services.charging.adapters.messages import accounts
from services.charging.application.partition_writer import PartitionWriter, Submission
from services.charging.application.recovery import Committed
from services.charging.application.replay import replay
from services.charging.application.snapshots import digest_of
from services.charging.domain import commands
from services.charging.domain.answers import AccountAnswer, Answer, ChargingAnswer
from services.charging.domain.decisions.account import money_bucket_id
from services.charging.domain.rating.tariff import Tariff
from services.charging.domain.tariffs import Tariffs
from tests.support.charging_catalog import DATA, offering, per, price, tariff
from tests.support.charging_world import ManualClock, at, eur
from tests.support.memory_journal import MemoryJournal
from tests.support.waiting import eventually

PARTITION = 3


def basic_tariff() -> Tariff:
    """One offering: a cent for an octet."""
    return tariff(offering("basic", price("data", DATA, per("0.01"))))


class WriterWorld:
    """A writer with its journal and everything it told its listeners."""

    def __init__(self, journal: MemoryJournal | None = None) -> None:
        self.journal = journal or MemoryJournal()
        self.codec = ProtobufCodec()
        self.clock = ManualClock()
        self.told: list[Committed] = []
        self.writer = PartitionWriter(PARTITION, "here", self.journal, self.codec, self.clock)
        self.writer.tariffs = Tariffs([basic_tariff()])
        self.writer.on_commit(self.told.append)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        """Opens the writer and commits until the end of the block."""
        await self.writer.open()
        task = asyncio.create_task(self.writer.run())
        try:
            yield task
        finally:
            self.journal.let_go()
            task.cancel()
            await asyncio.wait([task])

    async def top_up(self, amount: str, key: str = "", account_id: str = "acme") -> bytes:
        """Adds euros; with a key it can be repeated."""
        return await self.writer.execute(top_up(amount, key, account_id))

    def begin(self, submission: Submission) -> asyncio.Task[bytes]:
        """Executes in a task of its own."""
        return asyncio.create_task(self.writer.execute(submission))

    async def committing(self, appends: int = 1) -> None:
        """Waits until so many appends in all were begun."""
        await eventually(lambda: self.journal.appending >= appends, what=f"{appends} appends")

    async def replayed_digest(self) -> bytes:
        """Digest of what the journal alone gives back."""
        position = await replay(self.journal, self.codec, PARTITION)
        return digest_of(self.codec, position.state)

    def live_digest(self) -> bytes:
        """Digest of the writer's memory."""
        return digest_of(self.codec, self.writer.state)

    def money(self, account_id: str = "acme") -> int:
        """Money in the writer's memory."""
        return self.writer.state.buckets[money_bucket_id(account_id)].balance


def top_up(amount: str, key: str = "", account_id: str = "acme", content: bytes | None = None) -> Submission:
    """A top-up; the digest follows the amount unless given."""
    digest = amount.encode() if content is None else content
    command = commands.TopUp(account_id, "EUR", eur(amount), "voucher")
    return Submission(command, key.encode(), digest if key else b"", accounts.topped_up)


def provision(account_id: str = "acme", money: str = "10.00", key: str = "") -> Submission:
    """An account with one subscriber of its own name."""
    command = commands.ProvisionAccount(
        account_id,
        "EUR",
        0,
        eur(money),
        (commands.NewSubscriber(f"{account_id}-1", "", (commands.NewSubscription("basic", ()),)),),
        at("2026-03-01 00:00"),
    )
    return Submission(command, key.encode(), money.encode() if key else b"", described)


def described(answer: Answer) -> bytes:
    """An answer in octets that only equal answers share."""
    assert isinstance(answer, AccountAnswer | ChargingAnswer)
    return repr(answer).encode()
