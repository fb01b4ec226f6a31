"""What deciding needs beside the ports that everybody shares. Adapters fulfil it; `main` chooses which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from services.common.kernel.clock import Instant
from services.offers.domain.budgets import BudgetUse
from services.offers.domain.contacts import ContactHistory
from services.offers.domain.decisions import Decision
from services.offers.domain.policies import OfferPolicies, Purpose


class Budgets(Protocol):
    """What offers have given away. A look, no I/O."""

    def use(self) -> Mapping[str, BudgetUse]:
        """By offer code; an offer that was never accepted may be absent."""


ConsentsNow = Callable[[str], frozenset[Purpose] | None]
"""A subscriber's consents as they stand at this instant: a look, no I/O. None: not held in memory."""


class Debit(Protocol):
    """Contacts that a decision spends, until it is known whether it was stored."""

    def keep(self) -> None:
        """It was stored."""

    def give_back(self) -> None:
        """It was not, or nobody knows: what the database has counts from now on."""


class ContactAccount(Protocol):
    """The contacts of one subscriber, in memory while they are held."""

    def history(self, now: Instant) -> ContactHistory:
        """Everything presented so far, decisions that are being stored included."""

    def debit(self, decision: Decision) -> Debit:
        """Counts what a decision presents, at once."""


class Contacts(Protocol):
    """The contacts of all subscribers. Whoever reads and debits without waiting in between is alone."""

    def held(
        self, subscriber_id: str, policies: OfferPolicies, now: Instant
    ) -> AbstractAsyncContextManager[ContactAccount]:
        """The subscriber's account, read from the database where it is not in memory."""


class Chance(Protocol):
    """Where ids and seeds come from."""

    def decision_id(self) -> str:
        """One that nobody can guess."""

    def seed(self) -> int:
        """0 to 2^63 - 1."""


Monotonic = Callable[[], float]
"""Seconds on a clock that never goes back."""
