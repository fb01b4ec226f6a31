"""The follower that mirrors charging's journal, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation

from services.common.kernel.clock import Clock
from services.common.runtime.bus import Bus
from services.common.runtime.database import Database
from services.common.runtime.follower import JournalFollower
from services.common.runtime.following_batches import InBatches
from services.common.runtime.journal_source import JournalSource
from services.notification.adapters.mirror.bills import GRACE
from services.notification.adapters.mirror.hand import AtHand
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


class Lag:
    """Tells whether the mirror is behind: a partition is stuck, or goes through what was decided long ago.

    A quiet journal is old as well, but does not move from one look to the next.
    """

    def __init__(self, follower: JournalFollower, hand: AtHand, clock: Clock) -> None:
        self._follower = follower
        self._hand = hand
        self._clock = clock
        self._seen: dict[int, tuple[int, int]] = {}

    def __call__(self) -> bool:
        """Looks; once for each step of the clock."""
        before, self._seen = self._seen, self._hand.positions()
        long_ago = self._clock.now() - GRACE
        moves = any(
            position != before.get(partition) and position[1] < long_ago
            for partition, position in self._seen.items()
        )
        return moves or any(status.fault for status in self._follower.status())


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
