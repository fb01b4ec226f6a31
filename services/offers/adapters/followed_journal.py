"""What the service does with records of charging's journal: profiles are folded, acceptances confirmed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlmodel import Session
from tidemark.charging.v1 import journal_pb2

from services.common.runtime.following import FollowedRecord
from services.offers.adapters.effects.journal_signs import SPEAKING
from services.offers.adapters.effects.journal_watcher import AcceptanceWatcher
from services.offers.adapters.profiles.journal import ProfileJournal


class FollowedJournal:
    """Both in one transaction, with the follower's position."""

    def __init__(self, profiles: ProfileJournal, acceptances: AcceptanceWatcher) -> None:
        self._profiles = profiles
        self._acceptances = acceptances

    def apply(self, session: Session, followed: Sequence[FollowedRecord]) -> None:
        """Folds and confirms. Raises as `ProfileJournal.apply`; nothing of it then stays."""
        self._profiles.apply(session, followed)
        self._acceptances.apply(session, _speaking(followed))

    def applied(self, followed: Sequence[FollowedRecord]) -> None:
        """After the commit, on the event loop."""
        self._profiles.applied(followed)


def _speaking(followed: Sequence[FollowedRecord]) -> Iterator[journal_pb2.JournalEntry]:
    for record in followed:
        for entry in journal_pb2.JournalRecord.FromString(record.payload).entries:
            if entry.operation in SPEAKING:
                yield entry
