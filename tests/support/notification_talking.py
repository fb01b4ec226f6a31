"""A customer who talks to the assistant: the shipped model, real tools over peers in memory, cases."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tidemark.notification.v1 import assistant_api_pb2
from tidemark.notification.v1.assistant_api_pb2_grpc import add_AssistantServiceServicer_to_server

from services.common.kernel.clock import EPOCH, Instant
from services.common.runtime.database import Database
from services.common.runtime.grpc_server import GrpcServer, Servicer
from services.notification.adapters.grpc_assistant import AssistantServicer
from services.notification.adapters.understanding.model import IntentModel
from services.notification.adapters.understanding.phrases import FluentPhrases
from services.notification.adapters.understanding.store import stored_intents
from services.notification.adapters.understanding.understanding import OwnUnderstanding
from services.notification.application.ports import Heard, Said
from services.notification.application.talking.conversing import Talking, TalkingPorts
from services.notification.application.talking.sold import ShopNames
from services.notification.application.talking.understanding import Understanding, Understood
from services.notification.domain.cases import Case
from services.notification.domain.conversations import Author, Message
from services.notification.domain.tools import ToolCall, ToolOutcome, ToolSpec
from services.notification.settings import INTENT_DIR, NotificationSettings
from tests.support.notification_cases import CaseWorld
from tests.support.notification_tools import ToolWorld
from tests.support.notification_tools_peers import ACCOUNT, SUBSCRIBER
from tests.support.notification_tools_server import CALLERS

REPOSITORY = Path(__file__).resolve().parents[2]
PUBLIC_SETS = REPOSITORY.parent / "shared" / "data" / "intents"
_SERVICE = assistant_api_pb2.DESCRIPTOR.services_by_name["AssistantService"].full_name


@lru_cache(maxsize=1)
def shipped_model() -> IntentModel:
    """Trained once for each version of the utterances, and kept: its name says what it was made from."""
    return stored_intents(INTENT_DIR).model


class WatchedTools:
    """The toolbox, with what it was called for."""

    def __init__(self, world: ToolWorld) -> None:
        self._toolbox = world.toolbox
        self.calls: list[ToolCall] = []

    def specs(self) -> Sequence[ToolSpec]:
        """The toolbox's."""
        return self._toolbox.specs()

    async def call(self, call: ToolCall) -> ToolOutcome:
        """Noted, then called."""
        self.calls.append(call)
        return await self._toolbox.call(call)

    @property
    def names(self) -> list[str]:
        """In the order of the calls."""
        return [call.tool for call in self.calls]


@dataclass
class ScriptedUnderstanding:
    """Understands what a test says it does: a text is `intent`, `intent 550` or `intent 550 runner_up`."""

    entities: dict[str, dict[str, str]] = field(default_factory=dict)

    def understand(
        self, text: str, language: str = "", time_zone: str = "UTC", now: Instant = EPOCH
    ) -> Understood:
        """As it is written."""
        intent, permille, runner_up = (*text.split(), "", "")[:3]
        sureness = int(permille) if permille.isdecimal() else 900
        return Understood(intent, sureness, language or "en", self.entities.get(text, {}), runner_up)


class TalkWorld:
    """A conversation of one customer."""

    def __init__(self, database: Database, understanding: Understanding | None = None) -> None:
        self.books, self.cases = ToolWorld(), CaseWorld(database)
        self.clock = self.books.clock
        self.tools = WatchedTools(self.books)
        numbers = itertools.count(1)
        self.talking = Talking(
            TalkingPorts(
                self.cases.transcripts,
                understanding or OwnUnderstanding(shipped_model(), self.clock),
                self.tools,
                self.cases.desk,
                self.books.directory,
                self.books.preferences,
                ShopNames(self.books.shop),
                FluentPhrases(),
                self.clock,
                lambda: f"talk-{next(numbers)}",
            )
        )
        self.conversation_id = ""

    async def hear(self, text: str, *, confirm: str = "", request_id: str = "", language: str = "") -> Heard:
        """Says something in the conversation."""
        said = Said(SUBSCRIBER, ACCOUNT, text, self.conversation_id, confirm, request_id, language)
        heard = await self.talking.converse(said)
        self.conversation_id = heard.conversation_id
        return heard

    async def say(self, text: str, *, confirm: str = "", language: str = "") -> Message:
        """Says something; the last answer of the assistant to it."""
        heard = await self.hear(text, confirm=confirm, language=language)
        assert heard.messages[-1].author is Author.ASSISTANT, heard.messages
        return heard.messages[-1]

    async def the_case(self) -> Case:
        """The one that the conversation led to."""
        conversation, _ = await self.talking.get(self.conversation_id, 0)
        return await self.cases.desk.get(conversation.case_id)


@asynccontextmanager
async def talking_server(world: TalkWorld) -> AsyncIterator[str]:
    """The assistant over gRPC on a free port, for whoever has a token; its address."""
    servicer = AssistantServicer(world.tools, world.talking, world.books.directory, CALLERS)
    server = GrpcServer(
        NotificationSettings(listen_port=0, health_port=0),
        [Servicer(add_AssistantServiceServicer_to_server, servicer, _SERVICE)],
        asyncio.Event(),
    )
    try:
        await server.start()
        yield server.address
    finally:
        await server.drain(1)
