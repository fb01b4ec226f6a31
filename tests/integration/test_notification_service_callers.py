"""Whoever asks the whole service sees what is theirs: over gRPC, server-sent events, JSON and MCP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf.message import Message
from tidemark.notification.v1 import assistant_api_pb2 as assistant
from tidemark.notification.v1 import case_api_pb2 as cases
from tidemark.notification.v1 import notification_api_pb2 as api
from tidemark.notification.v1 import rules_api_pb2 as rules

from services.common.runtime.grpc_errors import error_info
from tests.support.live_prices import EURO
from tests.support.notification_listeners import Telephone, token_of, watching
from tests.support.notification_live import WEBHOOK, Suite, suite
from tests.support.notification_statements import STUDIO, close_statement
from tests.support.notification_tools_live import refused as refused_tool
from tests.support.notification_tools_live import told as told_by_tool
from tests.support.notification_tools_server import mcp_client
from tests.support.offers_customer import customer
from tests.support.offers_live import CALL_SECONDS

FILES = (api, rules, assistant, cases)
METHODS = {
    f"/{service.full_name}/{method.name}": method
    for file in FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
FOR_ALL = {"/tidemark.notification.v1.AssistantService/ListTools"}
NOT_YOURS = "PERMISSION_DENIED NOT_YOUR_ACCOUNT"


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Suite]:
    async with suite(tmp_path, monkeypatch) as live:
        yield live


async def test_nobody_is_answered_without_a_token(world: Suite) -> None:
    found = {path: await answer(world.phone(""), path) for path in METHODS}
    assert set(found.values()) == {"UNAUTHENTICATED UNAUTHENTICATED"}, found
    async with httpx.AsyncClient(base_url=world.url) as client:
        for path in ("/events", "/api/inbox", "/api/balance", "/mcp"):
            assert (await client.get(path)).status_code == httpx.codes.UNAUTHORIZED, path


async def test_a_subscribers_token_sees_its_own_account_and_no_other(world: Suite) -> None:
    anna, ben = [await customer(world.world, name) for name in ("anna", "ben")]
    for one in (anna, ben):
        await world.mirrored(one)
        await world.world.care.top_up(one.account_id, EURO)
        await world.told(one.subscriber_id, "topped-up")
    bens = await bens_things(world, ben.subscriber_id)
    before = await bens.seen()
    token = token_of("anna")
    phone = world.phone(token)
    own, others = requests_about(anna.subscriber_id), requests_about(ben.subscriber_id)
    operators = set(METHODS) - set(own) - set(bens.requests()) - FOR_ALL
    assert {path: await answer(phone, path, request) for path, request in others.items()} == dict.fromkeys(
        others, NOT_YOURS
    )
    nobodys = {
        path: await answer(phone, path, request) for path, request in requests_about("nobody-at-all").items()
    }
    assert set(nobodys.values()) == {NOT_YOURS}, "whoever exists or not sounds the same"
    hidden = {path: await answer(phone, path, request) for path, request in bens.requests().items()}
    assert {said.partition(" ")[0] for said in hidden.values()} <= {"PERMISSION_DENIED", "NOT_FOUND"}, hidden
    closed = {path: await answer(phone, path) for path in operators}
    assert set(closed.values()) == {"PERMISSION_DENIED NOT_OPERATOR"}, closed
    answers = {path: await answer(phone, path, request) for path, request in own.items()}
    assert set(answers.values()) == {"OK"}, answers
    await over_http_and_mcp(world, token, anna.subscriber_id, ben.subscriber_id)
    async with watching(phone) as stream:
        await stream.until(lambda told: bool(told.alerts), "the token says whose inbox it is")
        assert {one.subscriber_id for one in stream.of("notification")} == {anna.subscriber_id}
    assert await bens.seen() == before


async def over_http_and_mcp(world: Suite, token: str, own: str, other: str) -> None:
    """JSON, events and tools: the own line is answered, the other's is not."""
    async with httpx.AsyncClient(base_url=world.url, headers={"authorization": f"Bearer {token}"}) as client:
        for path in ("/api/inbox", "/api/balance", "/api/charges", "/api/preferences", "/api/cases"):
            assert (await client.get(path, params={"subscriber_id": own})).status_code == httpx.codes.OK
            for whose in (other, "nobody-at-all"):
                said = await client.get(path, params={"subscriber_id": whose})
                assert said.status_code == httpx.codes.FORBIDDEN, path
        said = await client.get("/events", params={"subscriber_id": other})
        assert said.status_code == httpx.codes.FORBIDDEN or "NOT_YOUR_ACCOUNT" in said.text
    async with mcp_client(f"{world.url}/mcp", token) as client:
        for tool, arguments in (
            ("get_balance", {}),
            ("list_notifications", {}),
            ("explain_charge", {}),
            ("buy_add_on", {"offering_code": "booster-1gb"}),
        ):
            assert await refused_tool(client, tool, subscriber_id=other, **arguments) == "NOT_YOUR_ACCOUNT"
        customer_of_token, _ = await told_by_tool(client, "get_customer")
        assert customer_of_token["subscriber_id"] == own


