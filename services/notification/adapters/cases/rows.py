"""Rows of conversations, messages and cases as domain values, there and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from services.common.kernel.clock import Instant
from services.notification.adapters.tables.cases import (
    ConversationMessageTable,
    ConversationTable,
    SupportCaseTable,
)
from services.notification.domain.cases import Case, CasePriority, CaseState, TriedTool
from services.notification.domain.conversations import (
    Author,
    Conversation,
    ConversationState,
    Message,
    ProposedAction,
)


def conversation_of(row: ConversationTable) -> Conversation:
    """A conversation from its row."""
    return Conversation(
        row.conversation_id,
        row.subscriber_id,
        row.account_id,
        row.language,
        ConversationState(row.state),
        Instant(row.started_at),
        row.case_id,
        row.misses,
    )


def write_conversation(row: ConversationTable, conversation: Conversation) -> None:
    """What may change of one."""
    row.language = conversation.language
    row.state = conversation.state.value
    row.case_id = conversation.case_id
    row.misses = conversation.misses


def new_conversation_row(conversation: Conversation) -> ConversationTable:
    """A row for one that begins."""
    return ConversationTable(
        conversation_id=conversation.conversation_id,
        subscriber_id=conversation.subscriber_id,
        account_id=conversation.account_id,
        language=conversation.language,
        state=conversation.state.value,
        started_at=conversation.started_at,
        case_id=conversation.case_id,
        misses=conversation.misses,
    )


def message_of(row: ConversationMessageTable) -> Message:
    """A message from its row."""
    more: dict[str, Any] = json.loads(row.more)
    proposed = more.get("proposed")
    return Message(
        row.conversation_id,
        row.sequence,
        Author(row.author),
        row.text,
        Instant(row.said_at),
        row.intent,
        row.confidence_permille,
        tuple(more.get("tools", ())),
        tuple(more.get("suggestions", ())),
        None if proposed is None else ProposedAction(**proposed),
        more.get("memory", ""),
    )


def message_row(message: Message, request_id: str) -> ConversationMessageTable:
    """The row of a message."""
    more: dict[str, Any] = {}
    if message.tools:
        more["tools"] = message.tools
    if message.suggestions:
        more["suggestions"] = message.suggestions
    if message.proposed is not None:
        more["proposed"] = asdict(message.proposed)
    if message.memory:
        more["memory"] = message.memory
    return ConversationMessageTable(
        conversation_id=message.conversation_id,
        sequence=message.sequence,
        author=message.author.value,
        text=message.text,
        said_at=message.said_at,
        intent=message.intent,
        confidence_permille=message.confidence_permille,
        more=json.dumps(more, ensure_ascii=False),
        request_id=request_id,
    )


def case_of(row: SupportCaseTable) -> Case:
    """A case from its row."""
    return Case(
        row.case_id,
        row.revision,
        row.subscriber_id,
        row.account_id,
        row.conversation_id,
        CaseState(row.state),
        CasePriority(row.priority),
        row.topic,
        row.summary,
        Instant(row.opened_at),
        Instant(row.updated_at),
        row.language,
        row.assignee,
        tuple(TriedTool(tool, outcome) for tool, outcome in json.loads(row.tried)),
        None if row.resolved_at is None else Instant(row.resolved_at),
        row.resolution,
        row.score,
    )


def new_case_row(case: Case, request_id: str) -> SupportCaseTable:
    """A row for one that is opened."""
    row = SupportCaseTable(
        case_id=case.case_id,
        revision=case.revision,
        request_id=request_id,
        subscriber_id=case.subscriber_id,
        account_id=case.account_id,
        conversation_id=case.conversation_id,
        state=case.state,
        priority=case.priority,
        topic=case.topic,
        summary=case.summary,
        opened_at=case.opened_at,
        updated_at=case.updated_at,
        language=case.language,
        tried=json.dumps([[item.tool, item.outcome] for item in case.tried], ensure_ascii=False),
    )
    write_case(row, case)
    return row


def write_case(row: SupportCaseTable, case: Case) -> None:
    """What may change of one."""
    row.revision = case.revision
    row.state = int(case.state)
    row.assignee = case.assignee
    row.updated_at = case.updated_at
    row.resolved_at = case.resolved_at
    row.resolution = case.resolution
    row.score = case.score
