"""Tools announce schemas that are true of what they take and give, over gRPC and over MCP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from services.common.kernel.outcome import RefusedError
from services.notification.adapters.mcp.schemas import input_schema, mcp_tool, output_schema
from services.notification.adapters.tools import messages
from services.notification.domain.tools import ToolSpec
from tests.support.notification_tools import ToolWorld

NAMES = (
    *("get_customer", "get_balance", "get_usage", "list_bills", "explain_charge"),
    *("list_offers", "accept_offer", "decline_offer"),
    *("top_up", "change_plan", "buy_add_on"),
    *("suspend_line", "resume_line", "set_roaming", "set_spend_cap", "set_preferences"),
    *("list_notifications", "open_case", "transfer_to_human"),
)
CONFIRMED = {"accept_offer", "change_plan", "buy_add_on", "suspend_line", "set_roaming", "set_spend_cap"}
READ_ONLY = {
    *("get_customer", "get_balance", "get_usage", "list_bills", "explain_charge"),
    *("top_up", "list_notifications"),
}
SPECS = ToolWorld().toolbox.specs()


def test_all_tools_with_their_hints() -> None:
    assert tuple(spec.name for spec in SPECS) == NAMES
    assert {spec.name for spec in SPECS if spec.confirmed} == CONFIRMED
    assert {spec.name for spec in SPECS if spec.read_only} == READ_ONLY
    assert {spec.name for spec in SPECS if spec.destructive} == {"change_plan", "suspend_line"}
    assert {spec.name for spec in SPECS if not spec.idempotent} == {
        "list_offers",
        "open_case",
        "transfer_to_human",
    }


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_schemas_are_schemas_and_every_argument_is_described(spec: ToolSpec) -> None:
    for schema in (spec.input_schema, spec.output_schema, input_schema(spec), output_schema(spec)):
        Draft202012Validator.check_schema(dict(schema))
        assert schema["type"] == "object"
        for reference in _references(schema):
            assert reference.startswith("#/$defs/")
            assert reference.rpartition("/")[2] in schema["$defs"]  # type: ignore[operator]
    properties: Any = input_schema(spec)["properties"]
    assert all(field.get("description") for field in properties.values()), spec.name
    assert ("confirmation_token" in properties) is spec.confirmed
    assert spec.description
    assert '"number"' not in json.dumps([spec.input_schema, spec.output_schema]), "money is never a number"
    tool = mcp_tool(spec)
    assert tool.annotations is not None
    assert tool.annotations.read_only_hint is spec.read_only
    assert messages.tool_of(messages.tool_message(spec)) == spec


@pytest.mark.parametrize("text", ["[]", "4", "null", "{", '"x"', "[" * 5_000, "x" * 20_000])
def test_arguments_are_a_json_object(text: str) -> None:
    with pytest.raises(RefusedError, match="ARGUMENTS_INVALID"):
        messages.arguments_of(text)
    assert messages.arguments_of("") == {}


async def test_outcomes_go_over_the_wire_and_back() -> None:
    world = ToolWorld()
    for outcome in (
        await world.call("get_balance"),
        await world.call("get_usage", days=0),
        await world.call("buy_add_on", offering_code="booster"),
    ):
        assert messages.outcome_of(messages.call_response(outcome)) == outcome


def _references(schema: object) -> list[str]:
    if isinstance(schema, dict):
        own = [schema["$ref"]] if isinstance(schema.get("$ref"), str) else []
        return own + [found for value in schema.values() for found in _references(value)]
    return [found for value in schema for found in _references(value)] if isinstance(schema, list) else []
