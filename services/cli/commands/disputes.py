"""`tidemark disputes`: disagreements about single lines of statements, raised, talked over, decided."""

from __future__ import annotations

from typing import Annotated

import grpc
import typer
from tidemark.partner_settlement.v1 import dispute_api_pb2 as api
from tidemark.partner_settlement.v1 import (
    dispute_api_pb2_grpc,
    report_api_pb2,
    report_api_pb2_grpc,
    statement_pb2,
)

from services.cli.commands import dispute_steps
from services.cli.commands.arguments import reading
from services.cli.commands.dispute_steps import Dispute, Says, Speaker, found_dispute
from services.cli.failures import CommandFailedError
from services.cli.invocation import CALL_SECONDS, Invocation, RequestId, command_group, fresh_id, register
from services.cli.rendering import without_empty_columns
from services.cli.settling.amounts import parse_minor
from services.cli.settling.dispute_view import DISPUTE_COLUMNS, dispute_row, show_dispute
from services.cli.supervision.plan import PARTNER_SETTLEMENT


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = command_group(
        app,
        "disputes",
        "Dispute lines of statements, talk them over, decide them.",
        "tidemark disputes list --open",
        "Settle with partners",
    )
    register(
        group,
        "raise",
        "tidemark disputes raise music-house/2026-11/1 3 --claimed 12.50 \\\n"
        "  --text 'we count 40 plays more' --actor melody",
    )(raise_one)
    dispute_steps.add_to(group)
    register(group, "list", "tidemark disputes list --party music-house --open")(list_disputes)
    register(group, "show", "tidemark disputes show d-8f14e45fceea167a")(show)


async def raise_one(
    invocation: Invocation,
    statement: Annotated[str, typer.Argument(metavar="STATEMENT", help="Id: party/period/revision.")],
    line: Annotated[int, typer.Argument(metavar="LINE", min=1, max=2**32 - 1, help="Number of its line.")],
    claimed: Annotated[
        str, typer.Option(help="What the line should be, net: 12.50 in its currency, or 12.50EUR.")
    ],
    text: Says,
    actor: Speaker,
    request_id: RequestId = "",
) -> None:
    """Disputes a line of a final statement: what it says is held back until somebody decides.

    A partner does it with its token (--token, TIDEMARK_TOKEN), or the operator for it.
    """
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        code = (await _line_of(channel, statement, line)).currency_code
        request = api.RaiseDisputeRequest(
            request_id=fresh_id(request_id),
            statement_id=statement,
            line_number=line,
            claimed_minor=reading("--claimed", parse_minor, claimed, code),
            text=text,
            actor=actor,
        )
        stub = dispute_api_pb2_grpc.DisputeServiceStub(channel)
        answer = await stub.RaiseDispute(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    show_dispute(invocation.output, answer.dispute)


async def list_disputes(
    invocation: Invocation,
    party: Annotated[str, typer.Option(help="Only of this partner.")] = "",
    statement: Annotated[str, typer.Option(help="Only of this statement.")] = "",
    open_only: Annotated[bool, typer.Option("--open", help="Only those not decided yet.")] = False,
) -> None:
    """Lists disputes; a partner sees its own."""
    request = api.ListDisputesRequest(party_code=party, statement_id=statement, open_only=open_only)
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        stub = dispute_api_pb2_grpc.DisputeServiceStub(channel)
        answer = await stub.ListDisputes(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    if answer.disputes:
        rows = [dispute_row(dispute) for dispute in answer.disputes]
        invocation.output.table("", *without_empty_columns(DISPUTE_COLUMNS, rows))
    else:
        invocation.output.line("nothing is in dispute")


async def show(invocation: Invocation, dispute: Dispute) -> None:
    """Shows a dispute: the amounts, and who said what."""
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        found = await found_dispute(channel, dispute)
    invocation.output.document(found)
    show_dispute(invocation.output, found)


async def _line_of(channel: grpc.aio.Channel, statement: str, number: int) -> statement_pb2.StatementLine:
    """A line of a statement, for the currency it is in. Raises CommandFailedError."""
    stub = report_api_pb2_grpc.PartnerReportServiceStub(channel)
    call = stub.StreamStatement(
        report_api_pb2.StreamStatementRequest(statement_id=statement), timeout=CALL_SECONDS
    )
    async for answer in call:
        if answer.WhichOneof("part") == "line" and answer.line.number == number:
            # The rest of a long statement need not come.
            call.cancel()
            return answer.line
    raise CommandFailedError(
        f"{statement} has no line {number}; `tidemark statements show {statement}` shows its lines"
    )
