"""AssistantService's messages from values, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import cast

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.notification.v1 import assistant_api_pb2 as api
from tidemark.notification.v1 import conversation_pb2

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.notification.domain.conversations import (
    Author,
    Conversation,
    ConversationState,
    Message,
    ProposedAction,
)
from services.notification.domain.reasons import ARGUMENTS_INVALID
from services.notification.domain.tools import ToolAnswer, ToolOutcome, ToolRefusal, ToolSpec

_LONGEST_ARGUMENTS = 16_384
_AUTHORS = {
    Author.CUSTOMER: conversation_pb2.AUTHOR_CUSTOMER,
    Author.ASSISTANT: conversation_pb2.AUTHOR_ASSISTANT,
    Author.AGENT: conversation_pb2.AUTHOR_AGENT,
}
_STATES = {
    ConversationState.ASSISTANT: conversation_pb2.CONVERSATION_STATE_ASSISTANT,
    ConversationState.HANDED_OVER: conversation_pb2.CONVERSATION_STATE_HANDED_OVER,
    ConversationState.CLOSED: conversation_pb2.CONVERSATION_STATE_CLOSED,
}


def tool_message(spec: ToolSpec) -> api.Tool:
    """A tool as it is announced."""
    return api.Tool(
        name=spec.name,
        title=spec.title,
        description=spec.description,
        input_schema_json=_json(spec.input_schema),
        output_schema_json=_json(spec.output_schema),
        read_only=spec.read_only,
        destructive=spec.destructive,
        idempotent=spec.idempotent,
        confirmed=spec.confirmed,
    )


def tool_of(message: api.Tool) -> ToolSpec:
    """Back, at a client."""
    return ToolSpec(
        message.name,
        message.title,
        message.description,
        json.loads(message.input_schema_json),
        json.loads(message.output_schema_json),
        message.read_only,
        message.destructive,
        message.idempotent,
        message.confirmed,
    )


def arguments_of(text: str) -> Mapping[str, object]:
    """A JSON object; an empty text is an empty one. Raises RefusedError ARGUMENTS_INVALID."""
    if len(text) > _LONGEST_ARGUMENTS:
        words = f"arguments_json may have {_LONGEST_ARGUMENTS} characters at most"
        raise RefusedError(Refused(ARGUMENTS_INVALID, words, "arguments_json"))
    try:
        arguments = json.loads(text or "{}")
    except (ValueError, RecursionError):
        arguments = None
    if not isinstance(arguments, dict):
        raise RefusedError(Refused(ARGUMENTS_INVALID, "arguments_json is a JSON object", "arguments_json"))
    return cast(Mapping[str, object], arguments)


def call_response(outcome: ToolOutcome) -> api.CallToolResponse:
    """What a call came to."""
    match outcome:
        case ToolAnswer():
            return api.CallToolResponse(result_json=_json(outcome.result), text=outcome.text)
        case ToolRefusal():
            refusal = api.ToolRefusal(reason=outcome.reason, text=outcome.text)
            return api.CallToolResponse(text=outcome.text, refusal=refusal)
        case ProposedAction():
            return api.CallToolResponse(text=outcome.summary, proposed=proposed_message(outcome))


def outcome_of(response: api.CallToolResponse) -> ToolOutcome:
    """Back, at a client."""
    if response.HasField("refusal"):
        return ToolRefusal(response.refusal.reason, response.refusal.text)
    if response.HasField("proposed"):
        proposed = response.proposed
        return ProposedAction(
            proposed.confirmation_token,
            proposed.tool,
            proposed.arguments_json,
            proposed.summary,
            proposed.price,
            Instant(proposed.expires_at.ToMicroseconds()),
        )
    return ToolAnswer(json.loads(response.result_json or "{}"), response.text)


def proposed_message(action: ProposedAction) -> conversation_pb2.ProposedAction:
    """An action that waits for a yes."""
    return conversation_pb2.ProposedAction(
        confirmation_token=action.confirmation_token,
        tool=action.tool,
        arguments_json=action.arguments_json,
        summary=action.summary,
        price=action.price,
        expires_at=_timestamp(action.expires_at),
    )


def said_message(message: Message) -> conversation_pb2.Message:
    """One thing said."""
    return conversation_pb2.Message(
        conversation_id=message.conversation_id,
        sequence=message.sequence,
        author=_AUTHORS[message.author],
        text=message.text,
        said_at=_timestamp(message.said_at),
        intent=message.intent,
        confidence_permille=message.confidence_permille,
        tools=message.tools,
        suggestions=message.suggestions,
        proposed=proposed_message(message.proposed) if message.proposed else None,
    )


def state_message(state: ConversationState) -> conversation_pb2.ConversationState.ValueType:
    """Who answers."""
    return _STATES[state]


def conversation_message(
    conversation: Conversation, messages: Sequence[Message]
) -> conversation_pb2.Conversation:
    """A conversation with some of its messages."""
    return conversation_pb2.Conversation(
        conversation_id=conversation.conversation_id,
        subscriber_id=conversation.subscriber_id,
        language=conversation.language,
        state=_STATES[conversation.state],
        case_id=conversation.case_id,
        messages=map(said_message, messages),
        started_at=_timestamp(conversation.started_at),
    )


def _timestamp(at: Instant) -> Timestamp:
    message = Timestamp()
    message.FromMicroseconds(at)
    return message


def _json(document: Mapping[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False)
