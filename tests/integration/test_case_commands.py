"""`tidemark cases` against a real CaseService over cases in a database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from tidemark.notification.v1 import case_api_pb2, case_api_pb2_grpc
from typer.testing import CliRunner, Result

from services.cli.case_view import case_line
from services.cli.commands import cases
from services.cli.main import app
from services.common.runtime.callers import Callers, Role, mint_token
from services.common.runtime.database import open_database
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.token_keys import TokenKey
from services.notification.adapters.grpc_cases import CaseServicer
from services.notification.domain.conversations import Author, Message
from services.notification.settings import NotificationSettings
from tests.support.notification_cases import BEGIN, MIGRATIONS, CaseWorld, conversation, request
from tests.support.notification_server import Accounts
from tests.support.waiting import eventually

SECRET = b"a secret of this test, as long as it has to be"
SERVICE = case_api_pb2.DESCRIPTOR.services_by_name["CaseService"].full_name


@dataclass
class CaseServer:
    """The running server."""

    world: CaseWorld
    address: str

    async def tidemark(self, *arguments: str, role: Role = Role.OPERATOR) -> Result:
        """One command, whatever becomes of it. In a thread, since the server lives in this one's loop."""
        account = "a-2" if role is Role.SUBSCRIBER else ""
        environment = {
            "TIDEMARK_NOTIFICATION_ADDRESS": self.address,
            "TIDEMARK_TOKEN": mint_token(SECRET, role, "somebody", account=account),
            "COLUMNS": "200",
        }
        return await asyncio.to_thread(CliRunner().invoke, app, ["cases", *arguments], env=environment)

    async def done(self, *arguments: str) -> str:
        """What a command that must succeed prints, blanks as one and without the rules of tables."""
        result = await self.tidemark(*arguments)
        assert result.exit_code == 0, result.output
        return "\n".join(" ".join(line.replace("│", " ").split()) for line in result.stdout.splitlines())


@pytest.fixture
async def server() -> AsyncIterator[CaseServer]:
    """With one dispute, out of a conversation."""
    world = CaseWorld(open_database("sqlite://", MIGRATIONS))
    servicer = CaseServicer(
        world.desk,
        world.transcripts,
        Accounts(),
        world.watch,
        world.store.since,
        world.store,
        Callers([TokenKey("HS256", SECRET)]),
    )
    add = case_api_pb2_grpc.add_CaseServiceServicer_to_server
    settings = NotificationSettings(listen_port=0, health_port=0)
    serving = GrpcServer(settings, [Servicer(add, servicer, SERVICE)], asyncio.Event())
    await serving.start()
    await world.transcripts.start(conversation())
    said = Message("talk-1", 0, Author.CUSTOMER, "I was charged twice", BEGIN)
    await world.transcripts.add(conversation(), [said], "said-1")
    await world.desk.open(request(conversation_id="talk-1"))
    try:
        yield CaseServer(world, serving.address)
    finally:
        world.watch.end()
        await serving.drain(1)
        await world.store._database.close()


async def test_a_case_is_taken_on_answered_and_resolved(server: CaseServer) -> None:
    assert "case-1 open normal dispute charged twice s-1" in await server.done("list")
    shown = await server.done("show", "case-1")
    assert "tried explain_charge: explained" in shown
    assert shown.endswith("customer: I was charged twice")
    assert await server.done("list", "--assignee", "kim") == "nobody waits for a person"

    assert await server.done("assign", "case-1", "kim") == "case-1 is kim's"
    assert "case-1 assigned normal" in await server.done("list", "--assignee", "kim")
    answer = ("reply", "case-1", "We look into it.", "--agent", "kim", "--request-id", "r-9")
    for _ in range(2):
        assert await server.done(*answer) == "answered"
    assert await server.done("resolve", "case-1", "It is paid back.") == "case-1 is resolved"
    assert await server.done("list") == "nobody waits for a person"
    assert "case-1 resolved" in await server.done("list", "--resolved", "--subscriber", "s-1")
    over = await server.done("show", "case-1")
    assert [line.partition("Z ")[2] for line in over.splitlines()[-3:]] == [
        "customer: I was charged twice",
        "agent: We look into it.",
        "agent: It is paid back.",
    ]
    assert "resolution It is paid back." in over
    again = await server.tidemark("assign", "case-1", "eva")
    assert (again.exit_code, "CASE_RESOLVED" in again.stderr) == (1, True)


async def test_a_case_is_opened_once_for_a_request(server: CaseServer) -> None:
    opening = ("open", "s-2", "--topic", "fault", "--summary", "no signal", "--priority", "urgent")
    first = await server.done(*opening, "--request-id", "r-2")
    assert first == await server.done(*opening, "--request-id", "r-2") == "opened case-2"
    listed = json.loads((await server.tidemark("list", "--json")).stdout)
    assert [one["case_id"] for one in listed["cases"]] == ["case-2", "case-1"]
    assert listed["cases"][0]["priority"] == "CASE_PRIORITY_URGENT"


async def test_cases_are_watched_until_the_service_ends(
    server: CaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def line_of(case: case_api_pb2.Case) -> str:
        seen.append(case_line(case))
        return seen[-1]

    monkeypatch.setattr(cases, "case_line", line_of)
    watching = asyncio.create_task(server.tidemark("watch", "--after", "0"))
    await eventually(lambda: len(seen) == 1)
    await server.world.desk.assign("case-1", "kim")
    await eventually(lambda: len(seen) == 2)
    server.world.watch.end()
    shown = (await watching).stdout
    assert shown.splitlines() == seen
    assert "case-1  open  [dispute] charged twice" in seen[0]
    assert "case-1  assigned, kim  [dispute] charged twice" in seen[1]


async def test_the_queue_is_the_operator_s_a_customer_sees_its_own(server: CaseServer) -> None:
    own = await server.tidemark("list", "--json", role=Role.SUBSCRIBER)
    assert (own.exit_code, "case-1" in own.stdout) == (0, False)
    for command in (
        ("list", "--subscriber", "s-1"),
        ("show", "case-1"),
        ("assign", "case-1", "kim"),
        ("reply", "case-1", "x"),
        ("resolve", "case-1", "x"),
        ("watch",),
        ("open", "s-1", "--topic", "fault", "--summary", "x"),
    ):
        refused = await server.tidemark(*command, role=Role.SUBSCRIBER)
        assert refused.exit_code == 1, command
        assert any(
            reason in refused.stderr for reason in ("NOT_YOUR_ACCOUNT", "NOT_OPERATOR", "CASE_UNKNOWN")
        ), (command, refused.stderr)
