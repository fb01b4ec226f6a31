"""The follower that accrues charging's journal, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation

from services.common.runtime.bus import Bus
from services.common.runtime.database import Database
from services.common.runtime.follower import JournalFollower
from services.common.runtime.following_batches import InBatches
from services.common.runtime.journal_source import JournalSource
from services.partner_settlement.adapters.accrual.journal import JournalAccrual

# Position and durable consumer go by it: it must stay.
_NAME = "partner_settlement"
# Some thousand charges to a transaction: more of them would only take more memory.
_RECORDS = 500
_OCTETS = 1024 * 1024


def accrual_follower(
    database: Database,
    bus: Bus | None,
    source: JournalSource,
    accrual: JournalAccrual,
    partitions: Iterable[int] = (0,),
    look_seconds: float = 2.0,
) -> JournalFollower:
    """Follows partitions of charging's journal into the settlement database."""
    batches = InBatches(accrual.apply, _RECORDS, _OCTETS)
    return JournalFollower(_NAME, database, bus, source, batches, partitions, look_seconds)


def fault_of(follower: JournalFollower) -> str:
    """What partitions are stuck on, in words; empty while all follow freely."""
    return "; ".join(
        f"partition {status.partition} after record {status.sequence}: {status.fault}"
        for status in follower.status()
        if status.fault
    )


def publish_position(follower: JournalFollower) -> None:
    """The last record accrued and whether it is stuck, by partition, read when the page is."""

    def positions(_options: CallbackOptions) -> Iterable[Observation]:
        for status in follower.status():
            yield Observation(status.sequence, {"tidemark.partition": status.partition})

    def faults(_options: CallbackOptions) -> Iterable[Observation]:
        for status in follower.status():
            yield Observation(int(bool(status.fault)), {"tidemark.partition": status.partition})

    meter = metrics.get_meter("tidemark.partner_settlement")
    meter.create_observable_gauge(
        "partner_settlement.accrual.sequence",
        [positions],
        unit="1",
        description="Last journal record accrued",
    )
    meter.create_observable_gauge(
        "partner_settlement.accrual.stuck",
        [faults],
        unit="1",
        description="1 where a record holds a partition",
    )
