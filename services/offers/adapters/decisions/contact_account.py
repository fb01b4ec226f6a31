"""The contacts of one subscriber in memory: what is stored, and what is being stored right now."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection

from services.common.kernel.clock import HOUR, Instant
from services.offers.adapters.decisions.contact_rows import StoredContacts
from services.offers.domain.contacts import ContactHistory, Presentation, is_outbound
from services.offers.domain.decisions import Decision
from services.offers.domain.policies import ContactPolicy


class SubscriberContacts:
    """One entry of the book. `holders` and pending debits keep it in memory."""

    def __init__(self, subscriber_id: str) -> None:
        self.subscriber_id = subscriber_id
        self.holders = 0
        self.known_since: Instant | None = None
        """From when on everything stored is here; None: it must be read."""
        self.loading: asyncio.Task[None] | None = None
        self.pending: dict[str, tuple[Presentation, ...]] = {}
        self.doubtful: dict[str, tuple[Presentation, ...]] = {}
        """Perhaps stored, perhaps not: they count until the database has been asked."""
        self._stored: dict[str, tuple[Presentation, ...]] = {}
        self._quiet_until: dict[str, Instant] = {}

    @property
    def is_idle(self) -> bool:
        """True where it may go: whatever it has can be read again."""
        return not self.holders and not self.pending

    def loaded(self, found: StoredContacts, since: Instant, in_doubt: Collection[str]) -> None:
        """Takes in what the database has. What was kept while it was read may be in it or not.

        `in_doubt`: decisions that were doubtful before it was read; what it does not have of them is not.
        """
        self._stored |= found.presentations
        for offer_code, until in found.quiet_until.items():
            self.keep_quiet(offer_code, until)
        for decision_id in in_doubt:
            self.doubtful.pop(decision_id, None)
        self.known_since = None if self.doubtful else since

    def keep_quiet(self, offer_code: str, until: Instant) -> None:
        """The later of two ends holds."""
        self._quiet_until[offer_code] = max(until, self._quiet_until.get(offer_code, until))

    def kept(self, decision_id: str) -> None:
        """A pending decision was stored."""
        self._stored[decision_id] = self.pending.pop(decision_id)

    def given_back(self, decision_id: str) -> None:
        """A pending decision was not stored, or nobody knows: the database has to say."""
        self.doubtful[decision_id] = self.pending.pop(decision_id)
        self.known_since = None

    def forget(self) -> None:
        """Everything stored is erased."""
        self._stored.clear()
        self._quiet_until.clear()

    def history(self, outbound_today: Counter[str], now: Instant) -> ContactHistory:
        """By decision, so that one that is both stored and pending counts once."""
        self._let_go(now)
        by_decision = {**self._stored, **self.doubtful, **self.pending}
        return ContactHistory(
            [seen for presented in by_decision.values() for seen in presented],
            self._quiet_until,
            outbound_today,
        )

    def _let_go(self, now: Instant) -> None:
        over = [code for code, until in self._quiet_until.items() if until <= now]
        for code in over:
            del self._quiet_until[code]

    def forget_before(self, since: Instant) -> None:
        """Lets go of contacts that count no more, once an hour: looking through all of them has its price."""
        if self.known_since is None or since - self.known_since < HOUR:
            return
        self.known_since = since
        over = [key for key, seen in self._stored.items() if all(one.at < since for one in seen)]
        for key in over:
            del self._stored[key]


class ContactDebit:
    """What one decision spends. Fulfils `Debit`."""

    def __init__(
        self,
        entry: SubscriberContacts,
        outbound_today: Counter[str],
        decision: Decision,
        policy: ContactPolicy,
        on_end: Callable[[SubscriberContacts], None],
    ) -> None:
        self._entry = entry
        self._decision_id = decision.decision_id
        self._outbound_today = outbound_today
        self._on_end = on_end
        presented = presentations_of(decision, policy)
        self._outbound = [seen.offer_code for seen in presented if seen.outbound]
        entry.pending[self._decision_id] = presented
        outbound_today.update(self._outbound)

    def keep(self) -> None:
        """It was stored."""
        self._entry.kept(self._decision_id)
        self._on_end(self._entry)

    def give_back(self) -> None:
        """It was not, or nobody knows. The count over all subscribers keeps it, to be on the safe side."""
        self._entry.given_back(self._decision_id)
        self._on_end(self._entry)


def presentations_of(decision: Decision, policy: ContactPolicy) -> tuple[Presentation, ...]:
    """The contacts that a decision makes: one for each offer that it presents."""
    outbound = is_outbound(policy, decision.asked)
    return tuple(
        Presentation(decision.decided_at, candidate.offer.code, decision.asked.channel, outbound)
        for candidate in decision.presented
    )
