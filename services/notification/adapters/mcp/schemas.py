"""Tools as the Model Context Protocol announces them: what a call may say beside the tool's own arguments,
and what comes back from a tool that proposes first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp_types import Tool, ToolAnnotations

from services.notification.domain.tools import ToolSpec

SUBSCRIBER, LANGUAGE, CONFIRMATION = "subscriber_id", "answer_in", "confirmation_token"
DONE, PROPOSED = "done", "proposed"

_SAID_BESIDE: Mapping[str, Mapping[str, Any]] = {
    SUBSCRIBER: {
        "type": "string",
        "description": "Whom it is for. May be left out where the token's account has one subscriber.",
    },
    LANGUAGE: {"type": "string", "description": "BCP 47: language of the words; by default the customer's."},
}
_CONFIRMATION: Mapping[str, Any] = {
    "type": "string",
    "description": "Of a proposal that the customer has said yes to. Never send one that they have not seen.",
}
_PROPOSAL: Mapping[str, Any] = {
    "type": "object",
    "description": "Nothing has been done yet: show the summary, and call again with the token on a yes.",
    "properties": {
        "confirmation_token": {"type": "string"},
        "tool": {"type": "string"},
        "arguments": {"type": "object"},
        "summary": {"type": "string"},
        "price": {"type": "string", "description": "`4.99 EUR`; empty: it costs nothing now."},
        "expires_at": {"type": "string", "description": "ISO 8601"},
    },
    "required": ["confirmation_token", "tool", "arguments", "summary", "price", "expires_at"],
    "additionalProperties": False,
}


def mcp_tool(spec: ToolSpec) -> Tool:
    """A tool as it is listed."""
    return Tool(
        name=spec.name,
        title=spec.title,
        description=spec.description,
        input_schema=input_schema(spec),
        output_schema=output_schema(spec),
        annotations=ToolAnnotations(
            title=spec.title,
            read_only_hint=spec.read_only,
            destructive_hint=spec.destructive,
            idempotent_hint=spec.idempotent,
            open_world_hint=False,
        ),
    )


def input_schema(spec: ToolSpec) -> dict[str, Any]:
    """The tool's arguments, with whom it is for, the language, and the token where one is needed."""
    schema: dict[str, Any] = dict(spec.input_schema)
    beside = {**_SAID_BESIDE, **({CONFIRMATION: _CONFIRMATION} if spec.confirmed else {})}
    schema["properties"] = {**schema.get("properties", {}), **beside}
    return schema


def output_schema(spec: ToolSpec) -> dict[str, Any]:
    """The tool's result; of one that is confirmed, `done` with the result or `proposed`."""
    schema: dict[str, Any] = dict(spec.output_schema)
    if not spec.confirmed:
        return schema
    # References lead to the root of a document: definitions move there.
    definitions = schema.pop("$defs", None)
    whole: dict[str, Any] = {
        "type": "object",
        "properties": {DONE: schema, PROPOSED: dict(_PROPOSAL)},
        "oneOf": [{"required": [DONE]}, {"required": [PROPOSED]}],
        "additionalProperties": False,
    }
    return whole if definitions is None else {**whole, "$defs": definitions}
