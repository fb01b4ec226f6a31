"""Folds a generated journal into a million profiles, and views them, as a process of its own.

`python -m benchmarks.folding FOLDER PROFILES EVENTS` prints as JSON how much CPU a usage event took, with
the subscribers of all of them at hand and with subscribers from everywhere, what the profiles take on
disk and in memory, and how long views of subscribers from everywhere take. The journal is made
beforehand, so that making it is not measured.
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
class Folded:
    """What one run came to; `faults` counts what is not as it must be."""

    profiles: int
    events: int
    hot_cpu_seconds: float
    hot_seconds: float
    cold_cpu_seconds: float
    cold_seconds: float
    rss_bytes: int
    bytes_on_disk: int
    view_p50_ms: float
    view_p99_ms: float
    faults: int


class JournalAtHand:
    """Fulfils JournalSource with records made beforehand."""

    def __init__(self) -> None:
        self.records: list[FollowedRecord] = []

    async def read(self, partition: int, after_sequence: int) -> AsyncGenerator[FollowedRecord, None]:
        """As JournalSource.read."""
        for record in self.records:
            if record.partition == partition and record.sequence > after_sequence:
                yield record


async def fold_and_view(folder: Path, profiles: int, events: int) -> Folded:
    """Fills a fresh database, folds twice so many events, views, and looks whether every event is in."""
    path = folder / "offers.sqlite"
    database = open_database(f"sqlite:///{path}", MIGRATIONS)
    for first in range(0, profiles, _STORED_AT_ONCE):
        numbers = range(first, min(first + _STORED_AT_ONCE, profiles))
        await database.run(partial(_fill, numbers=numbers))
    hand, journal, chance = AtHand(AT_HAND), JournalAtHand(), random.Random(1)
    follower = profile_follower(database, None, journal, ProfileJournal(hand))
    some = range(min(profiles, AT_HAND // 2))
    # Each of their rating groups once, so that they are at hand and have usage of today.
    journal.records = _records(1, [*some] * len(GROUPS))
    sequence = await follower.catch_up(0)
    hot = await _timed(follower, journal, sequence, chance.choices(some, k=events))
    sequence += events // USAGE_IN_RECORD
    cold = await _timed(follower, journal, sequence, chance.choices(range(profiles), k=events))
    journal.records = []
    views, units = await _viewed(database, hand, chance, profiles)
    rss = resident_bytes(None)
    await database.close()
    return Folded(
        profiles,
        events,
        *hot,
        *cold,
        rss,
        path.stat().st_size,
        percentile(views, 50) * 1_000,
        percentile(views, 99) * 1_000,
        int(units == 0) + int(follower.status()[0].sequence != sequence + events // USAGE_IN_RECORD),
    )


async def _timed(
    follower: object, journal: JournalAtHand, sequence: int, subscribers: Sequence[int]
) -> tuple[float, float]:
    journal.records = _records(sequence + 1, subscribers)
    begun, used = time.perf_counter(), cpu_seconds(None)
    await follower.catch_up(0)  # type: ignore[attr-defined]
    return cpu_seconds(None) - used, time.perf_counter() - begun


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


def _records(first: int, subscribers: Sequence[int]) -> list[FollowedRecord]:
    """So many updates of sessions, fifty to a record: each moves an allowance, and is charged."""
    return [
        _record(first + index, subscribers[index * USAGE_IN_RECORD : (index + 1) * USAGE_IN_RECORD])
        for index in range(len(subscribers) // USAGE_IN_RECORD)
    ]


def _record(sequence: int, subscribers: Sequence[int]) -> FollowedRecord:
    record = journal_pb2.JournalRecord(partition=0, sequence=sequence, epoch=1)
    at = Timestamp(seconds=_BEGIN_SECONDS + sequence // 10)
    for index, number in enumerate(subscribers):
        subscriber_id, account_id, ref = f"{number:032x}", f"account-{number}", f"0-{number}-1"
        group = GROUPS[(sequence + index) % len(GROUPS)]
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
        entry.events.add(
            bucket_moved=journal_pb2.BucketMoved(
                account_id=account_id,
                movement=account_api_pb2.BucketMovement(
                    bucket_id=bucket_id, unit="octets", delta=-_USED, balance=10**10 - sequence * _USED
                ),
            )
        )
        entry.events.add(
            session_advanced=journal_pb2.SessionAdvanced(
                charging_data_ref=ref, invocation_sequence_number=sequence, last_report_at=at, zone="home"
            )
        )
    return FollowedRecord(0, sequence, record.SerializeToString())


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
