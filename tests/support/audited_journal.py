"""What the journal alone says: the state that a replay gives, and whether every balance adds up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tidemark.charging.v1 import journal_api_pb2

from services.charging.adapters.journal_codec import ProtobufCodec
from services.charging.application.snapshots import digest_of
from services.charging.domain import events as ev
from services.charging.domain.apply import apply_entry
from services.charging.domain.state import PartitionState


class AuditedJournal:
    """Replays rows from the first record on."""

    def __init__(self) -> None:
        self.state = PartitionState()
        self.sequence = 0
        self._codec = ProtobufCodec()
        self._opened: Counter[str] = Counter()
        self._moved: Counter[str] = Counter()
        self._debited: Counter[str] = Counter()
        self._charged: Counter[str] = Counter()

    def read(self, rows: Iterable[journal_api_pb2.ReadJournalResponse]) -> list[ev.Entry]:
        """Takes in the next rows, in order. Returns their entries."""
        taken: list[ev.Entry] = []
        for row in rows:
            assert row.sequence == self.sequence + 1, "the journal has a gap"
            self.sequence = row.sequence
            _, entries = self._codec.decode_record(row.payload)
            for entry in entries:
                apply_entry(self.state, entry)
                self._count(entry)
            taken.extend(entries)
        return taken

    @property
    def digest(self) -> bytes:
        """What tells the replayed state from any other."""
        return digest_of(self._codec, self.state)

    def assert_balanced(self) -> None:
        """Every bucket holds what was put in and moved; what was debited was charged; nothing is held for
        nobody, and no allowance is below zero."""
        held: Counter[str] = Counter()
        for session in self.state.sessions.values():
            for group in session.rating_groups.values():
                held.update(dict(group.reservations))
        for bucket in self.state.buckets.values():
            name = bucket.bucket_id
            assert bucket.balance == self._opened[name] + self._moved[name], name
            assert bucket.reserved == held[name], name
            assert bucket.is_money or bucket.balance >= 0, name
        assert self._debited == self._charged

    def _count(self, entry: ev.Entry) -> None:
        for event in entry.events:
            if isinstance(event, ev.BucketOpened):
                self._opened[event.bucket.bucket_id] += event.bucket.balance
            elif isinstance(event, ev.BucketMoved):
                self._moved[event.bucket_id] += event.delta
                if event.reason is ev.MovementReason.DEBITED:
                    self._debited[event.bucket_id] -= event.delta
            elif isinstance(event, ev.BucketClosed):
                # What is over held what it says; the same name may be opened again.
                name = event.bucket_id
                assert event.forfeited == self._opened.pop(name, 0) + self._moved.pop(name, 0), name
            elif isinstance(event, ev.UsageCharged):
                for debit in event.debits:
                    self._charged[debit.bucket_id] += debit.amount
