"""Withdrawing the consent to location forgets at once where a subscriber is."""

from __future__ import annotations

from collections.abc import Sequence

from services.common.kernel.clock import Instant
from services.offers.application.place_ports import Presences
from services.offers.application.profile_ports import ConsentBook, ConsentsAsked, ConsentState
from services.offers.domain.policies import Purpose


class ForgettingPlaces:
    """A ConsentBook before another one: what it stores is stored, and places go before it answers.

    Whoever hears no answer asks again, and then they go. A report on its way sees to itself (`Locator`).
    """

    def __init__(self, book: ConsentBook, presences: Presences) -> None:
        self._book = book
        self._presences = presences

    async def change(self, asked: ConsentsAsked, fingerprint: bytes, now: Instant) -> Sequence[ConsentState]:
        """As `ConsentBook.change`."""
        states = await self._book.change(asked, fingerprint, now)
        # By how it stands, not by what is asked: a repeated request may be older than a new consent.
        withdrawn = any(state.purpose is Purpose.LOCATION and not state.given for state in states)
        if withdrawn and Purpose.LOCATION in asked.changes:
            await self._presences.forget(asked.subscriber_id)
        return states

    async def states(self, subscriber_id: str) -> Sequence[ConsentState]:
        """As `ConsentBook.states`."""
        return await self._book.states(subscriber_id)

    async def in_force(self, subscriber_id: str) -> frozenset[Purpose]:
        """As `ConsentBook.in_force`."""
        return await self._book.in_force(subscriber_id)