async def test_a_partner_sees_its_own_statements_and_nothing_else(world: Suite) -> None:
    anna = await customer(world.world, "anna")
    await world.mirrored(anna)
    await close_statement(world.bus, "m-1", 1)
    phone = world.phone(token_of(party=STUDIO))
    async with watching(phone) as stream:
        await stream.until(lambda told: told.alerts == ["settlement-closed"], "its statement")
    for party in ("melody", "nobody"):
        asked = api.ListNotificationsRequest(party_code=party)
        assert await said_of(phone.inboxes.ListNotifications(asked)) == "PERMISSION_DENIED NOT_YOUR_PARTY"
    found = {
        path: await answer(phone, path, request)
        for path, request in requests_about(anna.subscriber_id).items()
    }
    assert {said.partition(" ")[0] for said in found.values()} == {"PERMISSION_DENIED"}, found
    others = world.phone(token_of(party="melody"))
    nothing = await others.inboxes.ListNotifications(api.ListNotificationsRequest(), timeout=CALL_SECONDS)
    assert not nothing.notifications


@dataclass(frozen=True, slots=True)
class BensThings:
    """What somebody else's things are called: whoever guesses the names gets nowhere."""

    world: Suite
    subscriber_id: str
    conversation_id: str
    case_id: str
    endpoint_id: str

    def requests(self) -> Mapping[str, Message]:
        """To methods that name a thing instead of a subscriber."""
        service = "/tidemark.notification.v1."
        return {
            f"{service}NotificationService/RemoveEndpoint": api.RemoveEndpointRequest(
                endpoint_id=self.endpoint_id
            ),
            f"{service}AssistantService/GetConversation": assistant.GetConversationRequest(
                conversation_id=self.conversation_id
            ),
            f"{service}AssistantService/RateConversation": assistant.RateConversationRequest(
                conversation_id=self.conversation_id, score=1
            ),
            f"{service}CaseService/GetCase": cases.GetCaseRequest(case_id=self.case_id),
        }

    async def seen(self) -> tuple[str, ...]:
        """All of it, as the operator sees it."""
        phone, whose = self.world.phone(), self.subscriber_id
        return (
            str(await self.world.inbox(whose)),
            str(await phone.inboxes.GetPreferences(api.GetPreferencesRequest(subscriber_id=whose))),
            str(await phone.inboxes.ListEndpoints(api.ListEndpointsRequest(subscriber_id=whose))),
            str(await phone.cases.GetCase(cases.GetCaseRequest(case_id=self.case_id))),
        )


async def bens_things(world: Suite, subscriber_id: str) -> BensThings:
    """A conversation that led to a case, and an endpoint."""
    phone = world.phone()
    heard = await phone.assistant.Converse(
        assistant.ConverseRequest(subscriber_id=subscriber_id, text="I want to talk to a human"),
        timeout=CALL_SECONDS,
    )
    await world.hook(subscriber_id)
    asked = api.ListEndpointsRequest(subscriber_id=subscriber_id)
    listed = await phone.inboxes.ListEndpoints(asked, timeout=CALL_SECONDS)
    endpoint_id = listed.endpoints[0].endpoint_id
    return BensThings(world, subscriber_id, heard.conversation_id, heard.case_id, endpoint_id)


def requests_about(subscriber_id: str) -> Mapping[str, Message]:
    """A request about a subscriber to every method that takes one; tools are told apart by nothing else."""
    whose: dict[str, Any] = {"subscriber_id": subscriber_id}
    service = "/tidemark.notification.v1."
    inboxes, assistants = f"{service}NotificationService/", f"{service}AssistantService/"
    return {
        f"{inboxes}ListNotifications": api.ListNotificationsRequest(**whose),
        f"{inboxes}WatchNotifications": api.WatchNotificationsRequest(**whose, after_cursor=0),
        f"{inboxes}MarkNotifications": api.MarkNotificationsRequest(
            **whose, notification_ids=["n"], mark=api.MARK_READ
        ),
        f"{inboxes}GetPreferences": api.GetPreferencesRequest(**whose),
        f"{inboxes}SetPreferences": api.SetPreferencesRequest(**whose, preferences=api.Preferences()),
        f"{inboxes}RegisterEndpoint": api.RegisterEndpointRequest(
            **whose, channel=WEBHOOK, address="http://127.0.0.1:9/"
        ),
        f"{inboxes}ListEndpoints": api.ListEndpointsRequest(**whose),
        f"{inboxes}ListDeliveries": api.ListDeliveriesRequest(**whose),
        f"{assistants}CallTool": assistant.CallToolRequest(**whose, tool="get_balance", arguments_json="{}"),
        f"{assistants}Converse": assistant.ConverseRequest(**whose, text="how much is left?"),
        f"{service}CaseService/OpenCase": cases.OpenCaseRequest(
            **whose,
            request_id=f"case-{subscriber_id}",
            topic="other",
            summary="help",
            priority=cases.CASE_PRIORITY_NORMAL,
        ),
        f"{service}CaseService/ListCases": cases.ListCasesRequest(**whose),
    }


async def answer(phone: Telephone, path: str, request: Message | None = None) -> str:
    """OK, or status and reason, of a method; None: an empty request."""
    octets = request.SerializeToString() if request else b""
    if METHODS[path].server_streaming:
        stream: Any = phone.channel.unary_stream(path, bytes, bytes)(octets, timeout=CALL_SECONDS)
        return await said_of(_first(stream))
    call: Any = phone.channel.unary_unary(path, bytes, bytes)
    return await said_of(call(octets, timeout=CALL_SECONDS))


async def _first(stream: Any) -> None:
    async for _ in stream:
        stream.cancel()
        return


async def said_of(call: Any) -> str:
    """OK, or status and reason."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        info = error_info(error)
        return f"{error.code().name} {info.reason if info else ''}"
    return "OK"
