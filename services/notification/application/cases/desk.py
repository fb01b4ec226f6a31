"""The CaseDesk port: checks what it is asked, and lets the store take each step in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.common.kernel.clock import Clock, Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.notification.application.ports import CaseRequest
from services.notification.domain import reasons
from services.notification.domain.case_steps import (
    LONGEST_REPLY,
    LONGEST_SUMMARY,
    answered,
    assigned,
    resolved,
)
from services.notification.domain.cases import Case, CaseState
from services.notification.domain.conversations import Message

Step = Callable[[Case, Instant], Case | Refused]
_LONGEST_NAME = 128


@dataclass(frozen=True, slots=True)
class Saying:
    """What an agent says with a step. `request_id` empty: the same words again are said again."""

    agent: str
    text: str
    request_id: str = ""
    resolves: bool = False


class CaseStore(Protocol):
    """Cases in a database. Each call is one transaction with its facts and events; streams are told after."""

    async def open(self, case_id: str, request: CaseRequest, now: Instant) -> Case:
        """A new case, or the one that the same request opened. Raises RefusedError DUPLICATE_DIFFERS."""

    async def get(self, case_id: str) -> Case | None:
        """None: unknown."""

    async def queue(
        self, states: Sequence[CaseState], assignee: str, subscriber_id: str, limit: int
    ) -> Sequence[Case]:
        """Most urgent first, then oldest."""

    async def waiting(self) -> int:
        """How many are open and taken on by nobody."""

    async def since(self, revision: int, limit: int) -> Sequence[Case]:
        """Those that changed after a revision, in the order of their changes."""

    async def newest_revision(self) -> int:
        """0: there was never a case."""

    async def step(
        self, case_id: str, step: Step, now: Instant, saying: Saying | None = None
    ) -> tuple[Case, Message | None]:
        """Takes a step; what is said with it goes into the conversation.

        Raises RefusedError CASE_UNKNOWN, and what the step refuses.
        """


class Desk:
    """Fulfils `CaseDesk`."""

    def __init__(self, store: CaseStore, clock: Clock, new_id: Callable[[], str]) -> None:
        self._store = store
        self._clock = clock
        self._new_id = new_id

    async def open(self, request: CaseRequest) -> Case:
        """Opens one, and hands its conversation over."""
        _check_text(request.summary, LONGEST_SUMMARY, "summary")
        _check_text(request.topic, 64, "topic")
        return await self._store.open(self._new_id(), request, self._clock.now())

    async def get(self, case_id: str) -> Case:
        """The case as it is."""
        case = await self._store.get(case_id)
        if case is None:
            raise RefusedError(unknown(case_id))
        return case

    async def queue(
        self, states: Sequence[CaseState], assignee: str = "", subscriber_id: str = "", limit: int = 50
    ) -> Sequence[Case]:
        """Without states: those that are not over."""
        wanted = states or (CaseState.OPEN, CaseState.ASSIGNED)
        return await self._store.queue(wanted, assignee, subscriber_id, limit)

    async def waiting(self) -> int:
        """How many wait for somebody."""
        return await self._store.waiting()

    async def assign(self, case_id: str, assignee: str) -> Case:
        """Somebody takes it on."""
        _check_text(assignee, _LONGEST_NAME, "assignee")
        case, _ = await self._store.step(
            case_id, lambda case, now: assigned(case, assignee, now), self._clock.now()
        )
        return case

    async def reply(self, case_id: str, agent: str, text: str, request_id: str) -> Message:
        """An answer, into the conversation. Without an agent: the assignee's."""
        _check_text(text, LONGEST_REPLY, "text")
        speaker = agent or (await self.get(case_id)).assignee
        _check_text(speaker, _LONGEST_NAME, "agent")
        _, message = await self._store.step(
            case_id,
            lambda case, now: answered(case, speaker, now),
            self._clock.now(),
            Saying(speaker, text, request_id),
        )
        assert message is not None
        return message

    async def resolve(self, case_id: str, resolution: str) -> Case:
        """Ends it; the customer reads how."""
        _check_text(resolution, LONGEST_REPLY, "resolution")
        speaker = (await self.get(case_id)).assignee
        case, _ = await self._store.step(
            case_id,
            lambda case, now: resolved(case, resolution, now),
            self._clock.now(),
            Saying(speaker, resolution, resolves=True),
        )
        return case


def unknown(case_id: str) -> Refused:
    """No such case, or none that the caller may see."""
    return Refused(reasons.CASE_UNKNOWN, f"there is no case {case_id!r}", "case_id")


def _check_text(text: str, longest: int, field: str) -> None:
    if not text.strip() or len(text) > longest or "\x00" in text:
        raise RefusedError(Refused(reasons.TEXT_INVALID, f"1 to {longest} characters", field))
