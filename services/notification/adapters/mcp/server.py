"""The MCP server: lists the tools as they describe themselves, and calls them at a desk."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult, TextContent, Tool

from services.common.kernel.clock import iso
from services.common.kernel.outcome import RefusedError
from services.common.runtime.callers import Caller
from services.common.runtime.logs import get_logger
from services.notification.adapters.mcp.schemas import (
    CONFIRMATION,
    DONE,
    LANGUAGE,
    PROPOSED,
    SUBSCRIBER,
    mcp_tool,
)
from services.notification.domain.conversations import ProposedAction
from services.notification.domain.tools import ToolAnswer, ToolOutcome, ToolRefusal, ToolSpec

_log = get_logger(__name__)

CALLER_KEY = "tidemark.caller"
"""Where the gate of the HTTP transport leaves who calls, in the scope of the request."""

_INSTRUCTIONS = (
    "Tools of a telecom operator for one customer at a time. What costs money or changes the contract "
    "answers with a proposal: show its summary to the customer, and call again with its confirmation_token "
    "only after a yes. Never ask for card data. What no tool does, goes to a person: open_case or "
    "transfer_to_human."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A call as it came in. `caller` None: the transport does not tell, whoever answers will know."""

    tool: str
    arguments: Mapping[str, object]
    subscriber_id: str = ""
    language: str = ""
    confirmation_token: str = ""
    caller: Caller | None = field(default=None)


class ToolDesk(Protocol):
    """Where tools are called."""

    async def specs(self) -> Sequence[ToolSpec]:
        """All tools."""

    async def call(self, asked: Asked) -> ToolOutcome:
        """Calls one. Raises RefusedError where the caller may not, or nothing can be made of the call."""


class AssistantMcp(MCPServer[Any]):
    """An MCPServer whose tools bring their own schemas, instead of ones guessed from signatures."""

    def __init__(self, desk: ToolDesk, version: str = "") -> None:
        super().__init__(
            "tidemark-assistant",
            title="Tidemark assistant",
            instructions=_INSTRUCTIONS,
            version=version,
            log_level="WARNING",
        )
        self._desk = desk

    async def list_tools(self) -> list[Tool]:
        """All tools."""
        return [mcp_tool(spec) for spec in await self._desk.specs()]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult:
        """Calls one. A refusal is a result with `is_error`, its reason and words; never a traceback."""
        try:
            outcome = await self._desk.call(_asked(name, arguments, _caller(context)))
            return _result(outcome, is_confirmed=await self._is_confirmed(name))
        except RefusedError as error:
            return _refused(error.refused.reason.name, error.refused.message)
        except Exception:
            _log.exception("a tool failed over MCP", tool=name[:64])
            return _refused("INTERNAL", "That did not work; the fault is ours. Please try again later.")

    async def _is_confirmed(self, name: str) -> bool:
        return any(spec.name == name and spec.confirmed for spec in await self._desk.specs())


def _caller(context: Context[Any, Any] | None) -> Caller | None:
    request = None if context is None else context.request_context.request
    found = None if request is None else request.scope.get(CALLER_KEY)
    return found if isinstance(found, Caller) else None


def _asked(name: str, arguments: Mapping[str, object], caller: Caller | None) -> Asked:
    own = {key: value for key, value in arguments.items() if key not in (SUBSCRIBER, LANGUAGE, CONFIRMATION)}
    return Asked(
        name,
        own,
        _text(arguments, SUBSCRIBER),
        _text(arguments, LANGUAGE),
        _text(arguments, CONFIRMATION),
        caller,
    )


def _text(arguments: Mapping[str, object], key: str) -> str:
    value = arguments.get(key, "")
    return value if isinstance(value, str) else ""


def _result(outcome: ToolOutcome, *, is_confirmed: bool) -> CallToolResult:
    match outcome:
        case ToolRefusal():
            return _refused(outcome.reason, outcome.text)
        case ProposedAction():
            proposal = {
                "confirmation_token": outcome.confirmation_token,
                "tool": outcome.tool,
                "arguments": json.loads(outcome.arguments_json),
                "summary": outcome.summary,
                "price": outcome.price,
                "expires_at": iso(outcome.expires_at),
            }
            return _answered({PROPOSED: proposal}, outcome.summary)
        case ToolAnswer():
            result = dict(outcome.result)
            return _answered({DONE: result} if is_confirmed else result, outcome.text)


def _answered(structured: dict[str, Any], text: str) -> CallToolResult:
    content = [TextContent(type="text", text=text)]
    return CallToolResult(content=list(content), structured_content=structured)


def _refused(reason: str, text: str) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=text)],
        structured_content={"reason": reason, "text": text},
        is_error=True,
    )
