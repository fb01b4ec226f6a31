"""AssistantService over gRPC and the command line: who may call for whom, and what comes back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable

import grpc
import pytest
from tidemark.notification.v1 import assistant_api_pb2 as api
from tidemark.notification.v1 import conversation_pb2
from typer.testing import CliRunner, Result

from services.cli.main import TidemarkGroup
from services.common.runtime.callers import Role
from services.common.runtime.grpc_errors import error_info
from tests.support.notification_tools import ToolWorld
from tests.support.notification_tools_cli import assistant_app, leads_to
from tests.support.notification_tools_peers import ACCOUNT, OTHER, OTHER_ACCOUNT, SUBSCRIBER
from tests.support.notification_tools_server import AssistantServer, assistant_server, token

CALL_SECONDS = 20


@pytest.fixture
def world() -> ToolWorld:
    return ToolWorld()


@pytest.fixture
async def server(world: ToolWorld) -> AsyncIterator[AssistantServer]:
    async with assistant_server(world.toolbox, world.directory) as running:
        yield running


async def refusal(call: Awaitable[object]) -> str:
    """`STATUS REASON` of a call that has to be refused."""
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    info = error_info(raised.value)
    return f"{raised.value.code().name} {info.reason if info else ''}"


def call(
    tool: str, subscriber: str = SUBSCRIBER, confirm: str = "", **arguments: object
) -> api.CallToolRequest:
    return api.CallToolRequest(
        subscriber_id=subscriber,
        tool=tool,
        arguments_json=json.dumps(arguments),
        confirmation_token=confirm,
        language="en",
    )


async def test_tools_are_listed_and_called_with_their_answers(server: AssistantServer) -> None:
    async with server.stub(token(ACCOUNT)) as stub:
        listed = await stub.ListTools(api.ListToolsRequest(), timeout=CALL_SECONDS)
        assert len(listed.tools) == 19
        assert json.loads(listed.tools[0].output_schema_json)["type"] == "object"
        answer = await stub.CallTool(call("get_balance"), timeout=CALL_SECONDS)
        assert json.loads(answer.result_json)["money"] == "20.00 EUR"
        assert answer.text == "You have €20.00."
        refused = await stub.CallTool(call("get_usage", days=0), timeout=CALL_SECONDS)
        assert (refused.refusal.reason, refused.result_json) == ("DAYS_INVALID", "")
        asked = await stub.CallTool(call("buy_add_on", offering_code="booster"), timeout=CALL_SECONDS)
        assert asked.proposed.price == "1.99 EUR"
        assert asked.proposed.HasField("expires_at")
        yes = call("buy_add_on", offering_code="booster", confirm=asked.proposed.confirmation_token)
        first, second = [await stub.CallTool(yes, timeout=CALL_SECONDS) for _ in range(2)]
        assert first == second
        assert json.loads(first.result_json)["charge_ids"] == ["charge-of-booster"]


async def test_who_may_call_for_whom(server: AssistantServer) -> None:
    async with server.stub("") as nobody:
        assert (
            await refusal(nobody.ListTools(api.ListToolsRequest(), timeout=CALL_SECONDS))
            == "UNAUTHENTICATED UNAUTHENTICATED"
        )
    async with server.stub(token(OTHER_ACCOUNT)) as stub:
        for whose in (SUBSCRIBER, "nobody", "a\x00b", "x" * 65):
            asked = stub.CallTool(call("get_balance", whose), timeout=CALL_SECONDS)
            assert await refusal(asked) == "PERMISSION_DENIED NOT_YOUR_ACCOUNT"
            talk = stub.Converse(api.ConverseRequest(subscriber_id=whose, text="hi"), timeout=CALL_SECONDS)
            assert await refusal(talk) == "PERMISSION_DENIED NOT_YOUR_ACCOUNT"
        own = await stub.CallTool(call("get_customer", ""), timeout=CALL_SECONDS)
        assert json.loads(own.result_json)["subscriber_id"] == OTHER
    async with server.stub(token(role=Role.PARTNER, party="melody")) as partner:
        asked = partner.CallTool(call("get_balance"), timeout=CALL_SECONDS)
        assert await refusal(asked) == "PERMISSION_DENIED NOT_YOUR_ACCOUNT"
    async with server.stub(token()) as operator:
        asked = operator.CallTool(call("get_balance", ""), timeout=CALL_SECONDS)
        assert await refusal(asked) == "INVALID_ARGUMENT SUBSCRIBER_MISSING"
        asked = operator.CallTool(call("get_balance", "nobody"), timeout=CALL_SECONDS)
        assert await refusal(asked) == "NOT_FOUND SUBSCRIBER_UNKNOWN"
        asked = operator.CallTool(call("rob_bank"), timeout=CALL_SECONDS)
        assert await refusal(asked) == "NOT_FOUND TOOL_UNKNOWN"
        asked = operator.CallTool(call("get_usage", days="x"), timeout=CALL_SECONDS)
        assert await refusal(asked) == "INVALID_ARGUMENT ARGUMENTS_INVALID"


async def test_conversations_are_passed_on_and_are_their_customers_own(server: AssistantServer) -> None:
    async with server.stub(token(ACCOUNT)) as stub:
        heard = await stub.Converse(
            api.ConverseRequest(
                subscriber_id=SUBSCRIBER, text="hi", confirm="t", request_id="r", language="de"
            ),
            timeout=CALL_SECONDS,
        )
        assert (heard.conversation_id, heard.case_id) == ("c-1", "case-1")
        assert heard.state == conversation_pb2.CONVERSATION_STATE_HANDED_OVER
        assert heard.messages[0].author == conversation_pb2.AUTHOR_ASSISTANT
        (said,) = server.conversing.said
        assert (said.subscriber_id, said.account_id, said.confirm, said.request_id) == (
            *(SUBSCRIBER, ACCOUNT),
            *("t", "r"),
        )
        request = api.GetConversationRequest(conversation_id="c-1", after_sequence=4)
        found = await stub.GetConversation(request, timeout=CALL_SECONDS)
        assert found.conversation.messages[0].sequence == 5
        rating = api.RateConversationRequest(conversation_id="c-1", score=5, comment="good")
        await stub.RateConversation(rating, timeout=CALL_SECONDS)
    async with server.stub(token(OTHER_ACCOUNT)) as other:
        for conversation_id in ("c-1", "c-2"):
            request = api.GetConversationRequest(conversation_id=conversation_id)
            asked = other.GetConversation(request, timeout=CALL_SECONDS)
            assert await refusal(asked) == "NOT_FOUND CONVERSATION_UNKNOWN"
            rating = api.RateConversationRequest(conversation_id=conversation_id, score=1)
            rated = other.RateConversation(rating, timeout=CALL_SECONDS)
            assert await refusal(rated) == "NOT_FOUND CONVERSATION_UNKNOWN"
    assert server.conversing.rated == [(5, "good")]


async def tidemark(server: AssistantServer, *words: str) -> Result:
    """One command of the operator. In a thread, since the server lives in this one's loop."""

    def run() -> Result:
        with leads_to(server.address, token()):
            return CliRunner().invoke(assistant_app(TidemarkGroup), ["assistant", *words])

    return await asyncio.to_thread(run)


