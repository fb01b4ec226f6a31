"""What the assistant can do for a customer: tools, and what calling one can come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.notification.domain.conversations import ProposedAction


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as it is announced. `confirmed`: it answers with a proposal first and acts on its token."""

    name: str
    title: str
    description: str
    input_schema: Mapping[str, object]
    output_schema: Mapping[str, object]
    read_only: bool
    destructive: bool
    idempotent: bool
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call for one subscriber, whose right to it was checked. `confirmation_token` empty: not confirmed.

    `conversation_id` empty: it comes from a program, over gRPC or MCP.
    """

    subscriber_id: str
    account_id: str
    tool: str
    arguments: Mapping[str, object]
    language: str = ""
    confirmation_token: str = ""
    conversation_id: str = ""


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What it found or did: data by the output schema (money as text), and a sentence or two."""

    result: Mapping[str, object]
    text: str


@dataclass(frozen=True, slots=True)
class ToolRefusal:
    """Why it did not: UPPER_SNAKE, and words for the customer."""

    reason: str
    text: str


ToolOutcome = ToolAnswer | ToolRefusal | ProposedAction
