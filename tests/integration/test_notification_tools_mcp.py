"""An MCP client of the official package lists and calls every tool, over streamable HTTP and over stdio."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from mcp import Client, StdioServerParameters

from services.common.runtime.callers import Callers, Role
from services.notification.application.tools.ports import Explanation
from tests.support.notification_tools import ToolWorld, charge_line
from tests.support.notification_tools_peers import ACCOUNT, NOW, OTHER, OTHER_ACCOUNT, SUBSCRIBER, euro
from tests.support.notification_tools_server import assistant_server, mcp_client, mcp_server, token

ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "get_customer": {},
    "get_balance": {},
    "get_usage": {"days": 3},
    "list_bills": {},
    "explain_charge": {},
    "list_offers": {"limit": 2},
    "accept_offer": {"decision_id": "d-1", "offer_code": "video"},
    "decline_offer": {"decision_id": "d-1", "offer_code": "gift"},
    "top_up": {"amount": "20.00 EUR"},
    "change_plan": {"offering_code": "prepaid-big"},
    "buy_add_on": {"offering_code": "booster"},
    "suspend_line": {},
    "resume_line": {},
    "set_roaming": {"state": "off"},
    "set_spend_cap": {"cap": "20.00 EUR"},
    "set_preferences": {"language": "de", "wishes": [{"category": "service", "wanted": True}]},
    "list_notifications": {"after": 0},
    "open_case": {"topic": "fault", "summary": "no signal"},
    "transfer_to_human": {"summary": "wants a person"},
}
"""Of each tool, in an order in which each can be done."""


@pytest.fixture
def world() -> ToolWorld:
    made = ToolWorld()
    made.directory.lines = [charge_line("c-1", "0.05")]
    made.charging.explanations["c-1"] = Explanation(
        *("c-1", ACCOUNT, SUBSCRIBER, "fee", NOW, euro("0.05"), "prepaid-data", "Fee", 0, "", None),
        *((), ("In all.",), euro("0")),
    )
    return made


@asynccontextmanager
async def stdio_client(world: ToolWorld, bearer: str) -> AsyncIterator[Client]:
    """`tidemark assistant mcp` as a process of its own, beside the running service."""
    async with assistant_server(world.toolbox, world.directory) as server:
        command = ["-m", "tests.support.notification_tools_cli", server.address, bearer]
        parameters = StdioServerParameters(command=sys.executable, args=[*command, "assistant", "mcp"])
        async with Client(parameters) as client:
            yield client


async def every_tool(client: Client, subscriber: Mapping[str, str]) -> None:
    """Lists and calls each; the client itself checks results against the schemas that were announced."""
    listed = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert list(listed) == [spec.name for spec in ToolWorld().toolbox.specs()]
    assert listed.keys() == ARGUMENTS.keys()
    for name, arguments in ARGUMENTS.items():
        tool = listed[name]
        assert tool.input_schema["properties"].keys() >= arguments.keys()
        assert tool.output_schema is not None
        assert tool.annotations is not None
        result = await client.call_tool(name, {**arguments, **subscriber})
        assert not result.is_error, (name, result)
        assert result.content[0].text, name  # type: ignore[union-attr]
        assert result.structured_content is not None
        if "confirmation_token" in tool.input_schema["properties"]:
            proposed = result.structured_content["proposed"]
            assert proposed["arguments"].items() >= arguments.items()
            yes = {
                **subscriber,
                **proposed["arguments"],
                "confirmation_token": proposed["confirmation_token"],
            }
            first, second = await client.call_tool(name, yes), await client.call_tool(name, yes)
            assert not first.is_error, (name, first)
            assert first.structured_content == second.structured_content
            assert set(first.structured_content or {}) == {"done"}
        if name == "suspend_line":
            await client.call_tool("resume_line", dict(subscriber))


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_every_tool_over_streamable_http(world: ToolWorld, mode: str) -> None:
    async with (
        mcp_server(world.toolbox, world.directory) as url,
        mcp_client(url, token(ACCOUNT), mode) as client,
    ):
        await every_tool(client, {})
    assert world.charging.actions.count("subscribe booster") == 1
    assert len(world.offers.accepted) == 1


async def test_every_tool_over_stdio_beside_a_running_service(world: ToolWorld) -> None:
    async with stdio_client(world, token(ACCOUNT)) as client:
        await every_tool(client, {})
        assert await refused(client, "get_balance", {"subscriber_id": OTHER}) == "NOT_YOUR_ACCOUNT"
        assert await refused(client, "get_usage", {"days": "many"}) == "ARGUMENTS_INVALID"
    assert world.charging.actions.count("subscribe booster") == 1


async def refused(client: Client, tool: str, arguments: Mapping[str, Any]) -> str:
    """The reason of a result that is an error."""
    result = await client.call_tool(tool, dict(arguments))
    assert result.is_error, result
    assert result.content[0].text  # type: ignore[union-attr]
    assert "Traceback" not in str(result)
    return str((result.structured_content or {})["reason"])


async def test_a_subscribers_token_reaches_nobody_else(world: ToolWorld) -> None:
    async with mcp_server(world.toolbox, world.directory) as url:
        async with mcp_client(url, token(OTHER_ACCOUNT)) as client:
            for tool, arguments in ARGUMENTS.items():
                for whose in (SUBSCRIBER, "nobody-at-all"):
                    said = {**arguments, "subscriber_id": whose}
                    assert await refused(client, tool, said) == "NOT_YOUR_ACCOUNT", tool
            own = await client.call_tool("get_customer", {"subscriber_id": OTHER})
            assert own.structured_content is not None
            assert own.structured_content["subscriber_id"] == OTHER
        async with mcp_client(url, token(ACCOUNT)) as owner:
            asked = await owner.call_tool("buy_add_on", {"offering_code": "booster"})
            assert asked.structured_content is not None
            stolen = asked.structured_content["proposed"]["confirmation_token"]
        async with mcp_client(url, token(OTHER_ACCOUNT)) as client:
            said = {"offering_code": "booster", "confirmation_token": stolen}
            assert await refused(client, "buy_add_on", said) == "CONFIRMATION_UNKNOWN"
    assert world.charging.actions == []


async def test_the_operator_names_whom_it_is_for(world: ToolWorld) -> None:
    async with (
        mcp_server(world.toolbox, world.directory) as url,
        mcp_client(url, token()) as client,
    ):
        assert await refused(client, "get_customer", {}) == "SUBSCRIBER_MISSING"
        assert await refused(client, "get_customer", {"subscriber_id": "nobody"}) == "SUBSCRIBER_UNKNOWN"
        for whose in (SUBSCRIBER, OTHER):
            found = await client.call_tool("get_customer", {"subscriber_id": whose, "answer_in": "de"})
            assert found.content[0].text.startswith("Sie haben")  # type: ignore[union-attr]


async def test_an_account_of_several_names_the_one(world: ToolWorld) -> None:
    world.directory.customers["s-kid"] = world.directory.customers[SUBSCRIBER]
    async with (
        mcp_server(world.toolbox, world.directory) as url,
        mcp_client(url, token(ACCOUNT)) as client,
    ):
        assert await refused(client, "get_customer", {}) == "SUBSCRIBER_MISSING"
        assert not (await client.call_tool("get_customer", {"subscriber_id": SUBSCRIBER})).is_error


async def test_partners_have_no_business_here(world: ToolWorld) -> None:
    async with (
        mcp_server(world.toolbox, world.directory) as url,
        mcp_client(url, token(role=Role.PARTNER, party="melody")) as client,
    ):
        assert await refused(client, "get_customer", {"subscriber_id": SUBSCRIBER}) == "NOT_YOUR_ACCOUNT"
        assert await refused(client, "get_customer", {}) == "NOT_YOUR_ACCOUNT"


async def test_what_cannot_be_done_is_a_result_with_words(world: ToolWorld) -> None:
    async with (
        mcp_server(world.toolbox, world.directory) as url,
        mcp_client(url, token(ACCOUNT)) as client,
    ):
        await client.list_tools()
        assert await refused(client, "buy_add_on", {"offering_code": "nothing"}) == "OFFERING_UNKNOWN"
        assert await refused(client, "get_usage", {"days": 4.5}) == "ARGUMENTS_INVALID"
        assert await refused(client, "get_balance", {"injected": True}) == "ARGUMENTS_INVALID"
        assert await refused(client, "rob_bank", {}) == "TOOL_UNKNOWN"
        world.directory.balances = None  # type: ignore[assignment,method-assign]
        assert await refused(client, "get_balance", {}) == "INTERNAL"


@pytest.mark.parametrize("presented", ["", "Bearer nonsense", "Basic dXNlcg==", f"Bearer {token()}x"])
async def test_nobody_is_let_in_without_a_token_that_counts(world: ToolWorld, presented: str) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    headers = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
    async with mcp_server(world.toolbox, world.directory) as url, httpx.AsyncClient(trust_env=False) as http:
        if presented:
            headers["authorization"] = presented
        answer = await http.post(url, json=call, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert "tools" not in answer.text
        twice = [*headers.items(), ("authorization", f"Bearer {token()}"), ("authorization", "Bearer x")]
        assert (await http.post(url, json=call, headers=twice)).status_code == 401


async def test_pages_of_other_sites_do_not_get_in_where_nobody_needs_a_token(world: ToolWorld) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    headers = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
    async with (
        mcp_server(world.toolbox, world.directory, Callers([])) as url,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        assert (await http.post(url, json=call, headers=headers)).status_code == 200
        foreign = {**headers, "host": "evil.example"}
        assert (await http.post(url, json=call, headers=foreign)).status_code == 421
        script = {**headers, "origin": "https://evil.example"}
        assert (await http.post(url, json=call, headers=script)).status_code == 403