async def test_by_hand(server: AssistantServer, world: ToolWorld) -> None:
    listed = await tidemark(server, "tools")
    assert "explain_charge" in listed.stdout
    assert "offering_code, [chosen_offerings]" in listed.stdout
    balance = await tidemark(server, "call", SUBSCRIBER, "get_balance", "--language", "de")
    assert "Ihr Guthaben beträgt 20,00" in balance.stdout
    buys = (
        "call",
        SUBSCRIBER,
        "buy_add_on",
        "--arguments",
        '{"offering_code": "booster"}',
        "--language",
        "en",
    )
    asked = await tidemark(server, *buys)
    assert "Shall I buy “Booster” for you?" in asked.stdout
    assert "costs 1.99 EUR; --confirm " in asked.stdout
    confirmation = asked.stdout.partition("--confirm ")[2].split()[0]
    done = await tidemark(server, "call", SUBSCRIBER, "buy_add_on", "--confirm", confirmation, "--json")
    assert json.loads(json.loads(done.stdout)["result_json"])["code"] == "booster"
    assert world.charging.actions == ["subscribe booster"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("call", SUBSCRIBER, "get_usage", "--arguments", '{"days": 0}'), 1, "DAYS_INVALID"),
        (("call", SUBSCRIBER, "rob_bank"), 1, "TOOL_UNKNOWN"),
        (("call", "nobody", "get_balance"), 1, "SUBSCRIBER_UNKNOWN"),
        (("call", SUBSCRIBER, "get_usage", "--arguments", "[]"), 2, "a JSON object is needed"),
        (("call", SUBSCRIBER, "get_usage", "--arguments", "{"), 2, "no JSON"),
    ],
)
async def test_by_hand_and_refused(
    server: AssistantServer, words: tuple[str, ...], code: int, says: str
) -> None:
    refused = await tidemark(server, *words)
    assert refused.exit_code == code
    assert says in refused.stderr
