"""`tidemark assistant`: the assistant's tools by hand, and as an MCP server for a chatbot on this machine."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from tidemark.notification.v1 import assistant_api_pb2 as api
from tidemark.notification.v1 import assistant_api_pb2_grpc

from services.cli.commands.arguments import Subscriber, reading
from services.cli.commands.assistant_chat import add_chat
from services.cli.failures import CommandFailedError
from services.cli.invocation import CALL_SECONDS, Invocation, command_group, register
from services.cli.subscribers import subscriber_id_of
from services.cli.supervision.plan import NOTIFICATION

Language = Annotated[
    str, typer.Option(help="Language of the words, `en` or `de`; the customer's by default.")
]


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = command_group(
        app,
        "assistant",
        "What chatbots can do for a customer.",
        "tidemark assistant tools",
        "Tell customers, answer them",
    )
    register(group, "tools", "tidemark assistant tools")(tools)
    register(group, "call", "tidemark assistant call SUBSCRIBER explain_charge")(call)
    add_chat(group)
    register(group, "mcp", "tidemark assistant mcp --subscriber SUBSCRIBER")(mcp)


async def tools(invocation: Invocation) -> None:
    """Lists the tools with what they do; with --json their schemas too."""
    async with invocation.channel(NOTIFICATION) as channel:
        stub = assistant_api_pb2_grpc.AssistantServiceStub(channel)
        answer = await stub.ListTools(api.ListToolsRequest(), timeout=CALL_SECONDS)
    invocation.output.document(answer)
    rows = [(tool.name, _hints(tool), ", ".join(_arguments(tool)), tool.title) for tool in answer.tools]
    invocation.output.table("", ("tool", "", "arguments", "what it is for"), rows)


async def call(
    invocation: Invocation,
    subscriber: Subscriber,
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="As `tidemark assistant tools` shows it.")],
    arguments: Annotated[str, typer.Option(help="JSON object: '{\"days\": 30}'.")] = "",
    confirm: Annotated[str, typer.Option(help="Token of a proposal: does what was proposed.")] = "",
    language: Language = "",
) -> None:
    """Calls a tool for a subscriber. What costs money is proposed first, and done with --confirm."""
    reading("--arguments", _object, arguments)
    request = api.CallToolRequest(
        subscriber_id=await subscriber_id_of(invocation, subscriber),
        tool=tool,
        arguments_json=arguments,
        confirmation_token=confirm,
        language=language,
    )
    async with invocation.channel(NOTIFICATION) as channel:
        stub = assistant_api_pb2_grpc.AssistantServiceStub(channel)
        answer = await stub.CallTool(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    if answer.HasField("refusal"):
        raise CommandFailedError(f"{answer.text} ({answer.refusal.reason})")
    invocation.output.line(answer.text)
    if answer.HasField("proposed"):
        price = answer.proposed.price or "nothing now"
        invocation.output.line(f"costs {price}; --confirm {answer.proposed.confirmation_token} does it")


async def mcp(
    invocation: Invocation,
    subscriber: Annotated[str, typer.Option(help="For whom, unless a call names somebody.")] = "",
    language: Language = "",
) -> None:
    """Serves the tools over the Model Context Protocol on standard input and output, until input ends.

    Who may be named is decided by the token: the operator may name everybody, a subscriber their own account.
    """
    # Brings the whole of MCP along, which no other command needs.
    from services.common.runtime.logs import version  # noqa: PLC0415
    from services.notification.adapters.mcp.stdio import serve_stdio  # noqa: PLC0415

    for_whom = await subscriber_id_of(invocation, subscriber)
    async with invocation.channel(NOTIFICATION) as channel:
        await serve_stdio(channel, for_whom, language, version())


def _hints(tool: api.Tool) -> str:
    if tool.confirmed:
        return "asks first"
    return "reads" if tool.read_only else "changes"


def _arguments(tool: api.Tool) -> list[str]:
    """Names of arguments; those in brackets may be left out."""
    schema = json.loads(tool.input_schema_json)
    required = schema.get("required", [])
    return [name if name in required else f"[{name}]" for name in schema.get("properties", {})]


def _object(text: str) -> None:
    """Raises ValueError for anything but a JSON object or nothing."""
    try:
        document = json.loads(text or "{}")
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error}") from error
    if not isinstance(document, dict):
        raise ValueError("a JSON object is needed, such as {}")  # noqa: TRY004 - for whoever typed it
