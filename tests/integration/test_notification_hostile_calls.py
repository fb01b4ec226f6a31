"""Hostile calls of the assistant and of cases: each is answered, or refused with a reason; nothing breaks."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from tidemark.notification.v1 import (
    assistant_api_pb2,
    assistant_api_pb2_grpc,
    case_api_pb2,
    case_api_pb2_grpc,
)

from services.common.kernel.clock import EPOCH, Instant
from services.common.runtime.database import open_database
from services.common.runtime.grpc_client import connect
from services.common.runtime.grpc_errors import error_info
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.notification.adapters.grpc_assistant import AssistantServicer
from services.notification.adapters.grpc_cases import CaseServicer
from services.notification.application.talking.understanding import Understood
from services.notification.settings import NotificationSettings
from tests.support.hostile_messages import Hostile
from tests.support.notification_cases import MIGRATIONS
from tests.support.notification_talking import ScriptedUnderstanding, TalkWorld
from tests.support.notification_tools_peers import SUBSCRIBER
from tests.support.notification_tools_server import CALLERS, token
from tests.support.postgres import new_postgres_database

CALLS = 600
NEVER = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DEADLINE_EXCEEDED}
assistant, cases = assistant_api_pb2, case_api_pb2


class GreetedOrHandedOver(ScriptedUnderstanding):
    """Takes every other text for a greeting."""

    def understand(
        self, text: str, language: str = "", time_zone: str = "UTC", now: Instant = EPOCH
    ) -> Understood:
        """As it is written, if it is `human`."""
        return super().understand(text if text == "human" else "greeting", language, time_zone, now)


@pytest.fixture(params=["sqlite", "postgresql"])
async def channel(request: pytest.FixtureRequest) -> AsyncIterator[grpc.aio.Channel]:
    """To both services, as the operator; there is one case, `case-1`, out of the conversation `talk-1`."""
    url = "sqlite://" if request.param == "sqlite" else new_postgres_database()
    database = open_database(url, MIGRATIONS)
    world = TalkWorld(database, GreetedOrHandedOver())
    desk = world.cases
    talk = AssistantServicer(world.tools, world.talking, world.books.directory, CALLERS)
    people = CaseServicer(
        desk.desk, desk.transcripts, world.books.directory, desk.watch, desk.store.since, desk.store, CALLERS
    )
    server = GrpcServer(
        NotificationSettings(listen_port=0, health_port=0),
        [
            Servicer(assistant_api_pb2_grpc.add_AssistantServiceServicer_to_server, talk, _name(assistant)),
            Servicer(case_api_pb2_grpc.add_CaseServiceServicer_to_server, people, _name(cases)),
        ],
        asyncio.Event(),
    )
    await server.start()
    calls: grpc.aio.Channel = connect(server.address, token=token())
    try:
        await world.hear("human")
        yield calls
    finally:
        desk.watch.end()
        await calls.close(None)
        await server.drain(1)
        await database.close()


def _name(module: Any) -> str:
    (service,) = module.DESCRIPTOR.services_by_name.values()
    return str(service.full_name)


def _right(seed: int) -> list[tuple[str, str, Message, type[Message]]]:
    """Each call as it ought to be."""
    said = f"r-{seed}"
    return [
        (module, method, request, getattr(api, f"{method}Response"))
        for module, api, method, request in (
            (_name(assistant), assistant, "CallTool", assistant.CallToolRequest(
                subscriber_id=SUBSCRIBER, tool="get_balance", arguments_json="{}", language="en")),
            (_name(assistant), assistant, "Converse", assistant.ConverseRequest(
                subscriber_id=SUBSCRIBER, text="greeting", conversation_id="talk-1", request_id=said)),
            (_name(assistant), assistant, "GetConversation", assistant.GetConversationRequest(
                conversation_id="talk-1", after_sequence=1)),
            (_name(assistant), assistant, "RateConversation", assistant.RateConversationRequest(
                conversation_id="talk-1", score=4, comment="good")),
            (_name(cases), cases, "OpenCase", cases.OpenCaseRequest(
                request_id=said, subscriber_id=SUBSCRIBER, topic="dispute", summary="twice",
                priority=cases.CASE_PRIORITY_NORMAL, conversation_id="talk-1")),
            (_name(cases), cases, "ListCases", cases.ListCasesRequest(
                states=[cases.CASE_STATE_OPEN], assignee="kim", subscriber_id=SUBSCRIBER, page_size=5)),
            (_name(cases), cases, "GetCase", cases.GetCaseRequest(case_id="case-1")),
            (_name(cases), cases, "AssignCase", cases.AssignCaseRequest(case_id="case-1", assignee="kim")),
            (_name(cases), cases, "ReplyToCase", cases.ReplyToCaseRequest(
                case_id="case-1", agent="kim", text="We look.", request_id=said)),
            (_name(cases), cases, "ResolveCase", cases.ResolveCaseRequest(case_id="case-1", resolution="ok")),
        )
    ]  # fmt: skip


async def _outcome(channel: Any, call: tuple[str, str, Message, type[Message]], request: Message) -> str:
    service, method, _, response = call
    send = channel.unary_unary(
        f"/{service}/{method}",
        request_serializer=type(request).SerializeToString,
        response_deserializer=response.FromString,
    )
    try:
        await send(request, timeout=30)
    except grpc.aio.AioRpcError as error:
        info = error_info(error)
        sent = f"{method}: {error!r} to {str(request)[:500]}"
        assert error.code() not in NEVER, sent
        assert info is not None, sent
        return "refused"
    return "answered"


async def test_hostile_calls_are_answered_or_refused_with_a_reason(channel: grpc.aio.Channel) -> None:
    seed = Random().randrange(2**32)
    random = Random(seed)
    hostile = Hostile(random, ("talk-1", "case-1", SUBSCRIBER, "kim", "en", "{}", "get_balance"))
    outcomes: Counter[str] = Counter()
    for call in _right(CALLS)[:-1]:
        outcomes[f"{call[1]} {await _outcome(channel, call, call[2])}"] += 1
    for number in range(CALLS):
        # The case is resolved but now and then: else there would soon be nothing to spoil.
        calls = _right(number)
        call = calls[number % (len(calls) if number > CALLS // 2 else len(calls) - 1)]
        made = hostile.spoiled(call[2]) if random.random() < 0.7 else hostile.made_up(type(call[2]))
        outcomes[f"{call[1]} {await _outcome(channel, call, made)}"] += 1
    for method in {call[1] for call in _right(0)} - {"ResolveCase"}:
        assert outcomes[f"{method} refused"], (seed, method, outcomes)
        assert outcomes[f"{method} answered"], (seed, method, outcomes)


@pytest.mark.parametrize("after", [2**63, 2**64 - 1])
async def test_cases_are_watched_from_a_revision_that_may_be(channel: Any, after: int) -> None:
    stub = case_api_pb2_grpc.CaseServiceStub(channel)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await anext(aiter(stub.WatchCases(cases.WatchCasesRequest(after_revision=after), timeout=30)))
    info = error_info(refused.value)
    assert info is not None
    assert info.reason == "CURSOR_INVALID"
