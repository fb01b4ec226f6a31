"""A case desk on a real database, with what it told in lists."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from sqlmodel import Session

from services.common.kernel.clock import Instant
from services.common.runtime.database import Database
from services.notification.adapters.cases.sql_cases import SqlCases
from services.notification.adapters.cases.transcripts import SqlTranscripts
from services.notification.adapters.cases.watching import CaseWatch
from services.notification.application.cases.desk import Desk
from services.notification.application.ports import CaseRequest
from services.notification.domain.cases import CasePriority, TriedTool
from services.notification.domain.conversations import Conversation, ConversationState, Message
from services.notification.domain.facts import Fact
from services.notification.domain.notifications import Notification
from tests.support.charging_world import ManualClock

MIGRATIONS = "services.notification.adapters.migrations"
BEGIN = Instant(1_795_000_000_000_000)


class HeardFacts:
    """An IntakeWithin that keeps facts and tells nobody."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    def take(self, session: Session, facts: Sequence[Fact]) -> Sequence[Notification]:
        """Nothing is told."""
        self.facts += facts
        return ()


class CaseWorld:
    """Desk, transcripts and watch over one database."""

    def __init__(self, database: Database) -> None:
        self.clock = ManualClock(BEGIN)
        self.intake, self.watch = HeardFacts(), CaseWatch()
        self.said: list[tuple[str, Message]] = []
        self.events = 0
        self.transcripts = SqlTranscripts(database, self._on_said, self._on_event)
        self.store = SqlCases(
            database, self.intake, self.watch, lambda _: None, self._on_said, self._on_event
        )
        numbers = itertools.count(1)
        self.desk = Desk(self.store, self.clock, lambda: f"case-{next(numbers)}")

    def _on_said(self, subscriber_id: str, message: Message) -> None:
        self.said.append((subscriber_id, message))

    def _on_event(self) -> None:
        self.events += 1


def conversation(conversation_id: str = "talk-1", subscriber_id: str = "s-1") -> Conversation:
    """One that the assistant answers."""
    return Conversation(conversation_id, subscriber_id, "a-1", "en", ConversationState.ASSISTANT, BEGIN)


def request(
    request_id: str = "r-1",
    priority: CasePriority = CasePriority.NORMAL,
    conversation_id: str = "",
    summary: str = "charged twice",
) -> CaseRequest:
    """A dispute."""
    return CaseRequest(
        request_id,
        "s-1",
        "a-1",
        "dispute",
        summary,
        priority,
        conversation_id,
        tried=(TriedTool("explain_charge", "explained"),),
    )
