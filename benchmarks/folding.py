"""Folds a generated journal into a million profiles, and views them, as a process of its own.

`python -m benchmarks.folding FOLDER PROFILES EVENTS` prints as JSON how much CPU a usage event took: of
subscribers at hand, of such with the movement of an allowance beside each, and of subscribers from
everywhere with both; what the profiles take on disk and in memory; and how long views of subscribers from
everywhere take. The journal is made beforehand, so that making it is not measured.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from google.protobuf.timestamp_pb2 import Timestamp
from sqlmodel import Session
from tidemark.charging.v1 import account_api_pb2, journal_pb2

from benchmarks.figures import percentile
from benchmarks.processor import cpu_seconds, resident_bytes
from services.common.kernel.clock import HOUR, SECOND, Instant
from services.common.runtime.database import Database, open_database
from services.common.runtime.follower import JournalFollower
from services.common.runtime.following import FollowedRecord
from services.common.runtime.logs import configure_logs
from services.offers.adapters.profiles.changes import BucketChanges
from services.offers.adapters.profiles.customers import StoredCustomers
from services.offers.adapters.profiles.following import profile_follower
from services.offers.adapters.profiles.hand import AtHand
from services.offers.adapters.profiles.journal import ProfileJournal
from services.offers.adapters.profiles.rows import Rows, Stored, store_all, store_buckets
from services.offers.domain.compiled import CompiledPolicies
from services.offers.domain.policies import ContactPolicy, Exploration, OfferPolicies, UsageClass
from services.offers.domain.profiles.account import Bucket
from services.offers.domain.profiles.facts import Added, Fact, Used
from services.offers.domain.profiles.fold import folded
from services.offers.domain.profiles.profile import HeldOffering

MIGRATIONS = "services.offers.adapters.migrations"
AT_HAND = 50_000
GROUPS = (101, 102, 103, 104)
USAGE_IN_RECORD = 50
VIEWS = 10_000
_BEGIN_SECONDS = 1_793_491_200
_STORED_AT_ONCE = 2_000
_USED = 1_000_000
_POLICIES = OfferPolicies(
    "bench", "bench", "EUR", "UTC", ("en",), (), (),
    (UsageClass("video", (101, 102), "octets"), UsageClass("other", (103, 104), "octets")),
    ContactPolicy(), Exploration(), (),
)  # fmt: skip
_COMPILED = CompiledPolicies(1, _POLICIES, (), dict.fromkeys(GROUPS, "video"), home_zone="home")


@dataclass(frozen=True, slots=True)
class Spent:
    """What some usage events took."""

    cpu_seconds: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Folded:
    """What one run came to; `faults` counts what is not as it must be."""

    profiles: int
    events: int
    usage: Spent
    with_balances: Spent
    from_everywhere: Spent
    rss_bytes: int
    bytes_on_disk: int
    view_p50_ms: float
    view_p99_ms: float
    faults: int


class JournalAtHand:
    """Fulfils JournalSource with records made beforehand."""

    def __init__(self) -> None:
        self.records: list[FollowedRecord] = []
        self.written = 0
        """Records that were ever made."""

    async def read(self, partition: int, after_sequence: int) -> AsyncGenerator[FollowedRecord, None]:
        """As JournalSource.read."""
        for record in self.records:
            if record.partition == partition and record.sequence > after_sequence:
                yield record


async def fold_and_view(folder: Path, profiles: int, events: int) -> Folded:
    """Fills a fresh database, folds three times so many events, views, and looks whether all are in."""
    path = folder / "offers.sqlite"
    database = open_database(f"sqlite:///{path}", MIGRATIONS)
    for first in range(0, profiles, _STORED_AT_ONCE):
        numbers = range(first, min(first + _STORED_AT_ONCE, profiles))
        await database.run(partial(_fill, numbers=numbers))
    hand, journal, chance = AtHand(AT_HAND), JournalAtHand(), random.Random(1)
    follower = profile_follower(database, None, journal, ProfileJournal(hand))
    some, all_of_them = range(min(profiles, AT_HAND // 2)), range(profiles)
    # Each of their rating groups once, so that they are at hand and have usage of today.
    for group in GROUPS:
        await _folded(follower, journal, some, group=group)
    usage = await _folded(follower, journal, chance.choices(some, k=events), moves=False)
    with_balances = await _folded(follower, journal, chance.choices(some, k=events))
    from_everywhere = await _folded(follower, journal, chance.choices(all_of_them, k=events))
    views, units = await _viewed(database, hand, chance, profiles)
    rss, position = resident_bytes(None), follower.status()[0].sequence
    await database.close()
    return Folded(
        profiles,
        events,
        usage,
        with_balances,
        from_everywhere,
        rss,
        path.stat().st_size,
        percentile(views, 50) * 1_000,
        percentile(views, 99) * 1_000,
        int(units == 0) + int(position != journal.written),
    )


async def _folded(
    follower: JournalFollower,
    journal: JournalAtHand,
    subscribers: Sequence[int],
    *,
    moves: bool = True,
    group: int = 0,
) -> Spent:
    """Usage of these, fifty events to a record; with `moves` each beside the movement of an allowance.

    All of it is of one rating group, or of each in turn.
    """
    first = journal.written + 1
    journal.records = [
        _record(
            first + index, subscribers[index * USAGE_IN_RECORD : (index + 1) * USAGE_IN_RECORD], moves, group
        )
        for index in range(len(subscribers) // USAGE_IN_RECORD)
    ]
    journal.written += len(journal.records)
    begun, used = time.perf_counter(), cpu_seconds(None)
    await follower.catch_up(0)
    spent = Spent(cpu_seconds(None) - used, time.perf_counter() - begun)
    journal.records = []
    return spent


async def _viewed(
    database: Database, hand: AtHand, chance: random.Random, profiles: int
) -> tuple[list[float], int]:
    """Seconds of each view, and all units that they have seen."""
    customers = StoredCustomers(database, hand)
    took, units = [], 0
    now = Instant((_BEGIN_SECONDS + 3_600) * SECOND)
    for _ in range(VIEWS):
        begun = time.perf_counter()
        view = await customers.view(f"{chance.randrange(profiles):032x}", _COMPILED, now)
        took.append(time.perf_counter() - begun)
        if view is not None:
            units += view.usage["video"].units[-1]
    return took, units


def _fill(session: Session, numbers: range) -> None:
    rows, buckets = Rows(session), BucketChanges()
    stored: list[tuple[Stored | None, Stored]] = []
    for number in numbers:
        subscriber_id, account_id = f"{number:032x}", f"account-{number}"
        at = (_BEGIN_SECONDS * SECOND) - (number % 600) * HOUR
        facts: list[Fact] = [
            Added(at, "Europe/Berlin", "", 0, "phone", (HeldOffering("go"), HeldOffering("go-video"))),
            *(Used(at, group, "octets", _USED + number, number % 2 * 12_000, "home") for group in GROUPS),
        ]
        stored.append((None, Stored(subscriber_id, account_id, subscriber_id, 0, 0, folded(None, facts))))
        buckets.opened(account_id, Bucket(f"{account_id}/money", "EUR", True, 5_000_000_000))
        allowance = Bucket(
            f"{subscriber_id}/go/data", "octets", False, 10**10, 0, 0, 10**10, offering_code="go",
            rating_groups=frozenset(GROUPS), subscriber_ids=frozenset((subscriber_id,)),
        )  # fmt: skip
        buckets.opened(account_id, allowance)
    store_all(rows, stored)
    store_buckets(rows, buckets)


def _record(sequence: int, subscribers: Sequence[int], moves: bool, only: int = 0) -> FollowedRecord:
    record = journal_pb2.JournalRecord(partition=0, sequence=sequence, epoch=1)
    at = Timestamp(seconds=_BEGIN_SECONDS + sequence // 10)
    for index, number in enumerate(subscribers):
        subscriber_id, account_id, ref = f"{number:032x}", f"account-{number}", f"0-{number}-1"
        group = only or GROUPS[(sequence + index) % len(GROUPS)]
        bucket_id = f"{subscriber_id}/go/data"
        entry = record.entries.add(
            decided_at=at, operation=journal_pb2.OPERATION_UPDATE_SESSION, answer=b"a" * 100
        )
        entry.events.add(
            usage_charged=journal_pb2.UsageCharged(
                charge_id=f"c-0-{sequence}-{index}-1",
                charging_data_ref=ref,
                account_id=account_id,
                subscriber_id=subscriber_id,
                rating_group=group,
                zone="home",
                catalog_version=1,
                offering_code="go",
                price_code="data",
                unit="octets",
                used_units=_USED,
                rated_units=_USED,
                currency_code="EUR",
                used_from=at,
                used_until=at,
                debits=[journal_pb2.BucketDebit(bucket_id=bucket_id, unit="octets", amount=_USED)],
                circumstances=journal_pb2.Circumstances(zone="home"),
            )
        )
        entry.events.add(
            rating_group_changed=journal_pb2.RatingGroupChanged(charging_data_ref=ref, rating_group=group)
        )
        if moves:
            entry.events.add(bucket_moved=_movement(account_id, bucket_id, sequence))
        entry.events.add(
            session_advanced=journal_pb2.SessionAdvanced(
                charging_data_ref=ref, invocation_sequence_number=sequence, last_report_at=at, zone="home"
            )
        )
    return FollowedRecord(0, sequence, record.SerializeToString())


def _movement(account_id: str, bucket_id: str, sequence: int) -> journal_pb2.BucketMoved:
    return journal_pb2.BucketMoved(
        account_id=account_id,
        movement=account_api_pb2.BucketMovement(
            bucket_id=bucket_id, unit="octets", delta=-_USED, balance=10**10 - sequence * _USED
        ),
    )


def main() -> int:
    """Exit code 1 where something is missing."""
    # As the service does: what is at hand stays, and is not looked through again and again.
    gc.set_threshold(50_000, 20, 100)
    configure_logs("folding", "warning")
    folded_figures = asyncio.run(fold_and_view(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
    print(json.dumps(asdict(folded_figures)))
    return 1 if folded_figures.faults else 0


if __name__ == "__main__":
    sys.exit(main())
