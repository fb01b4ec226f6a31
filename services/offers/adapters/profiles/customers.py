"""Fulfils the `Customers` port: what decisions may look at, from what is at hand or from the database."""

from __future__ import annotations

from typing import Protocol

from sqlmodel import Session

from services.common.kernel.clock import Instant
from services.common.runtime.database import Database
from services.common.runtime.journal_messages import JOURNAL_SUBJECT
from services.offers.adapters.profiles.consent_bits import purposes_of
from services.offers.adapters.profiles.hand import AtHand
from services.offers.adapters.profiles.rows import Rows, Stored, buckets_of, stored_of
from services.offers.domain.compiled import CompiledPolicies
from services.offers.domain.customer import CustomerView
from services.offers.domain.policies import Purpose
from services.offers.domain.profiles.account import Buckets
from services.offers.domain.profiles.view import Known, customer_view

FOLLOWER = "offers"
"""Position and durable consumer of the profiles' follower go by it: it must stay."""

_NOWHERE: frozenset[str] = frozenset()


class Fences(Protocol):
    """Where subscribers are."""

    async def inside(self, subscriber_id: str, /) -> frozenset[str]:
        """Codes of the fences that a subscriber is inside."""


class NoFences:
    """Nobody is inside anything."""

    async def inside(self, _subscriber_id: str, /) -> frozenset[str]:
        """None."""
        return _NOWHERE


class StoredCustomers:
    """Profiles as customers.

    A view's `feature_seq` is the last journal record of its partition that is in everything at hand, or
    the one that changed this profile, where that is newer: the decision has seen every usage up to it.
    """

    def __init__(self, database: Database, hand: AtHand, fences: Fences | None = None) -> None:
        self._database = database
        self._hand = hand
        self._fences = fences or NoFences()

    async def view(self, subscriber_id: str, policies: CompiledPolicies, now: Instant) -> CustomerView | None:
        """As `Customers.view`."""
        known = await self.known(subscriber_id)
        if known is None:
            return None
        consents = await self.consents(subscriber_id)
        buckets = await self.buckets(known.account_id)
        fences = _NOWHERE
        if Purpose.LOCATION in consents:
            fences = await self._fences.inside(subscriber_id)
        return customer_view(known, consents, buckets.values(), fences, policies, now)

    async def known(self, subscriber_id: str) -> Known | None:
        """What is kept of a subscriber; None: never seen, or erased."""
        stored = self._hand.profiles.get(subscriber_id)
        if stored is not None and (position := self._hand.position(stored.partition)) is not None:
            return _known(stored, position)
        tokens = self._begin(subscriber_id)
        read = await self._database.run(lambda session: _read(session, subscriber_id))
        if read is None:
            return None
        stored, consents, position = read
        self._keep(stored, purposes_of(consents), tokens)
        self._hand.stand_at_first(stored.partition, position)
        return _known(stored, position)

    async def account_of(self, subscriber_id: str) -> str | None:
        """The account of a subscriber of whom something is kept."""
        known = await self.known(subscriber_id)
        return known.account_id if known else None

    async def consents(self, subscriber_id: str) -> frozenset[Purpose]:
        """The consents in force. Read-your-writes."""
        consents = self._hand.consents.get(subscriber_id)
        if consents is not None:
            return consents
        tokens = self._begin(subscriber_id)
        read = await self._database.run(lambda session: _read(session, subscriber_id))
        if read is None:
            return frozenset()
        purposes = purposes_of(read[1])
        self._keep(read[0], purposes, tokens)
        return purposes

    async def buckets(self, account_id: str) -> Buckets:
        """The buckets of an account by id."""
        at_hand = self._hand.accounts.get(account_id)
        if at_hand is not None:
            return at_hand
        token = self._hand.accounts_read.begin(account_id)
        buckets = await self._database.run(lambda session: buckets_of(Rows(session), account_id))
        if self._hand.accounts_read.end(account_id, token):
            self._hand.accounts.put(account_id, buckets)
        return buckets

    def _begin(self, subscriber_id: str) -> tuple[object, object]:
        hand = self._hand
        return hand.subscribers_read.begin(subscriber_id), hand.consents_read.begin(subscriber_id)

    def _keep(self, stored: Stored, consents: frozenset[Purpose], tokens: tuple[object, object]) -> None:
        self._hand.keep_read(stored, tokens[0])
        if self._hand.consents_read.end(stored.subscriber_id, tokens[1]):
            self._hand.consents.put(stored.subscriber_id, consents)


def _known(stored: Stored, position: int) -> Known:
    feature_seq = max(stored.feature_seq, position)
    return Known(stored.subscriber_id, stored.account_id, stored.pseudonym, feature_seq, stored.profile)


def _read(session: Session, subscriber_id: str) -> tuple[Stored, int, int] | None:
    """A row, the bits of its consents, and the position of its partition, which is not after the row."""
    rows = Rows(session)
    positions = dict(
        rows.all(
            "SELECT partition, sequence FROM follower_position WHERE name = ? AND stream = ?",
            (FOLLOWER, JOURNAL_SUBJECT),
        )
    )
    found = stored_of(rows, [subscriber_id]).get(subscriber_id)
    if found is None:
        return None
    stored, consents = found
    return stored, consents, positions.get(stored.partition, 0)
