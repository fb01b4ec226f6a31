"""The assistant's tools on real servers on loopback: gRPC, and MCP over streamable HTTP."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import uvicorn
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from starlette.applications import Starlette
from starlette.routing import Route
from tidemark.notification.v1 import assistant_api_pb2 as api
from tidemark.notification.v1 import assistant_api_pb2_grpc

from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import Callers, Role, mint_token
from services.common.runtime.grpc_client import connect
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.common.runtime.token_keys import TokenKey
from services.notification.adapters.grpc_assistant import AssistantServicer
from services.notification.adapters.mcp.http import mcp_app
from services.notification.application.ports import Directory, Heard, Said, ToolBox
from services.notification.domain.conversations import Author, Conversation, ConversationState, Message
from services.notification.domain.reasons import CONVERSATION_UNKNOWN
from services.notification.settings import NotificationSettings
from tests.support.notification_tools_peers import ACCOUNT, NOW, SUBSCRIBER
from tests.support.waiting import eventually

SECRET = b"a secret of this test, as long as it has to be"
CALLERS = Callers([TokenKey("HS256", SECRET)])
_SERVICE = api.DESCRIPTOR.services_by_name["AssistantService"].full_name


def token(account: str = "", role: Role | None = None, party: str = "") -> str:
    """Of the holder of an account; without one the operator's."""
    whose = role or (Role.SUBSCRIBER if account else Role.OPERATOR)
    return mint_token(SECRET, whose, "somebody", account=account, party=party)


@dataclass
class OneConversation:
    """The Conversing port with one conversation of one customer, and what it was asked."""

    said: list[Said] = field(default_factory=list)
    rated: list[tuple[int, str]] = field(default_factory=list)

    async def converse(self, said: Said) -> Heard:
        """Repeats what it hears."""
        self.said.append(said)
        answer = Message("c-1", 2, Author.ASSISTANT, said.text, NOW, "small-talk", 900, ("get_balance",))
        return Heard("c-1", ConversationState.HANDED_OVER, (answer,), "case-1")

    async def get(self, conversation_id: str, after_sequence: int) -> tuple[Conversation, Sequence[Message]]:
        """The one."""
        if conversation_id != "c-1":
            raise RefusedError(Refused(CONVERSATION_UNKNOWN, "there is no such conversation"))
        conversation = Conversation("c-1", SUBSCRIBER, ACCOUNT, "en", ConversationState.ASSISTANT, NOW)
        return conversation, [Message("c-1", after_sequence + 1, Author.CUSTOMER, "hello", NOW)]

    async def rate(self, conversation_id: str, score: int, comment: str) -> None:
        """Kept."""
        self.rated.append((score, comment))


@dataclass
class AssistantServer:
    """The running gRPC server."""

    address: str
    conversing: OneConversation

    @asynccontextmanager
    async def stub(self, bearer: str) -> AsyncIterator[Any]:
        """Calls with a token."""
        channel: grpc.aio.Channel = connect(self.address, token=bearer)
        try:
            yield assistant_api_pb2_grpc.AssistantServiceStub(channel)
        finally:
            await channel.close(None)


@asynccontextmanager
async def assistant_server(toolbox: ToolBox, directory: Directory) -> AsyncIterator[AssistantServer]:
    """Serves on a free port."""
    conversing, stopping = OneConversation(), asyncio.Event()
    servicer = AssistantServicer(toolbox, conversing, directory, CALLERS)
    server = GrpcServer(
        NotificationSettings(listen_port=0, health_port=0),
        [Servicer(assistant_api_pb2_grpc.add_AssistantServiceServicer_to_server, servicer, _SERVICE)],
        stopping,
    )
    try:
        await server.start()
        yield AssistantServer(server.address, conversing)
    finally:
        await server.drain(1)


@asynccontextmanager
async def mcp_server(
    toolbox: ToolBox, directory: Directory, callers: Callers = CALLERS
) -> AsyncIterator[str]:
    """The URL of MCP over streamable HTTP on a free port."""
    mcp = mcp_app(toolbox, directory, callers)
    app = Starlette(routes=[Route("/mcp", endpoint=mcp)], lifespan=lambda _: mcp.running())
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            await eventually(lambda: server.started, 20, "uvicorn serves")
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def mcp_client(url: str, bearer: str, mode: str = "auto") -> AsyncIterator[Client]:
    """The official client with a token. `mode`: `auto`, or `legacy` for the revisions with a handshake."""
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    async with (
        create_mcp_http_client(headers) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        yield client
