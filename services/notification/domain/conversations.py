"""A conversation of a customer with the assistant, and with people once it was handed over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from services.common.kernel.clock import DAY, Instant

KEPT = 400 * DAY
"""After the last word, and after the last step of a case that is over."""


class Author(Enum):
    """Who said it."""

    CUSTOMER = "customer"
    ASSISTANT = "assistant"
    AGENT = "agent"


class ConversationState(Enum):
    """Who answers."""

    ASSISTANT = "assistant"
    HANDED_OVER = "handed-over"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ProposedAction:
    """An action that waits for a yes. `price` as text (`4.99 EUR`), empty: it costs nothing."""

    confirmation_token: str
    tool: str
    arguments_json: str
    summary: str
    price: str
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class Message:
    """One thing said. `sequence` from 1 without gaps; `intent` empty: nothing was understood, or needed."""

    conversation_id: str
    sequence: int
    author: Author
    text: str
    said_at: Instant
    intent: str = ""
    confidence_permille: int = 0
    tools: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    proposed: ProposedAction | None = None
    memory: str = ""
    """What the assistant keeps in mind from here on; nobody else reads it."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Without its messages."""

    conversation_id: str
    subscriber_id: str
    account_id: str
    language: str
    state: ConversationState
    started_at: Instant
    case_id: str = ""
    misses: int = 0
    """Utterances in a row that were not understood."""
