"""The follower that folds charging's journal into profiles, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation
from sqlmodel import Session

from services.common.runtime.bus import Bus
from services.common.runtime.database import Database
from services.common.runtime.follower import JournalFollower
from services.common.runtime.following import FollowedRecord
from services.common.runtime.following_batches import InBatches
from services.common.runtime.journal_source import JournalSource
from services.offers.adapters.profiles.customers import FOLLOWER

# A transaction of so much takes some twenty milliseconds: on SQLite, decisions wait behind it.
_RECORDS = 500
_OCTETS = 256 * 1024
_LINGER_SECONDS = 0.02


class Journal(Protocol):
    """What is done with records: inside the transaction that moves the position, and after its commit."""

    def apply(self, session: Session, followed: Sequence[FollowedRecord]) -> None:
        """In a worker thread; may run again after a rollback."""

    def applied(self, followed: Sequence[FollowedRecord]) -> None:
        """On the event loop."""


def profile_follower(
    database: Database,
    bus: Bus | None,
    source: JournalSource,
    profiles: Journal,
    partitions: Iterable[int] = (0,),
    look_seconds: float = 2.0,
) -> JournalFollower:
    """Follows partitions of charging's journal into profiles."""
    batches = InBatches(profiles.apply, _RECORDS, _OCTETS)
    return JournalFollower(
        FOLLOWER,
        database,
        bus,
        source,
        batches,
        partitions,
        look_seconds,
        _LINGER_SECONDS,
        after=profiles.applied,
    )


def publish_position(follower: JournalFollower) -> None:
    """The last record folded and whether it is stuck, by partition, read when the page is."""

    def positions(_options: CallbackOptions) -> Iterable[Observation]:
        for status in follower.status():
            yield Observation(status.sequence, {"tidemark.partition": status.partition})

    def faults(_options: CallbackOptions) -> Iterable[Observation]:
        for status in follower.status():
            yield Observation(int(bool(status.fault)), {"tidemark.partition": status.partition})

    meter = metrics.get_meter("tidemark.offers")
    meter.create_observable_gauge(
        "offers.profiles.sequence", [positions], unit="1", description="Last journal record folded"
    )
    meter.create_observable_gauge(
        "offers.profiles.stuck", [faults], unit="1", description="1 where a record holds a partition"
    )
