"""Cases that people answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from services.common.kernel.clock import Instant


class CasePriority(IntEnum):
    """Greater is more urgent."""

    LOW = 1
    NORMAL = 2
    HIGH = 3
    URGENT = 4


class CaseState(IntEnum):
    """In the order in which a case goes through them."""

    OPEN = 1
    ASSIGNED = 2
    RESOLVED = 3


@dataclass(frozen=True, slots=True)
class TriedTool:
    """What the assistant did before it handed over."""

    tool: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `revision` is greater for every change of any case; `score` 0: not rated."""

    case_id: str
    revision: int
    subscriber_id: str
    account_id: str
    conversation_id: str
    state: CaseState
    priority: CasePriority
    topic: str
    summary: str
    opened_at: Instant
    updated_at: Instant
    language: str = ""
    assignee: str = ""
    tried: tuple[TriedTool, ...] = ()
    resolved_at: Instant | None = None
    resolution: str = ""
    score: int = 0
