"""Customers who ask the whole service in their own words: real charges, real purchases, real people."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tidemark.charging.v1 import subscription_api_pb2, subscription_api_pb2_grpc
from tidemark.notification.v1 import assistant_api_pb2, case_api_pb2, conversation_pb2

from tests.support.live_prices import EURO
from tests.support.notification_listeners import events, watching
from tests.support.notification_live import Suite, suite
from tests.support.notification_tools_live import refused, told
from tests.support.notification_tools_server import mcp_client
from tests.support.offers_customer import CENT, GIGABYTE, MEGABYTE, WEB, Customer, customer
from tests.support.offers_live import CALL_SECONDS, WAIT_SECONDS
from tests.support.waiting import eventually

HANDED_OVER = conversation_pb2.CONVERSATION_STATE_HANDED_OVER


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Suite]:
    async with suite(tmp_path, monkeypatch) as live:
        yield live


class Talk:
    """One conversation of a customer, over gRPC with the customer's own token."""

    def __init__(self, world: Suite, who: Customer, language: str = "") -> None:
        self._phone = world.phone(world.token(who))
        self._who = who
        self._language = language
        self.conversation_id = ""
        self.heard = assistant_api_pb2.ConverseResponse()

    async def say(self, text: str, **more: Any) -> conversation_pb2.Message:
        """Says something; the last message after it."""
        request = assistant_api_pb2.ConverseRequest(
            subscriber_id=self._who.subscriber_id,
            conversation_id=self.conversation_id,
            text=text,
            language=self._language,
            **more,
        )
        self.heard = await self._phone.assistant.Converse(request, timeout=CALL_SECONDS)
        self.conversation_id = self.heard.conversation_id
        return self.heard.messages[-1]


async def test_why_was_i_charged_is_answered_with_the_charge_itself(world: Suite) -> None:
    anna = await customer(world.world, "anna", money=10 * EURO)
    await anna.use(32 * MEGABYTE, WEB)
    await mirrored_charge(world, anna)
    (charge,) = await anna.charges()
    assert charge.amount_minor_micros == 160 * CENT
    answer = await Talk(world, anna).say("why was I charged?")
    assert list(answer.tools) == ["explain_charge"]
    assert "you were charged €1.60" in answer.text
    german = await Talk(world, anna, "de").say("Warum wurde mir das berechnet?")
    assert "1,60" in german.text
    assert "€1.60" not in german.text


async def test_a_dispute_goes_to_a_person_whose_answer_comes_on_the_streams(world: Suite) -> None:
    anna = await customer(world.world, "anna", money=10 * EURO)
    await anna.use(32 * MEGABYTE, WEB)
    await mirrored_charge(world, anna)
    token, talk, staff = world.token(anna), Talk(world, anna), world.phone().cases
    async with (
        watching(world.phone(token), with_conversations=True) as stream,
        events(world.url, token) as page,
    ):
        await page.until(lambda told: bool(told.of("hello")), "the page listens")
        await talk.say("I dispute this charge, 1.60 is wrong, I never used that")
        assert talk.heard.state == HANDED_OVER
        queue = await staff.ListCases(case_api_pb2.ListCasesRequest(), timeout=CALL_SECONDS)
        (case,) = queue.cases
        assert case.case_id == talk.heard.case_id
        assert case.topic == "dispute"
        assert case.conversation_id == talk.conversation_id
        assert "explain_charge" in [one.tool for one in case.tried]
        reply = case_api_pb2.ReplyToCaseRequest(
            request_id="r-1", case_id=case.case_id, text="I gave you the 1.60 EUR back.", agent="Kim"
        )
        for _ in range(2):
            await staff.ReplyToCase(reply, timeout=CALL_SECONDS)
        for told_by in (stream, page):
            await told_by.until(lambda one: reply.text in texts(one.of("said")), "the answer")
            await told_by.until(lambda one: "case-answered" in one.alerts, "the alert of it")
            assert texts(told_by.of("said")).count(reply.text) == 1
        entry = await world.told(anna.subscriber_id, "case-answered")
        assert "Kim has answered" in entry.body
        solved = case_api_pb2.ResolveCaseRequest(case_id=case.case_id, resolution="Refunded.")
        await staff.ResolveCase(solved, timeout=CALL_SECONDS)
    seen = await staff.GetCase(case_api_pb2.GetCaseRequest(case_id=case.case_id), timeout=CALL_SECONDS)
    said = [message.text for message in seen.transcript]
    assert said[0].startswith("I dispute this charge")
    assert reply.text in said


