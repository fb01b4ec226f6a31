"""`tidemark assistant chat`: plain text with the assistant, as a customer writes it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

import typer
from tidemark.notification.v1 import assistant_api_pb2 as api
from tidemark.notification.v1 import assistant_api_pb2_grpc, conversation_pb2

from services.cli.commands.arguments import Subscriber
from services.cli.invocation import CALL_SECONDS, Invocation, fresh_id, register
from services.cli.subscribers import subscriber_id_of
from services.cli.supervision.plan import NOTIFICATION

_PROMPT = "you: "
_NAMES = {
    conversation_pb2.AUTHOR_CUSTOMER: "you",
    conversation_pb2.AUTHOR_ASSISTANT: "assistant",
    conversation_pb2.AUTHOR_AGENT: "agent",
}


def add_chat(group: typer.Typer) -> None:
    """Registers the command in the group of the assistant."""
    register(group, "chat", "tidemark assistant chat SUBSCRIBER --say 'why was I charged?'")(chat)


class _Talk:
    """One conversation, and how far it has been shown."""

    def __init__(
        self, stub: assistant_api_pb2_grpc.AssistantServiceAsyncStub, request: api.ConverseRequest
    ) -> None:
        self._stub = stub
        self._request = request
        self._shown = 0

    async def say(self, text: str) -> api.ConverseResponse:
        """Says something; the answer."""
        request = api.ConverseRequest()
        request.CopyFrom(self._request)
        request.text, request.request_id = text, fresh_id()
        answer: api.ConverseResponse = await self._stub.Converse(request, timeout=CALL_SECONDS)
        self._request.conversation_id = answer.conversation_id
        return answer

    async def news(self) -> Sequence[conversation_pb2.Message]:
        """What was said since this was asked last, by people too."""
        if not self._request.conversation_id:
            return ()
        request = api.GetConversationRequest(
            conversation_id=self._request.conversation_id, after_sequence=self._shown
        )
        answer = await self._stub.GetConversation(request, timeout=CALL_SECONDS)
        messages: Sequence[conversation_pb2.Message] = answer.conversation.messages
        self._shown = max((message.sequence for message in messages), default=self._shown)
        return messages


async def chat(
    invocation: Invocation,
    subscriber: Subscriber,
    say: Annotated[
        list[str] | None,
        typer.Option(help="Say this and show the answer, without a prompt; may be given several times."),
    ] = None,
    conversation: Annotated[str, typer.Option(help="Go on with this conversation.")] = "",
    language: Annotated[str, typer.Option(help="`en` or `de`; otherwise the customer's.")] = "",
) -> None:
    """Talks with the assistant for a subscriber; whoever takes the case on answers here too.

    Without --say it reads lines from standard input, until Ctrl-D. An empty line looks whether somebody
    has answered.
    """
    subscriber_id = await subscriber_id_of(invocation, subscriber)
    async with invocation.channel(NOTIFICATION) as channel:
        request = api.ConverseRequest(
            subscriber_id=subscriber_id, conversation_id=conversation, language=language
        )
        talk = _Talk(assistant_api_pb2_grpc.AssistantServiceStub(channel), request)
        is_typed = say is None and sys.stdin.isatty() and not invocation.output.as_json
        _show(invocation, await talk.news(), is_typed=False)
        async for text in _said(say, is_typed=is_typed):
            if text:
                answer = await talk.say(text)
                invocation.output.json_line(answer)
            _show(invocation, await talk.news(), is_typed=is_typed)


async def _said(given: list[str] | None, *, is_typed: bool) -> AsyncIterator[str]:
    """Lines as they come: those given, else of standard input."""
    for text in given or ():
        yield text
    while given is None:
        if is_typed:
            sys.stdout.write(_PROMPT)
            sys.stdout.flush()
        line = await asyncio.to_thread(sys.stdin.readline)
        if not line:
            return
        yield line.strip()


def _show(invocation: Invocation, messages: Sequence[conversation_pb2.Message], *, is_typed: bool) -> None:
    for message in messages:
        # What was just typed stands on the screen already.
        if not (is_typed and message.author == conversation_pb2.AUTHOR_CUSTOMER):
            invocation.output.line(f"{_NAMES.get(message.author, '?')}: {message.text}")
        if message.suggestions:
            invocation.output.line(f"  [{'] ['.join(message.suggestions)}]")
