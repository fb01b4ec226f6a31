"""What may become of a case, and what is said about it."""

from __future__ import annotations

from dataclasses import replace

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Refused
from services.notification.domain import reasons
from services.notification.domain.cases import Case, CaseState
from services.notification.domain.conversations import Author, Conversation, ConversationState, Message
from services.notification.domain.facts import Fact, FactKind, Recipient

LONGEST_REPLY = 4_000
LONGEST_SUMMARY = 2_000


def assigned(case: Case, assignee: str, now: Instant) -> Case | Refused:
    """Somebody has taken it on. The same assignee again: no change."""
    if case.state is CaseState.RESOLVED:
        return _is_resolved(case)
    if case.assignee == assignee and case.state is CaseState.ASSIGNED:
        return case
    return replace(case, state=CaseState.ASSIGNED, assignee=assignee, updated_at=now)


def answered(case: Case, agent: str, now: Instant) -> Case | Refused:
    """Somebody has answered; who answers a case that nobody has taken on takes it on."""
    if case.state is CaseState.RESOLVED:
        return _is_resolved(case)
    return replace(case, state=CaseState.ASSIGNED, assignee=case.assignee or agent, updated_at=now)


def resolved(case: Case, resolution: str, now: Instant) -> Case | Refused:
    """It is over."""
    if case.state is CaseState.RESOLVED:
        return _is_resolved(case)
    return replace(case, state=CaseState.RESOLVED, resolution=resolution, resolved_at=now, updated_at=now)


def handed_over(conversation: Conversation, case: Case) -> Conversation:
    """People answer from here on."""
    return replace(conversation, state=ConversationState.HANDED_OVER, case_id=case.case_id, misses=0)


def given_back(conversation: Conversation) -> Conversation:
    """The assistant answers again; which case it was stays known, for the feedback that comes after."""
    return replace(conversation, state=ConversationState.ASSISTANT, misses=0)


def agent_message(conversation_id: str, text: str, now: Instant) -> Message:
    """Something that a person says; it gets its place where it is stored."""
    return Message(conversation_id, 0, Author.AGENT, text, now)


def opened_fact(case: Case) -> Fact:
    """For the operator."""
    return Fact(
        FactKind.CASE_OPENED,
        f"case-{case.case_id}",
        Recipient(operator=True),
        case.opened_at,
        {
            "case_id": case.case_id,
            "topic": case.topic,
            "priority": case.priority.name.lower(),
            "summary": case.summary,
        },
        about=case.case_id,
    )


def answered_fact(case: Case, message: Message, agent: str, is_resolved: bool = False) -> Fact:
    """For the customer, who may have gone away meanwhile."""
    return Fact(
        FactKind.CASE_ANSWERED,
        f"case-{case.case_id}-{message.sequence}",
        Recipient(subscriber_id=case.subscriber_id, account_id=case.account_id),
        message.said_at,
        {"case_id": case.case_id, "text": message.text, "agent": agent, "resolved": is_resolved},
        about=case.case_id,
    )


def _is_resolved(case: Case) -> Refused:
    return Refused(reasons.CASE_RESOLVED, f"case {case.case_id} is resolved; open another one", "case_id")
