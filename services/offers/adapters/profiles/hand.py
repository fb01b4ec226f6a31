"""What the process has at hand of profiles, and how far the journal is in it."""

from __future__ import annotations

from collections.abc import Iterable

from services.offers.adapters.profiles.cache import Loads, Recent
from services.offers.adapters.profiles.changes import BucketChanges
from services.offers.adapters.profiles.rows import Stored
from services.offers.domain.policies import Purpose
from services.offers.domain.profiles.account import Bucket

_REMEMBERED_ERASURES = 10_000


class AtHand:
    """Decoded profiles, buckets and consents, shared by follower, views and consents.

    Changed on the event loop only, after the commit of each change; the follower's thread looks into it.
    Consents are never taken from a follower: what it read may be older than what was answered meanwhile.
    """

    def __init__(self, profiles: int) -> None:
        self.profiles: Recent[str, Stored] = Recent(profiles)
        self.accounts: Recent[str, dict[str, Bucket]] = Recent(profiles)
        self.consents: Recent[str, frozenset[Purpose]] = Recent(profiles)
        self.subscribers_read: Loads[str] = Loads()
        self.consents_read: Loads[str] = Loads()
        self.accounts_read: Loads[str] = Loads()
        self._positions: dict[int, int] = {}
        self._erased: Recent[int, bool] = Recent(_REMEMBERED_ERASURES)

    def position(self, partition: int) -> int | None:
        """Everything at hand is of this record of the journal, or of a later one; None: not known yet."""
        return self._positions.get(partition)

    def stand_at_first(self, partition: int, sequence: int) -> None:
        """Where the database stood when it was first read from; a follower may have gone on since."""
        self._positions.setdefault(partition, sequence)

    def keep_read(self, stored: Stored, token: object) -> None:
        """Keeps a row that was read, unless it has changed meanwhile."""
        if self.subscribers_read.end(stored.subscriber_id, token) and not self._erased.get(stored.row_id):
            self.profiles.put(stored.subscriber_id, stored)

    def folded(self, partition: int, sequence: int, stored: Iterable[Stored], buckets: BucketChanges) -> None:
        """A follower has stored these, up to a record."""
        kept = {one.subscriber_id: one for one in stored}
        for erased in self._erased.among([one.row_id for one in kept.values()]):
            kept = {key: one for key, one in kept.items() if one.row_id != erased}
        for subscriber_id, consents in self.consents.among(kept).items():
            kept[subscriber_id] = _heard(kept[subscriber_id], consents)
        self.subscribers_read.changed(kept)
        self.profiles.put_all(kept)
        self.change_accounts(buckets)
        self._positions[partition] = sequence

    def change_accounts(self, buckets: BucketChanges) -> None:
        """Buckets have changed."""
        account_ids = buckets.account_ids()
        self.accounts_read.changed(account_ids)
        buckets.onto(self.accounts.among(account_ids))

    def consented(self, subscriber_id: str, consents: frozenset[Purpose]) -> None:
        """Consents are stored; from now on they count."""
        self.consents_read.changed([subscriber_id])
        self.consents.put(subscriber_id, consents)
        stored = self.profiles.get(subscriber_id)
        if stored is not None:
            self.profiles.put(subscriber_id, _heard(stored, consents))

    def doubt(self, subscriber_ids: Iterable[str], buckets: BucketChanges) -> None:
        """Whether a follower has stored these is not known. From the follower's thread."""
        self.profiles.forget(subscriber_ids)
        self.accounts.forget(buckets.account_ids())

    def forget(self, subscriber_ids: Iterable[str]) -> None:
        """What is at hand of these may not be what is stored: it is read again."""
        ids = list(subscriber_ids)
        self.subscribers_read.changed(ids)
        self.consents_read.changed(ids)
        self.profiles.forget(ids)
        self.consents.forget(ids)

    def erased(self, subscriber_id: str, row_id: int, account_id: str) -> None:
        """A row is gone for good, whatever a follower had in hand of it."""
        self._erased.put(row_id, True)
        self.forget([subscriber_id])
        self.accounts_read.changed([account_id])
        self.accounts.forget([account_id])


def _heard(stored: Stored, consents: frozenset[Purpose]) -> Stored:
    outbound = Purpose.OUTBOUND in consents
    return stored if stored.outbound == outbound else stored._replace(outbound=outbound)
