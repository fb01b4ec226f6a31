"""A consumer to be killed: accrues a journal that grows out of a seed, as a process of its own.

`python -m tests.support.accruing_process URL SEED RECORDS` says `applied` on standard output whenever
effects are in a transaction that is not committed yet, and `done` when all is in.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Sequence

from sqlmodel import Session

from services.common.runtime.follower import JournalFollower
from services.common.runtime.following import FollowedRecord
from services.common.runtime.following_batches import InBatches
from services.common.runtime.logs import configure_logs
from services.partner_settlement.adapters.accrual.journal import JournalAccrual
from tests.support.settlement_accrual import open_settlement
from tests.support.settlement_journal import ZONE, Happened, JournalBook

_WHAT = ("usage", "usage", "usage", "fee", "refund", "correction", "other")


def journal_of(seed: int, records: int, partition: int = 0) -> JournalBook:
    """The same journal for the same seed: charges, and changes to charges of long ago and just now."""
    chance, book = random.Random(seed), JournalBook(partition)
    for _ in range(records):
        entries = [
            [_happened(chance) for _ in range(chance.randrange(3))] for _ in range(chance.randrange(4))
        ]
        book.record(entries)
    return book


def _happened(chance: random.Random) -> Happened:
    what = chance.choice(_WHAT)
    return Happened(
        what,
        offering=chance.randrange(3),
        units=chance.randrange(100_000),
        amount=chance.choice([100, 500, 1000]) if what == "refund" else chance.randrange(1, 5_000_000),
        tax=chance.randrange(1_000),
        hours_ago=chance.randrange(30),
        of=chance.randrange(60),
    )


class _Telling(JournalAccrual):
    def apply(self, session: Session, followed: Sequence[FollowedRecord]) -> None:
        super().apply(session, followed)
        print("applied", flush=True)  # noqa: T201 - the parent listens


async def _main(url: str, seed: int, records: int) -> None:
    database = open_settlement(url)
    batches = InBatches(_Telling(ZONE).apply, 7)
    await JournalFollower("settlement", database, None, journal_of(seed, records), batches).catch_up(0)
    await database.close()
    print("done", flush=True)  # noqa: T201


if __name__ == "__main__":
    configure_logs("test", "error")
    asyncio.run(_main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
