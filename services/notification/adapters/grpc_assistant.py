"""AssistantService over gRPC: tools, and plain text. Subscribers act for their own account only."""

from __future__ import annotations

from typing import Any

from tidemark.notification.v1 import assistant_api_pb2 as api
from tidemark.notification.v1 import assistant_api_pb2_grpc

from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import Caller, Callers, Role, require_account
from services.notification.adapters.asked import LAST_PLACE, place
from services.notification.adapters.tools import messages
from services.notification.adapters.tools.whose import whose
from services.notification.application.ports import Conversing, Directory, Said, ToolBox
from services.notification.domain.conversations import Conversation
from services.notification.domain.reasons import CONVERSATION_UNKNOWN
from services.notification.domain.tools import ToolCall

Context = Any


class AssistantServicer(assistant_api_pb2_grpc.AssistantServiceServicer):
    """Translates, checks who asks, calls, translates back."""

    def __init__(
        self, toolbox: ToolBox, conversing: Conversing, directory: Directory, callers: Callers
    ) -> None:
        self._toolbox = toolbox
        self._conversing = conversing
        self._directory = directory
        self._callers = callers

    async def ListTools(self, _request: api.ListToolsRequest, context: Context) -> api.ListToolsResponse:
        """Every tool with its schemas and hints, for whoever has a token."""
        self._callers.of(context)
        return api.ListToolsResponse(tools=map(messages.tool_message, self._toolbox.specs()))

    async def CallTool(self, request: api.CallToolRequest, context: Context) -> api.CallToolResponse:
        """Calls one; refusals and proposals are answers."""
        caller = self._callers.of(context)
        who = await whose(self._directory, caller, request.subscriber_id)
        call = ToolCall(
            who.subscriber_id,
            who.account_id,
            request.tool,
            messages.arguments_of(request.arguments_json),
            request.language,
            request.confirmation_token,
        )
        return messages.call_response(await self._toolbox.call(call))

    async def Converse(self, request: api.ConverseRequest, context: Context) -> api.ConverseResponse:
        """Says something, hears the answer."""
        caller = self._callers.of(context)
        who = await whose(self._directory, caller, request.subscriber_id)
        said = Said(
            who.subscriber_id,
            who.account_id,
            request.text,
            request.conversation_id,
            request.confirm,
            request.request_id,
            request.language,
        )
        heard = await self._conversing.converse(said)
        return api.ConverseResponse(
            conversation_id=heard.conversation_id,
            state=messages.state_message(heard.state),
            messages=map(messages.said_message, heard.messages),
            case_id=heard.case_id,
        )

    async def GetConversation(
        self, request: api.GetConversationRequest, context: Context
    ) -> api.GetConversationResponse:
        """A conversation from a message on."""
        caller = self._callers.of(context)
        conversation, said = await self._conversing.get(
            request.conversation_id, place(request.after_sequence, "after_sequence")
        )
        _require_own(conversation, caller)
        return api.GetConversationResponse(conversation=messages.conversation_message(conversation, said))

    async def RateConversation(
        self, request: api.RateConversationRequest, context: Context
    ) -> api.RateConversationResponse:
        """How it was."""
        caller = self._callers.of(context)
        conversation, _ = await self._conversing.get(request.conversation_id, LAST_PLACE)
        _require_own(conversation, caller)
        await self._conversing.rate(request.conversation_id, request.score, request.comment)
        return api.RateConversationResponse()


def _require_own(conversation: Conversation, caller: Caller) -> None:
    """Another's conversation and one that does not exist sound the same."""
    if caller.role is Role.SUBSCRIBER and caller.account != conversation.account_id:
        words = "there is no such conversation"
        raise RefusedError(Refused(CONVERSATION_UNKNOWN, words, "conversation_id"))
    require_account(caller, conversation.account_id)
