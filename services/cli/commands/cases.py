"""`tidemark cases`: what customers want people for, taken on, answered, resolved."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from tidemark.notification.v1 import case_api_pb2 as api
from tidemark.notification.v1 import case_api_pb2_grpc

from services.cli.case_view import CASE_COLUMNS, case_line, case_row, show_case
from services.cli.commands.arguments import Subscriber
from services.cli.invocation import CALL_SECONDS, Invocation, RequestId, command_group, fresh_id, register
from services.cli.rendering import without_empty_columns
from services.cli.subscribers import subscriber_id_of
from services.cli.supervision.plan import NOTIFICATION

CaseId = Annotated[str, typer.Argument(metavar="CASE", help="Case id, as `tidemark cases list` shows it.")]


class Priority(StrEnum):
    """How urgent a case is."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


_PRIORITIES = {
    Priority.LOW: api.CASE_PRIORITY_LOW,
    Priority.NORMAL: api.CASE_PRIORITY_NORMAL,
    Priority.HIGH: api.CASE_PRIORITY_HIGH,
    Priority.URGENT: api.CASE_PRIORITY_URGENT,
}


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = command_group(
        app,
        "cases",
        "Answer customers who want a person.",
        "tidemark cases list",
        "Tell customers, answer them",
    )
    register(group, "list", "tidemark cases list --assignee kim")(list_cases)
    register(group, "show", "tidemark cases show CASE")(show)
    register(group, "open", "tidemark cases open SUBSCRIBER --topic dispute --summary 'charged twice'")(
        open_case
    )
    register(group, "assign", "tidemark cases assign CASE kim")(assign)
    register(group, "reply", "tidemark cases reply CASE 'We look into it.' --agent kim")(reply)
    register(group, "resolve", "tidemark cases resolve CASE 'The second charge is paid back.'")(resolve)
    register(group, "watch", "tidemark cases watch")(watch)


async def list_cases(
    invocation: Invocation,
    assignee: Annotated[str, typer.Option(help="Only those that somebody has taken on.")] = "",
    subscriber: Annotated[str, typer.Option(help="Only of this subscriber: id or identifier.")] = "",
    resolved: Annotated[bool, typer.Option("--resolved", help="Those that are over.")] = False,
) -> None:
    """Lists the queue: most urgent first, then oldest."""
    states = [api.CASE_STATE_RESOLVED] if resolved else []
    request = api.ListCasesRequest(
        states=states, assignee=assignee, subscriber_id=await subscriber_id_of(invocation, subscriber)
    )
    async with invocation.channel(NOTIFICATION) as channel:
        stub = case_api_pb2_grpc.CaseServiceStub(channel)
        answer = await stub.ListCases(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    if answer.cases:
        rows = [case_row(case) for case in answer.cases]
        invocation.output.table("", *without_empty_columns(CASE_COLUMNS, rows))
    else:
        invocation.output.line("nobody waits for a person")


async def show(invocation: Invocation, case: CaseId) -> None:
    """Shows a case with what the assistant tried and everything that was said."""
    async with invocation.channel(NOTIFICATION) as channel:
        stub = case_api_pb2_grpc.CaseServiceStub(channel)
        answer = await stub.GetCase(api.GetCaseRequest(case_id=case), timeout=CALL_SECONDS)
    invocation.output.document(answer)
    show_case(invocation.output, answer.case, answer.transcript)


async def open_case(
    invocation: Invocation,
    subscriber: Subscriber,
    topic: Annotated[str, typer.Option(help="A code: dispute, fraud, outage, ...")],
    summary: Annotated[str, typer.Option(help="What it is about.")],
    priority: Annotated[Priority, typer.Option(help="How urgent it is.")] = Priority.NORMAL,
    request_id: RequestId = "",
) -> None:
    """Opens a case for a subscriber."""
    request = api.OpenCaseRequest(
        request_id=fresh_id(request_id),
        subscriber_id=await subscriber_id_of(invocation, subscriber),
        topic=topic,
        summary=summary,
        priority=_PRIORITIES[priority],
    )
    async with invocation.channel(NOTIFICATION) as channel:
        stub = case_api_pb2_grpc.CaseServiceStub(channel)
        answer = await stub.OpenCase(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    invocation.output.line(f"opened {answer.case.case_id}")


async def assign(
    invocation: Invocation,
    case: CaseId,
    assignee: Annotated[str, typer.Argument(metavar="WHO", help="Who takes it on.")],
) -> None:
    """Takes a case on, or hands it to somebody else."""
    async with invocation.channel(NOTIFICATION) as channel:
        stub = case_api_pb2_grpc.CaseServiceStub(channel)
        request = api.AssignCaseRequest(case_id=case, assignee=assignee)
        answer = await stub.AssignCase(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    invocation.output.line(f"{case} is {assignee}'s")


async def reply(
    invocation: Invocation,
    case: CaseId,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What the customer reads in the conversation.")],
    agent: Annotated[str, typer.Option(help="Who answers; otherwise whoever has taken it on.")] = "",
    request_id: RequestId = "",
) -> None:
    """Answers the customer, who reads it in the same conversation."""
    request = api.ReplyToCaseRequest(request_id=fresh_id(request_id), case_id=case, text=text, agent=agent)
    async with invocation.channel(NOTIFICATION) as channel:
        stub = case_api_pb2_grpc.CaseServiceStub(channel)
        answer = await stub.ReplyToCase(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    invocation.output.line("answered")


async def resolve(
    invocation: Invocation,
    case: CaseId,
    resolution: Annotated[
        str, typer.Argument(metavar="TEXT", help="How it ended; the customer reads it too.")
    ],
) -> None:
    """Ends a case; from here on the assistant answers again."""
    async with invocation.channel(NOTIFICATION) as channel:
        stub = case_api_pb2_grpc.CaseServiceStub(channel)
        request = api.ResolveCaseRequest(case_id=case, resolution=resolution)
        answer = await stub.ResolveCase(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    invocation.output.line(f"{case} is resolved")


async def watch(
    invocation: Invocation,
    after: Annotated[
        int | None, typer.Option(min=0, help="Begin after this revision; otherwise from now.")
    ] = None,
) -> None:
    """Shows cases as they come and change, until Ctrl-C."""
    request = api.WatchCasesRequest(after_revision=after)
    async with invocation.channel(NOTIFICATION) as channel:
        stub = case_api_pb2_grpc.CaseServiceStub(channel)
        async for answer in stub.WatchCases(request):
            invocation.output.json_line(answer)
            invocation.output.line(case_line(answer.case))