async def test_an_add_on_of_the_chat_is_charged_once_however_often_it_is_confirmed(world: Suite) -> None:
    anna = await customer(world.world, "anna", money=20 * EURO)
    await world.mirrored(anna)
    talk = Talk(world, anna)
    proposed = await talk.say("please book the booster")
    assert proposed.proposed.price == "1.99 EUR"
    assert "1.99" in proposed.text
    assert await anna.fees() == []
    yes = {"confirm": proposed.proposed.confirmation_token}
    await asyncio.gather(*(talk.say("", **yes, request_id="yes") for _ in range(3)))
    await talk.say("yes")
    assert await anna.fees() == [199 * CENT]
    assert await anna.left("booster-1gb") == GIGABYTE
    entry = await world.told(anna.subscriber_id, "plan-changed")
    assert entry.title == "Welcome to Booster"


async def test_chatbots_over_mcp_do_the_same_on_the_service_s_own_port(world: Suite) -> None:
    anna = await customer(world.world, "anna", money=20 * EURO)
    await anna.use(32 * MEGABYTE, WEB)
    await mirrored_charge(world, anna)
    async with mcp_client(f"{world.url}/mcp", world.token(anna)) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert {"get_balance", "explain_charge", "buy_add_on", "transfer_to_human"} <= names
        balance, _ = await told(client, "get_balance")
        assert balance["money"] == "18.40 EUR"
        charge, _ = await told(client, "explain_charge")
        assert charge["amount"] == "1.60 EUR"
        asked, _ = await told(client, "buy_add_on", offering_code="booster-1gb")
        said: Mapping[str, Any] = {
            "offering_code": "booster-1gb",
            "confirmation_token": asked["proposed"]["confirmation_token"],
        }
        for _ in range(2):
            done, _ = await told(client, "buy_add_on", **said)
            assert done["done"]["charged"] == "1.99 EUR"
        assert await anna.fees() == [199 * CENT]
        assert await refused(client, "buy_add_on", offering_code="moon") == "OFFERING_UNKNOWN"
    mine = world.phone(world.token(anna)).assistant
    spoken = await mine.CallTool(
        assistant_api_pb2.CallToolRequest(tool="get_balance", arguments_json="{}"), timeout=CALL_SECONDS
    )
    assert "16.41" in spoken.result_json


async def test_a_line_suspended_in_the_chat_is_resumed_by_its_holder_unless_staff_barred_it(
    world: Suite,
) -> None:
    anna = await customer(world.world, "anna", money=20 * EURO)
    await world.mirrored(anna)
    async with mcp_client(f"{world.url}/mcp", world.token(anna)) as client:
        await client.list_tools()
        asked, _ = await told(client, "suspend_line")
        await told(client, "suspend_line", confirmation_token=asked["proposed"]["confirmation_token"])
        assert (await anna.account()).subscribers[0].barred
        await told(client, "resume_line")
        asked, _ = await told(client, "suspend_line")
        await told(client, "suspend_line", confirmation_token=asked["proposed"]["confirmation_token"])
        await bar(world, anna, barred=False)
        await bar(world, anna, barred=True)
        head = await world.head()
        await eventually(lambda: world.mirrored_to() >= head, WAIT_SECONDS, "the bar is mirrored")
        assert await refused(client, "resume_line") == "BARRED_BY_OPERATOR"


async def bar(world: Suite, who: Customer, *, barred: bool) -> None:
    """Staff bars a line, or lifts the bar."""
    request = subscription_api_pb2.BarSubscriberRequest(
        request_id=world.world.number("bar"),
        subscriber_identifier=who.identifier,
        barred=barred,
        reason="a question of the payment",
        actor="kim",
    )
    stub = subscription_api_pb2_grpc.SubscriptionServiceStub(world.charging.channel)
    await stub.BarSubscriber(request, timeout=CALL_SECONDS)


async def mirrored_charge(world: Suite, who: Customer) -> None:
    """Waits until notification has what was charged so far."""
    head = await world.head()
    await world.mirrored(who)
    await eventually(lambda: world.mirrored_to() >= head, WAIT_SECONDS, "the charge is mirrored")


def texts(messages: list[Any]) -> list[str]:
    """What was said."""
    return [one["text"] if isinstance(one, dict) else one.text for one in messages]
