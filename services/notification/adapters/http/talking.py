"""The inbox, the assistant's tools, conversations and cases."""

from __future__ import annotations

from collections.abc import Mapping

from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import Role
from services.notification.adapters.http.asking import Asked
from services.notification.adapters.http.refusing import BODY_INVALID
from services.notification.adapters.http.shapes import (
    case_json,
    conversation_json,
    message_json,
    notification_json,
    proposal_json,
)
from services.notification.application.ports import CaseDesk, Conversing, Inbox, Said, ToolBox
from services.notification.domain.cases import Case, CaseState
from services.notification.domain.conversations import Conversation, Message, ProposedAction
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import Mark
from services.notification.domain.reasons import CASE_UNKNOWN, CONVERSATION_UNKNOWN, FIELD_INVALID
from services.notification.domain.tools import ToolAnswer, ToolCall, ToolRefusal

Answer = Mapping[str, object]
_MOST_ENTRIES = 500
_MOST_MARKED = 500
_GREATEST = 2**63 - 1


class InboxDesk:
    """Pages and marks."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def page(self, asked: Asked) -> Answer:
        """Oldest first after a cursor."""
        page = await self._inbox.page(
            _recipient(asked),
            asked.count("after", 0, _GREATEST),
            max(1, asked.count("size", 50, _MOST_ENTRIES)),
            asked.flag("include_hidden"),
        )
        return {
            "notifications": [notification_json(entry) for entry in page.notifications],
            "next_cursor": page.next_cursor,
            "unread": page.unread,
        }

    async def mark(self, asked: Asked) -> Answer:
        """`read` or `dismissed`. Again: no change."""
        ids = asked.body.get("notification_ids")
        if not isinstance(ids, list) or not ids or len(ids) > _MOST_MARKED:
            words = f"name 1 to {_MOST_MARKED} notification_ids"
            raise RefusedError(Refused(BODY_INVALID, words, "notification_ids"))
        try:
            mark = Mark(asked.text("mark"))
        except ValueError as error:
            raise RefusedError(Refused(FIELD_INVALID, "mark is `read` or `dismissed`", "mark")) from error
        return {"unread": await self._inbox.mark(_recipient(asked), [str(one) for one in ids], mark)}


class Assistant:
    """Tools, and plain text."""

    def __init__(self, toolbox: ToolBox, conversing: Conversing, desk: CaseDesk) -> None:
        self._toolbox = toolbox
        self._conversing = conversing
        self._desk = desk

    async def tools(self, _asked: Asked) -> Answer:
        """Every tool with its schemas."""
        return {
            "tools": [
                {
                    "name": spec.name,
                    "title": spec.title,
                    "description": spec.description,
                    "input_schema": spec.input_schema,
                    "output_schema": spec.output_schema,
                    "read_only": spec.read_only,
                    "destructive": spec.destructive,
                    "idempotent": spec.idempotent,
                    "confirmed": spec.confirmed,
                }
                for spec in self._toolbox.specs()
            ]
        }

    async def call(self, asked: Asked) -> Answer:
        """One of `result` with `text`, `refusal` and `proposed`."""
        arguments = asked.body.get("arguments", {})
        if not isinstance(arguments, dict):
            raise RefusedError(Refused(BODY_INVALID, "arguments must be a JSON object", "arguments"))
        outcome = await self._toolbox.call(
            ToolCall(
                asked.who.subscriber_id,
                asked.who.account_id,
                asked.path["tool"],
                arguments,
                asked.text("language"),
                asked.text("confirmation_token"),
            )
        )
        match outcome:
            case ToolAnswer(result, text):
                return {"result": dict(result), "text": text}
            case ToolRefusal(reason, text):
                return {"refusal": {"reason": reason, "text": text}}
            case ProposedAction():
                return {"proposed": proposal_json(outcome)}

    async def converse(self, asked: Asked) -> Answer:
        """Says something, hears what was said since; the answer is the last of it."""
        conversation_id = asked.text("conversation_id")
        if conversation_id:
            await self._own(asked, conversation_id, _GREATEST)
        heard = await self._conversing.converse(
            Said(
                asked.who.subscriber_id,
                asked.who.account_id,
                asked.text("text"),
                conversation_id,
                asked.text("confirm"),
                asked.text("request_id"),
                asked.text("language"),
            )
        )
        return {
            "conversation_id": heard.conversation_id,
            "state": heard.state.value,
            "case_id": heard.case_id,
            "messages": [message_json(message) for message in heard.messages],
        }

    async def conversation(self, asked: Asked) -> Answer:
        """From a message on."""
        after = asked.count("after_sequence", 0, _GREATEST)
        conversation, messages = await self._own(asked, asked.path["conversation_id"], after)
        return conversation_json(conversation, messages)

    async def rate(self, asked: Asked) -> Answer:
        """1 to 5."""
        await self._own(asked, asked.path["conversation_id"], _GREATEST)
        score = asked.body.get("score")
        if not isinstance(score, int) or isinstance(score, bool) or not 1 <= score <= 5:
            raise RefusedError(Refused(FIELD_INVALID, "score is 1 to 5", "score"))
        await self._conversing.rate(asked.path["conversation_id"], score, asked.text("comment"))
        return {}

    async def cases(self, asked: Asked) -> Answer:
        """The subscriber's own, resolved ones too."""
        found = await self._desk.queue(list(CaseState), subscriber_id=asked.who.subscriber_id)
        return {"cases": [case_json(case) for case in found]}

    async def case(self, asked: Asked) -> Answer:
        """One of them."""
        case = await self._desk.get(asked.path["case_id"])
        _require_own_case(asked, case)
        return case_json(case)

    async def _own(
        self, asked: Asked, conversation_id: str, after: int
    ) -> tuple[Conversation, list[Message]]:
        """Another's conversation and one that does not exist sound the same."""
        conversation, messages = await self._conversing.get(conversation_id, after)
        if conversation.account_id != asked.who.account_id:
            words = "there is no such conversation"
            raise RefusedError(Refused(CONVERSATION_UNKNOWN, words, "conversation_id"))
        return conversation, list(messages)


def _require_own_case(asked: Asked, case: Case) -> None:
    if case.account_id != asked.who.account_id and asked.caller.role is not Role.OPERATOR:
        raise RefusedError(Refused(CASE_UNKNOWN, f"there is no case {case.case_id!r}", "case_id"))


def _recipient(asked: Asked) -> Recipient:
    return Recipient(subscriber_id=asked.who.subscriber_id, account_id=asked.who.account_id)
