"""The desk beside the service, over AssistantService: for a program that speaks MCP over stdio."""

from __future__ import annotations

import json
from collections.abc import Sequence

import grpc
from tidemark.notification.v1 import assistant_api_pb2 as api
from tidemark.notification.v1 import assistant_api_pb2_grpc

from services.common.kernel.outcome import Category, Reason, Refused, RefusedError
from services.common.runtime.grpc_errors import error_info
from services.notification.adapters.mcp.server import Asked
from services.notification.adapters.tools.messages import outcome_of, tool_of
from services.notification.domain.tools import ToolOutcome, ToolSpec

_CALL_SECONDS = 30.0
_UNREACHABLE = Reason("NOTIFICATION_UNREACHABLE", Category.UNAVAILABLE)


class RemoteDesk:
    """The ToolDesk port over a channel that presents a token. `subscriber_id`: unless a call names one."""

    def __init__(self, channel: grpc.aio.Channel, subscriber_id: str = "", language: str = "") -> None:
        self._stub = assistant_api_pb2_grpc.AssistantServiceStub(channel)
        self._subscriber_id = subscriber_id
        self._language = language
        self._specs: tuple[ToolSpec, ...] = ()

    async def specs(self) -> Sequence[ToolSpec]:
        """As `ToolDesk.specs`; asked for once."""
        if not self._specs:
            try:
                listed = await self._stub.ListTools(api.ListToolsRequest(), timeout=_CALL_SECONDS)
            except grpc.aio.AioRpcError as error:
                raise _refused(error) from error
            self._specs = tuple(map(tool_of, listed.tools))
        return self._specs

    async def call(self, asked: Asked) -> ToolOutcome:
        """As `ToolDesk.call`."""
        request = api.CallToolRequest(
            subscriber_id=asked.subscriber_id or self._subscriber_id,
            tool=asked.tool,
            arguments_json=json.dumps(asked.arguments, ensure_ascii=False),
            confirmation_token=asked.confirmation_token,
            language=asked.language or self._language,
        )
        try:
            return outcome_of(await self._stub.CallTool(request, timeout=_CALL_SECONDS))
        except grpc.aio.AioRpcError as error:
            raise _refused(error) from error


def _refused(error: grpc.aio.AioRpcError) -> RefusedError:
    """With the service's own reason and words, where it gave any."""
    info = error_info(error)
    if info is None:
        words = f"the notification service gave no answer ({error.code().name})"
        return RefusedError(Refused(_UNREACHABLE, words))
    # The reason is all that is told; what kind of status it was ends here.
    reason = Reason(info.reason, Category.PRECONDITION)
    return RefusedError(Refused(reason, error.details() or info.reason, info.metadata.get("field", "")))
