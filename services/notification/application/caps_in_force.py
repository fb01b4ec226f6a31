"""The caps of the catalog's counters, for whoever tells how near to them somebody is.

Whoever tells only looks; the catalog is asked when it announces a version, and every minute: a version may
begin later than it is announced, and announcements may be missed.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.notification.application.tools.ports import CounterTerms, PeerUnreachableError, Shop


class CapsInForce:
    """As the catalog had them when it was asked last; none before."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._counters: Mapping[str, CounterTerms] = {}

    def cap_of(self, counter: str, currency_code: str) -> int | None:
        """In minor_micros of a currency, or in units; None: there is none that is known. A look, no I/O."""
        terms = self._counters.get(counter)
        return None if terms is None else terms.cap.get(currency_code if terms.is_money else "")

    async def refresh(self) -> None:
        """Asks. What is known stays where the catalog is not there, or has nothing in force."""
        try:
            newest = await self._shop.newest()
        except PeerUnreachableError:
            return
        if newest.version:
            self._counters = newest.counters
