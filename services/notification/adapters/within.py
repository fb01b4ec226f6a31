"""What one part does in the transaction of another: facts, inbox entries, deliveries stand or fall together.

Everything here runs in a worker thread, may run again after a rollback and touches nothing but the session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from sqlmodel import Session

from services.notification.application.ports import CompiledRules
from services.notification.domain.customers import Customer
from services.notification.domain.facts import Fact
from services.notification.domain.notifications import Draft, Notification


class CustomersWithin(Protocol):
    """The mirror of accounts, in somebody's transaction."""

    def customers(self, session: Session, subscriber_ids: Sequence[str]) -> Mapping[str, Customer]:
        """Those that are known."""


class LanguagesWithin(Protocol):
    """Preferences, in somebody's transaction."""

    def languages(self, session: Session, subscriber_ids: Sequence[str]) -> Mapping[str, str]:
        """Of those that have chosen one."""


class DeliveriesWithin(Protocol):
    """Deliveries, in the transaction that puts notifications into inboxes."""

    def plan(
        self, session: Session, entries: Sequence[tuple[Notification, Draft]], rules: CompiledRules
    ) -> None:
        """Stores what is to be sent because of new entries: the first channel of each chain."""


class IntakeWithin(Protocol):
    """From facts to inboxes, in the transaction that made the facts."""

    def take(self, session: Session, facts: Sequence[Fact]) -> Sequence[Notification]:
        """New entries only: what was told already is left out. Without published rules nothing is told."""
