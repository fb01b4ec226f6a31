"""The Transcripts port: conversations and their messages in SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlmodel import Session, col, select

from services.common.runtime.database import Database
from services.notification.adapters.asked import is_id
from services.notification.adapters.cases.case_changes import heard_from, rated
from services.notification.adapters.cases.rows import (
    conversation_of,
    message_of,
    message_row,
    new_conversation_row,
)
from services.notification.adapters.tables.cases import ConversationMessageTable, ConversationTable
from services.notification.domain.conversations import Author, Conversation, ConversationState, Message

Said = Callable[[str, Message], None]
"""Told of each message after its commit, with the subscriber whose conversation it is in."""


class SqlTranscripts:
    """Fulfils `Transcripts`. `on_said` is the hub's; `on_event` is told where an event may wait."""

    def __init__(self, database: Database, on_said: Said, on_event: Callable[[], None]) -> None:
        self._database = database
        self._on_said = on_said
        self._on_event = on_event

    async def start(self, conversation: Conversation) -> None:
        """A new one, without messages."""

        def insert(session: Session) -> None:
            session.add(new_conversation_row(conversation))

        await self._database.run(insert)

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """As it stands."""

        def look(session: Session) -> Conversation | None:
            row = session.get(ConversationTable, conversation_id)
            return None if row is None else conversation_of(row)

        return await self._database.run(look) if is_id(conversation_id) else None

    async def messages(self, conversation_id: str, after_sequence: int = 0) -> Sequence[Message]:
        """In their order."""
        return await self._database.run(lambda session: messages_in(session, conversation_id, after_sequence))

    async def add(
        self, conversation: Conversation, messages: Sequence[Message], request_id: str = ""
    ) -> Sequence[Message]:
        """Stores both in one transaction; streams are told after it, and whoever has its case.

        Who answers is left as it stands: only the case desk hands over and gives back, and it may just have.
        """

        def store(session: Session) -> Sequence[Message]:
            row = locked_conversation(session, conversation.conversation_id)
            row.language, row.misses = conversation.language, conversation.misses
            stored = add_messages(session, row, messages, request_id)
            customer = [message for message in stored if message.author is Author.CUSTOMER]
            if row.state == ConversationState.HANDED_OVER.value and row.case_id and customer:
                heard_from(session, row.case_id, customer[-1].said_at)
            return stored

        stored = await self._database.run(store)
        self._on_event()
        for message in stored:
            self._on_said(conversation.subscriber_id, message)
        return stored

    async def answered(self, conversation_id: str, request_id: str) -> Sequence[Message]:
        """What a request of that id added."""

        return await self._database.run(lambda session: _of_request(session, conversation_id, request_id))

    async def rate(self, conversation_id: str, score: int, comment: str) -> bool:
        """With the case that it led to."""
        found = await self._database.run(lambda session: rated(session, conversation_id, score, comment))
        if found:
            self._on_event()
        return found


def locked_conversation(session: Session, conversation_id: str) -> ConversationTable:
    """The row, kept from others until the transaction ends. Raises NoResultFound."""
    statement = select(ConversationTable).where(ConversationTable.conversation_id == conversation_id)
    return session.exec(statement.with_for_update()).one()


def add_messages(
    session: Session, row: ConversationTable, messages: Sequence[Message], request_id: str
) -> Sequence[Message]:
    """Gives messages their places after the last one of a locked conversation."""
    stored = []
    for message in messages:
        row.last_sequence += 1
        placed = replace(message, sequence=row.last_sequence)
        session.add(message_row(placed, request_id))
        stored.append(placed)
    return stored


def messages_in(session: Session, conversation_id: str, after_sequence: int = 0) -> Sequence[Message]:
    """Messages beyond a place."""
    statement = (
        select(ConversationMessageTable)
        .where(
            ConversationMessageTable.conversation_id == conversation_id,
            col(ConversationMessageTable.sequence) > after_sequence,
        )
        .order_by(col(ConversationMessageTable.sequence))
    )
    return [message_of(row) for row in session.exec(statement)]


def _of_request(session: Session, conversation_id: str, request_id: str) -> Sequence[Message]:
    statement = (
        select(ConversationMessageTable)
        .where(
            ConversationMessageTable.conversation_id == conversation_id,
            ConversationMessageTable.request_id == request_id,
        )
        .order_by(col(ConversationMessageTable.sequence))
    )
    return [message_of(row) for row in session.exec(statement)]


def first_of_request(session: Session, conversation_id: str, request_id: str) -> Message | None:
    """The first message that a request added; None: it is new, or came without an id."""
    found = _of_request(session, conversation_id, request_id) if request_id else []
    return found[0] if found else None
