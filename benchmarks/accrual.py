"""Accrues a generated journal into a fresh settlement database, as a process of its own.

`python -m benchmarks.accrual FOLDER RECORDS` prints as JSON how long it took, on how much CPU, and
what memory grew by after the first tenth. The journal is made in memory while it is read, out of
templates: that costs next to nothing beside reading it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import journal_pb2

from benchmarks.processor import cpu_seconds, resident_bytes
from services.common.runtime.database import open_database
from services.common.runtime.following import FollowedRecord
from services.common.runtime.logs import configure_logs
from services.partner_settlement.adapters.accrual.epochs import current_epoch
from services.partner_settlement.adapters.accrual.following import accrual_follower
from services.partner_settlement.adapters.accrual.input import input_rows
from services.partner_settlement.adapters.accrual.journal import JournalAccrual
from services.partner_settlement.adapters.loyalty.earning import LoyaltyEarning

MIGRATIONS = "services.partner_settlement.adapters.migrations"
USAGE_IN_RECORD = 50
GROSS_MINOR_MICROS = 1_250_000
APPLICATIONS = 1_000
_BEGIN_SECONDS = 1_793_491_200  # 2026-11-01, a month of thirty days
_MONTH_SECONDS = 30 * 86_400
_TEMPLATES = 720
_SEQUENCE = b"#########"


@dataclass(frozen=True, slots=True)
class Accrued:
    """What one run came to; `faults` counts what is not as it must be."""

    records: int
    seconds: float
    cpu_seconds: float
    rss_growth_bytes: int
    faults: int


class GeneratedJournal:
    """Fulfils JournalSource: a month of usage, fifty reports to a record, a thousand products."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.rss_bytes = 0
        """Memory of this process when a tenth of the journal had been read."""

    async def read(self, partition: int, after_sequence: int) -> AsyncGenerator[FollowedRecord, None]:
        """As JournalSource.read."""
        of_template, template = -1, b""
        for sequence in range(after_sequence + 1, self._count + 1):
            wanted = (sequence - 1) * _TEMPLATES // self._count
            if wanted != of_template:
                of_template, template = wanted, _entries(wanted)
            head = journal_pb2.JournalRecord(partition=partition, sequence=sequence, epoch=1)
            # Messages written one after the other are read as one.
            payload = head.SerializeToString() + template.replace(_SEQUENCE, b"%09d" % sequence)
            if sequence == self._count // 10:
                self.rss_bytes = resident_bytes(None)
            yield FollowedRecord(partition, sequence, payload, sequence.to_bytes(32, "big"))


async def accrue(folder: Path, records: int) -> Accrued:
    """Runs the follower over the whole journal, then looks whether everything is in."""
    database = open_database(f"sqlite:///{folder}/settlement.sqlite", MIGRATIONS)
    journal = GeneratedJournal(records // USAGE_IN_RECORD)
    accrual = JournalAccrual("Europe/Berlin", [LoyaltyEarning()])
    follower = accrual_follower(database, None, journal, accrual)
    begun, used = time.perf_counter(), cpu_seconds(None)
    await follower.catch_up(0)
    seconds, busy = time.perf_counter() - begun, cpu_seconds(None) - used
    growth = resident_bytes(None) - journal.rss_bytes
    rows = await database.run(
        lambda session: input_rows(session, date(2026, 10, 1), date(2027, 1, 1), current_epoch(session))
    )
    stored, gross = sum(row.records for row in rows), sum(row.gross_minor_micros for row in rows)
    await database.close()
    faults = int(stored != records) + int(gross != records * GROSS_MINOR_MICROS)
    return Accrued(stored, seconds, busy, growth, faults)


def application_of(number: int) -> str:
    """The application that usage is of: one of a thousand, each of its own provider."""
    return f"app-{number % APPLICATIONS:04}"


def _entries(number: int) -> bytes:
    """The entries of the records of one hour, with a place for the sequence in their ids."""
    seconds = _BEGIN_SECONDS + number * _MONTH_SECONDS // _TEMPLATES
    record = journal_pb2.JournalRecord()
    for index in range(USAGE_IN_RECORD):
        subscriber = number * USAGE_IN_RECORD + index
        entry = record.entries.add(
            decided_at=Timestamp(seconds=seconds), operation=journal_pb2.OPERATION_UPDATE_SESSION
        )
        entry.events.add(
            rating_group_changed=journal_pb2.RatingGroupChanged(charging_data_ref="0", rating_group=101)
        )
        entry.events.add(
            usage_charged=journal_pb2.UsageCharged(
                charge_id=f"c-0-{_SEQUENCE.decode()}-{index}-1",
                charging_data_ref=f"0-{number}-{index}",
                account_id=f"account-{subscriber}",
                subscriber_id=f"subscriber-{subscriber}",
                rating_group=101 + index % 8,
                zone="home",
                catalog_version=1,
                offering_code=f"offering-{index % 5}",
                price_code="data",
                unit="octets",
                used_units=1_000_000 + index,
                rated_units=1_000_448,
                currency_code="EUR",
                amount_minor_micros=GROSS_MINOR_MICROS,
                tax_minor_micros=199_580,
                used_from=Timestamp(seconds=seconds - 60),
                used_until=Timestamp(seconds=seconds),
                debits=[journal_pb2.BucketDebit(bucket_id="money", unit="EUR", amount=GROSS_MINOR_MICROS)],
                circumstances=journal_pb2.Circumstances(zone="home"),
                application_service_provider_identity=application_of(subscriber),
            )
        )
    return record.SerializeToString()


def main() -> int:
    """Exit code 1 where something is missing or twice."""
    configure_logs("accrual", "warning")
    accrued = asyncio.run(accrue(Path(sys.argv[1]), int(sys.argv[2])))
    print(json.dumps(asdict(accrued)))
    return 1 if accrued.faults else 0


if __name__ == "__main__":
    sys.exit(main())
