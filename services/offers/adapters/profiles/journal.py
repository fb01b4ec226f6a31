"""Charging's journal applied: the one place where followed records become profiles."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlmodel import Session
from tidemark.charging.v1 import journal_pb2

from services.common.runtime.following import FollowedRecord
from services.offers.adapters.profiles.changes import BucketChanges
from services.offers.adapters.profiles.decode import Happened, decode
from services.offers.adapters.profiles.hand import AtHand
from services.offers.adapters.profiles.inbox import WaitingTrigger, add_triggers
from services.offers.adapters.profiles.rows import Rows, Stored, store_all, store_buckets, stored_of
from services.offers.domain.profiles.fold import folded, stirred

Wake = Callable[[], None]


class EntryListener(Protocol):
    """Somebody else whom entries of some operations concern, in the transaction that folds them."""

    @property
    def operations(self) -> frozenset[int]:
        """Numbers of `journal_pb2.Operation`."""

    def apply(self, session: Session, entries: Iterable[journal_pb2.JournalEntry]) -> None:
        """The same entries again change nothing."""


_ROUNDS = 5
_OPEN_SESSION = (
    "INSERT INTO session_owner (session_ref, subscriber_id) VALUES (?, ?)"
    " ON CONFLICT (session_ref) DO UPDATE SET subscriber_id = excluded.subscriber_id"
)
_CLOSE_SESSION = "DELETE FROM session_owner WHERE session_ref = ?"


class ProfilesContestedError(Exception):
    """Rows have changed again and again while records were applied; they are applied anew."""


@dataclass(slots=True)
class _Outcome:
    """What a transaction will have stored once it is committed."""

    partition: int
    sequence: int
    stored: dict[str, Stored]
    buckets: BucketChanges
    triggered: bool


class ProfileJournal:
    """Applies journal records of partitions, in order and once each: the follower sees to that."""

    def __init__(
        self, hand: AtHand, wake: Wake = lambda: None, listener: EntryListener | None = None
    ) -> None:
        """`wake` is called where somebody waits for a look; `listener` hears of entries of its operations."""
        self._hand = hand
        self._wake = wake
        self._listener = listener
        self._kept = listener.operations if listener is not None else frozenset[int]()
        self._outcomes: dict[int, _Outcome] = {}
        self._has_room = False

    def apply(self, session: Session, followed: Sequence[FollowedRecord]) -> None:
        """Folds the records into profiles and buckets, in the session's transaction.

        Raises what `decode` raises, PackedProfileError, ProfilesContestedError; nothing of it then stays.
        """
        last = followed[-1]
        lost = self._outcomes.pop(last.partition, None)
        if lost is not None:
            # Nobody has told whether that was committed; what was at hand before may be of either side.
            self._hand.doubt(lost.stored, lost.buckets)
        rows = Rows(session)
        if not self._has_room:
            rows.make_room()
            self._has_room = True
        decoded = decode(followed, lambda session_ref: _owner(rows, session_ref), self._kept)
        happened = decoded.happened
        folding = _Folding(rows, self._hand.profiles.among(happened), last.partition)
        stored = folding.store(happened)
        store_buckets(rows, decoded.buckets)
        _store_owners(rows, decoded.owners)
        add_triggers(rows, folding.triggers)
        if self._listener is not None and decoded.entries:
            self._listener.apply(session, decoded.entries)
        self._outcomes[last.partition] = _Outcome(
            last.partition, last.sequence, stored, decoded.buckets, bool(folding.triggers)
        )

    def applied(self, followed: Sequence[FollowedRecord]) -> None:
        """After the commit, on the event loop: what was stored is at hand."""
        last = followed[-1]
        outcome = self._outcomes.pop(last.partition, None)
        if outcome is None or outcome.sequence != last.sequence:
            return
        hand = self._hand
        hand.folded(last.partition, last.sequence, outcome.stored.values(), outcome.buckets)
        if outcome.triggered:
            self._wake()


class _Folding:
    """The subscribers of some records while they are folded and written."""

    def __init__(self, rows: Rows, at_hand: Mapping[str, Stored], partition: int) -> None:
        self._rows = rows
        self._at_hand = at_hand
        self._partition = partition
        self.triggers: list[WaitingTrigger] = []

    def store(self, happened: Mapping[str, Happened]) -> dict[str, Stored]:
        """Folds and writes. A row that is not as it was at hand is read and folded again."""
        left: dict[str, Stored | None] = {
            subscriber_id: self._at_hand.get(subscriber_id) for subscriber_id in happened
        }
        done: dict[str, Stored] = {}
        read = {subscriber_id for subscriber_id, stored in left.items() if stored is None}
        for _ in range(_ROUNDS):
            found = stored_of(self._rows, read)
            left |= {key: found[key][0] if key in found else None for key in read}
            changed = [(old, self._after(key, old, happened[key])) for key, old in left.items()]
            stored = store_all(self._rows, changed)
            self._trigger(happened, left, stored)
            done = done | stored if done else stored
            if len(stored) == len(left):
                return done
            left = {key: None for key in left if key not in stored}
            read = set(left)
        raise ProfilesContestedError(f"{len(left)} profiles do not stay as they are read")

    def _after(self, subscriber_id: str, old: Stored | None, happened: Happened) -> Stored:
        profile = folded(old.profile if old else None, happened.facts)
        if old is None:
            pseudonym = secrets.token_hex(16)
            return Stored(
                subscriber_id, happened.account_id, pseudonym, self._partition, happened.sequence, profile
            )
        return Stored(
            subscriber_id,
            happened.account_id or old.account_id,
            old.pseudonym,
            self._partition,
            happened.sequence,
            profile,
            old.row_id,
            old.outbound,
        )

    def _trigger(
        self,
        happened: Mapping[str, Happened],
        before: Mapping[str, Stored | None],
        after: Mapping[str, Stored],
    ) -> None:
        """Notes what may raise an offer, of those who let offers come unasked."""
        for key, stored in after.items():
            old = before[key]
            if old is None or not old.outbound:
                continue
            facts = happened[key].facts
            kinds = stirred(old.profile, facts, stored.profile)
            if kinds:
                self.triggers.append(WaitingTrigger(key, kinds, happened[key].sequence, facts[-1].at))


def _owner(rows: Rows, session_ref: str) -> str:
    found = rows.all("SELECT subscriber_id FROM session_owner WHERE session_ref = ?", (session_ref,))
    return str(found[0][0]) if found else ""


def _store_owners(rows: Rows, owners: Mapping[str, str]) -> None:
    rows.many(_CLOSE_SESSION, [(ref,) for ref, owner in owners.items() if not owner])
    rows.many(_OPEN_SESSION, [(ref, owner) for ref, owner in owners.items() if owner])
