"""What conversations are kept in, by the assistant and by the case desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.notification.domain.conversations import Conversation, Message


class Transcripts(Protocol):
    """What conversations are kept in; the case desk writes the agents' part."""

    async def start(self, conversation: Conversation) -> None:
        """A new one."""

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """None: unknown."""

    async def messages(self, conversation_id: str, after_sequence: int = 0) -> Sequence[Message]:
        """In their order."""

    async def add(
        self, conversation: Conversation, messages: Sequence[Message], request_id: str = ""
    ) -> Sequence[Message]:
        """Adds messages and stores the conversation as it is now; returns them as stored.

        Their sequences are given here: an agent may have answered meanwhile.
        """

    async def answered(self, conversation_id: str, request_id: str) -> Sequence[Message]:
        """The messages that a request of that id added; none: it is new."""

    async def rate(self, conversation_id: str, score: int, comment: str) -> bool:
        """Keeps how it was, with the case that it led to; False: there is no such conversation."""
