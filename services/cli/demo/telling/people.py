"""Both sides of a conversation: a customer with a token of their own, and one of the operator's staff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import grpc
from tidemark.notification.v1 import (
    assistant_api_pb2,
    assistant_api_pb2_grpc,
    case_api_pb2,
    case_api_pb2_grpc,
    conversation_pb2,
    notification_api_pb2,
    notification_api_pb2_grpc,
)

from services.cli.demo.telling.desk import CALL_SECONDS

AGENT = "Kim"
SCORE = 5
_LANGUAGE = "en"


class Customer:
    """What the customer does, with a token of their own."""

    def __init__(self, channel: grpc.aio.Channel, name: str) -> None:
        self.conversation_id = ""
        self._assistant = assistant_api_pb2_grpc.AssistantServiceStub(channel)
        self._inbox = notification_api_pb2_grpc.NotificationServiceStub(channel)
        self._name = name
        self._turns = 0

    async def say(self, text: str) -> assistant_api_pb2.ConverseResponse:
        """The next thing in the conversation."""
        self._turns += 1
        request = assistant_api_pb2.ConverseRequest(
            conversation_id=self.conversation_id,
            text=text,
            language=_LANGUAGE,
            request_id=f"{self._name}/{self._turns}",
        )
        answer = await self._assistant.Converse(request, timeout=CALL_SECONDS)
        self.conversation_id = answer.conversation_id
        return answer

    async def charge_named(self) -> assistant_api_pb2.CallToolResponse:
        """The same question, asked of the tool: it says in data what the assistant says in words."""
        request = assistant_api_pb2.CallToolRequest(
            tool="explain_charge", arguments_json="{}", language=_LANGUAGE
        )
        return await self._assistant.CallTool(request, timeout=CALL_SECONDS)

    def watched(self) -> Any:
        """The stream with what is said in conversations."""
        request = notification_api_pb2.WatchNotificationsRequest(with_conversations=True)
        return self._inbox.WatchNotifications(request, timeout=CALL_SECONDS)

    async def conversation(self) -> Sequence[conversation_pb2.Message]:
        """All that was said, as the customer reads it."""
        request = assistant_api_pb2.GetConversationRequest(conversation_id=self.conversation_id)
        answer = await self._assistant.GetConversation(request, timeout=CALL_SECONDS)
        return list(answer.conversation.messages)


class Staff:
    """What a member of the operator's staff does with one case."""

    def __init__(self, channel: grpc.aio.Channel, case_id: str, name: str) -> None:
        self.case_id = case_id
        self._stub = case_api_pb2_grpc.CaseServiceStub(channel)
        self._name = name

    async def case(self) -> case_api_pb2.GetCaseResponse:
        """The case with its transcript."""
        request = case_api_pb2.GetCaseRequest(case_id=self.case_id)
        return await self._stub.GetCase(request, timeout=CALL_SECONDS)

    async def is_queued(self) -> bool:
        """True where it stands in the queue."""
        queue = await self._stub.ListCases(case_api_pb2.ListCasesRequest(), timeout=CALL_SECONDS)
        return self.case_id in [case.case_id for case in queue.cases]

    async def take_on(self) -> None:
        """Becomes its assignee."""
        request = case_api_pb2.AssignCaseRequest(case_id=self.case_id, assignee=AGENT)
        await self._stub.AssignCase(request, timeout=CALL_SECONDS)

    async def reply(self, text: str) -> None:
        """Writes to the customer."""
        request = case_api_pb2.ReplyToCaseRequest(
            request_id=f"{self._name}/reply", case_id=self.case_id, text=text
        )
        await self._stub.ReplyToCase(request, timeout=CALL_SECONDS)

    async def resolve(self, text: str) -> None:
        """Ends it."""
        request = case_api_pb2.ResolveCaseRequest(case_id=self.case_id, resolution=text)
        await self._stub.ResolveCase(request, timeout=CALL_SECONDS)
