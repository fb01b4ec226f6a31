"""The follower that mirrors charging's journal, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation

from services.common.runtime.bus import Bus
from services.common.runtime.database import Database
from services.common.runtime.follower import JournalFollower
from services.common.runtime.following_batches import InBatches
from services.common.runtime.journal_source import JournalSource
from services.notification.adapters.mirror.journal import MirrorJournal

FOLLOWER = "notification"
"""Position and durable consumer go by it: it must stay."""

# A transaction of so much takes some tens of milliseconds: on SQLite, inboxes wait behind it.
_RECORDS = 500
_OCTETS = 256 * 1024
_LINGER_SECONDS = 0.02


def mirror_follower(
    database: Database,
    bus: Bus | None,
    source: JournalSource,
    journal: MirrorJournal,
    partitions: Iterable[int] = (0,),
    look_seconds: float = 2.0,
) -> JournalFollower:
    """Follows partitions of charging's journal into the mirror."""
    return JournalFollower(
        FOLLOWER,
        database,
        bus,
        source,
        InBatches(journal.apply, _RECORDS, _OCTETS),
        partitions,
        look_seconds,
        _LINGER_SECONDS,
        after=journal.applied,
    )


def is_stuck(follower: JournalFollower) -> bool:
    """True while the follower cannot go on with some partition."""
    return any(status.fault for status in follower.status())


def publish_position(follower: JournalFollower) -> None:
    """The last record mirrored and whether it is stuck, by partition, read when the page is."""

    def positions(_options: CallbackOptions) -> Iterable[Observation]:
        for status in follower.status():
            yield Observation(status.sequence, {"tidemark.partition": status.partition})

    def faults(_options: CallbackOptions) -> Iterable[Observation]:
        for status in follower.status():
            yield Observation(int(bool(status.fault)), {"tidemark.partition": status.partition})

    meter = metrics.get_meter("tidemark.notification")
    meter.create_observable_gauge(
        "notification.mirror.sequence", [positions], unit="1", description="Last journal record mirrored"
    )
    meter.create_observable_gauge(
        "notification.mirror.stuck", [faults], unit="1", description="1 where a record holds a partition"
    )
