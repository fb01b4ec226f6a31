"""Who was approached how often: in memory the authority of this process, in SQL what outlives it."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from functools import partial
from itertools import islice

from services.common.kernel.clock import DAY, Instant, instant, local, zone
from services.common.runtime.database import Database
from services.offers.adapters.decisions.contact_account import ContactDebit, SubscriberContacts
from services.offers.adapters.decisions.contact_rows import contacts_since, keep_quiet, outbound_since
from services.offers.domain.contacts import ContactHistory, remembered_days
from services.offers.domain.decisions import Decision
from services.offers.domain.policies import ContactPolicy, OfferPolicies

_ENTRIES = 50_000
_SPARE_DAYS = 1
"""Read beyond what counts, so that a little later everything that counts is still here."""


class HeldContacts:
    """A subscriber's account while somebody holds it. Fulfils `ContactAccount`."""

    def __init__(self, book: ContactBook, entry: SubscriberContacts, policies: OfferPolicies) -> None:
        self._book = book
        self._entry = entry
        self._policies = policies

    def history(self, now: Instant) -> ContactHistory:
        """Everything presented so far, decisions that are being stored included."""
        today = self._book.outbound_on(now, self._policies.time_zone)
        return self._entry.history(today, now)

    def debit(self, decision: Decision) -> ContactDebit:
        """Counts what a decision presents, at once."""
        today = self._book.outbound_on(decision.decided_at, self._policies.time_zone)
        return ContactDebit(self._entry, today, decision, self._policies.contact, self._book.ended)


class ContactBook:
    """Fulfils `Contacts` and `Suppressions`. One process at a time owns a database's contacts."""

    def __init__(self, database: Database, entries: int = _ENTRIES) -> None:
        self._database = database
        self._most = entries
        self._entries: OrderedDict[str, SubscriberContacts] = OrderedDict()
        self._outbound: dict[date, Counter[str]] = {}
        self._opening: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """Subscribers in memory."""
        return len(self._entries)

    @asynccontextmanager
    async def held(
        self, subscriber_id: str, policies: OfferPolicies, now: Instant
    ) -> AsyncIterator[HeldContacts]:
        """The subscriber's account, read from the database where it is not in memory."""
        entry = self._entry(subscriber_id)
        entry.holders += 1
        try:
            await self._opened(now, policies.time_zone)
            await self._loaded(entry, policies.contact, now)
            yield HeldContacts(self, entry, policies)
        finally:
            entry.holders -= 1
            self.ended(entry)

    async def suppress(self, subscriber_id: str, offer_code: str, until: Instant) -> None:
        """Until then the offer is not presented to the subscriber; the later of two ends holds."""
        await self._database.run(lambda session: keep_quiet(session, subscriber_id, offer_code, until))
        entry = self._entries.get(subscriber_id)
        if entry is not None:
            entry.keep_quiet(offer_code, until)

    def forget(self, subscriber_id: str) -> None:
        """The subscriber's contacts were erased."""
        entry = self._entries.get(subscriber_id)
        if entry is not None:
            entry.forget()

    def outbound_on(self, at: Instant, time_zone: str) -> Counter[str]:
        """The running count of a day, over all subscribers, by offer."""
        day = local(at, time_zone).date()
        if day not in self._outbound:
            # The day before stays: a decision from before midnight may still be under way.
            for over in sorted(self._outbound)[:-1]:
                del self._outbound[over]
            self._outbound[day] = Counter()
        return self._outbound[day]

    def ended(self, entry: SubscriberContacts) -> None:
        """Somebody let go of an entry: those used the longest ago go, while there are too many."""
        too_many = len(self._entries) - self._most
        if too_many <= 0 or not entry.is_idle:
            return
        idle = (key for key, item in self._entries.items() if item.is_idle)
        for subscriber_id in list(islice(idle, too_many)):
            del self._entries[subscriber_id]

    def _entry(self, subscriber_id: str) -> SubscriberContacts:
        entry = self._entries.get(subscriber_id)
        if entry is None:
            entry = self._entries[subscriber_id] = SubscriberContacts(subscriber_id)
        self._entries.move_to_end(subscriber_id)
        return entry

    async def _opened(self, now: Instant, time_zone: str) -> None:
        """Once: what earlier processes sent on this day. A later day begins with nothing."""
        if self._opening is None or _has_failed(self._opening):
            self._opening = asyncio.ensure_future(self._open(now, time_zone))
        if not self._opening.done():
            await asyncio.shield(self._opening)

    async def _open(self, now: Instant, time_zone: str) -> None:
        since = _begin_of_day(now, time_zone)
        found = await self._database.run(lambda session: outbound_since(session, since))
        self.outbound_on(now, time_zone).update(found)

    async def _loaded(self, entry: SubscriberContacts, policy: ContactPolicy, now: Instant) -> None:
        """Reads what is not here; several that wait for the same subscriber read once."""
        needed = Instant(now - remembered_days(policy) * DAY)
        since = Instant(needed - _SPARE_DAYS * DAY)
        while entry.known_since is None or entry.known_since > needed:
            if entry.loading is None:
                entry.loading = asyncio.ensure_future(self._load(entry, since))
                entry.loading.add_done_callback(partial(_over, entry))
            await asyncio.shield(entry.loading)
        entry.forget_before(since)

    async def _load(self, entry: SubscriberContacts, since: Instant) -> None:
        in_doubt = list(entry.doubtful)
        found = await self._database.run(lambda session: contacts_since(session, entry.subscriber_id, since))
        entry.loaded(found, since, in_doubt)


def _over(entry: SubscriberContacts, _: asyncio.Task[None]) -> None:
    entry.loading = None


def _has_failed(task: asyncio.Task[None]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _begin_of_day(now: Instant, time_zone: str) -> Instant:
    today = local(now, time_zone).date()
    return instant(datetime(today.year, today.month, today.day, tzinfo=zone(time_zone)))
