"""Conversations and cases as protobuf messages."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.notification.v1 import case_api_pb2, conversation_pb2

from services.common.kernel.clock import Instant
from services.notification.domain.cases import Case
from services.notification.domain.conversations import (
    Author,
    Conversation,
    ConversationState,
    Message,
    ProposedAction,
)

AUTHORS = {
    Author.CUSTOMER: conversation_pb2.AUTHOR_CUSTOMER,
    Author.ASSISTANT: conversation_pb2.AUTHOR_ASSISTANT,
    Author.AGENT: conversation_pb2.AUTHOR_AGENT,
}
STATES = {
    ConversationState.ASSISTANT: conversation_pb2.CONVERSATION_STATE_ASSISTANT,
    ConversationState.HANDED_OVER: conversation_pb2.CONVERSATION_STATE_HANDED_OVER,
    ConversationState.CLOSED: conversation_pb2.CONVERSATION_STATE_CLOSED,
}
_MICROS = 1_000_000
_NANOS_PER_MICRO = 1_000


def stamp(at: Instant) -> Timestamp:
    """An instant on the wire."""
    seconds, micros = divmod(at, _MICROS)
    return Timestamp(seconds=seconds, nanos=micros * _NANOS_PER_MICRO)


def message_message(message: Message) -> conversation_pb2.Message:
    """One thing said."""
    return conversation_pb2.Message(
        conversation_id=message.conversation_id,
        sequence=message.sequence,
        author=AUTHORS[message.author],
        text=message.text,
        said_at=stamp(message.said_at),
        intent=message.intent,
        confidence_permille=message.confidence_permille,
        tools=message.tools,
        suggestions=message.suggestions,
        proposed=None if message.proposed is None else proposed_message(message.proposed),
    )


def proposed_message(action: ProposedAction) -> conversation_pb2.ProposedAction:
    """An action that waits for a yes."""
    return conversation_pb2.ProposedAction(
        confirmation_token=action.confirmation_token,
        tool=action.tool,
        arguments_json=action.arguments_json,
        summary=action.summary,
        price=action.price,
        expires_at=stamp(action.expires_at),
    )


def conversation_message(
    conversation: Conversation, messages: list[conversation_pb2.Message]
) -> conversation_pb2.Conversation:
    """A conversation with what was said."""
    return conversation_pb2.Conversation(
        conversation_id=conversation.conversation_id,
        subscriber_id=conversation.subscriber_id,
        language=conversation.language,
        state=STATES[conversation.state],
        case_id=conversation.case_id,
        messages=messages,
        started_at=stamp(conversation.started_at),
    )


def case_message(case: Case) -> case_api_pb2.Case:
    """A case. The numbers of states and priorities are the contract's own."""
    message = case_api_pb2.Case(
        case_id=case.case_id,
        revision=case.revision,
        subscriber_id=case.subscriber_id,
        account_id=case.account_id,
        conversation_id=case.conversation_id,
        state=case_api_pb2.CaseState.ValueType(case.state),
        priority=case_api_pb2.CasePriority.ValueType(case.priority),
        topic=case.topic,
        summary=case.summary,
        assignee=case.assignee,
        tried=[case_api_pb2.TriedTool(tool=item.tool, outcome=item.outcome) for item in case.tried],
        opened_at=stamp(case.opened_at),
        updated_at=stamp(case.updated_at),
        resolution=case.resolution,
        score=case.score,
        language=case.language,
    )
    if case.resolved_at is not None:
        message.resolved_at.CopyFrom(stamp(case.resolved_at))
    return message
