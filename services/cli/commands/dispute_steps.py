"""What becomes of a dispute: answered, escalated, accepted, rejected, withdrawn; one command each."""

from __future__ import annotations

from typing import Annotated

import grpc
import typer
from tidemark.partner_settlement.v1 import dispute_api_pb2 as api
from tidemark.partner_settlement.v1 import dispute_api_pb2_grpc

from services.cli.commands.arguments import reading
from services.cli.failures import CommandFailedError
from services.cli.invocation import CALL_SECONDS, Invocation, RequestId, fresh_id, register
from services.cli.settling.amounts import parse_minor
from services.cli.settling.dispute_view import show_dispute
from services.cli.supervision.plan import PARTNER_SETTLEMENT

Dispute = Annotated[str, typer.Argument(metavar="DISPUTE", help="Id, as `disputes list` shows it.")]
Says = Annotated[str, typer.Option(help="What is said; the other side reads it.")]
Speaker = Annotated[str, typer.Option(help="Who says it: a name or a role.")]

_Stub = dispute_api_pb2_grpc.DisputeServiceStub


def add_to(group: typer.Typer) -> None:
    """Registers the steps in the group `disputes`."""
    said = "--text 'our count is of plays beyond 30 s' --actor finance-desk"
    register(group, "answer", f"tidemark disputes answer d-8f14e45fceea167a {said}")(answer)
    register(
        group, "escalate", "tidemark disputes escalate d-8f14e45fceea167a --text 'no progress' --actor melody"
    )(escalate)
    register(
        group,
        "accept",
        "tidemark disputes accept d-8f14e45fceea167a --agreed 12.20 --text 'met half way' --actor cfo",
    )(accept)
    register(group, "reject", "tidemark disputes reject d-8f14e45fceea167a --text 'as agreed' --actor cfo")(
        reject
    )
    register(
        group, "withdraw", "tidemark disputes withdraw d-8f14e45fceea167a --text 'our error' --actor melody"
    )(withdraw)


async def answer(
    invocation: Invocation, dispute: Dispute, text: Says, actor: Speaker, request_id: RequestId = ""
) -> None:
    """Adds to what was said; either side may, as often as it takes."""
    request = api.AnswerDisputeRequest(
        request_id=fresh_id(request_id), dispute_id=dispute, text=text, actor=actor
    )
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        _tell(invocation, await _Stub(channel).AnswerDispute(request, timeout=CALL_SECONDS))


async def escalate(
    invocation: Invocation, dispute: Dispute, text: Says, actor: Speaker, request_id: RequestId = ""
) -> None:
    """Takes it to somebody who may decide; either side may."""
    request = api.EscalateDisputeRequest(
        request_id=fresh_id(request_id), dispute_id=dispute, text=text, actor=actor
    )
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        _tell(invocation, await _Stub(channel).EscalateDispute(request, timeout=CALL_SECONDS))


async def accept(
    invocation: Invocation,
    dispute: Dispute,
    text: Says,
    actor: Speaker,
    agreed: Annotated[
        str,
        typer.Option(
            help="What the line becomes, in its currency, such as 12.20; otherwise what is claimed."
        ),
    ] = "",
    request_id: RequestId = "",
) -> None:
    """Decides for the partner: what is agreed stands in its next statement. For the operator."""
    request = api.AcceptDisputeRequest(
        request_id=fresh_id(request_id), dispute_id=dispute, text=text, actor=actor
    )
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        if agreed:
            code = (await found_dispute(channel, dispute)).currency_code
            request.agreed_minor = reading("--agreed", parse_minor, agreed, code)
        _tell(invocation, await _Stub(channel).AcceptDispute(request, timeout=CALL_SECONDS))


async def reject(
    invocation: Invocation, dispute: Dispute, text: Says, actor: Speaker, request_id: RequestId = ""
) -> None:
    """Decides that the line stands as it is. For the operator."""
    request = api.RejectDisputeRequest(
        request_id=fresh_id(request_id), dispute_id=dispute, text=text, actor=actor
    )
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        _tell(invocation, await _Stub(channel).RejectDispute(request, timeout=CALL_SECONDS))


async def withdraw(
    invocation: Invocation, dispute: Dispute, text: Says, actor: Speaker, request_id: RequestId = ""
) -> None:
    """Takes it back, as if it had never been raised. For the partner."""
    request = api.WithdrawDisputeRequest(
        request_id=fresh_id(request_id), dispute_id=dispute, text=text, actor=actor
    )
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        _tell(invocation, await _Stub(channel).WithdrawDispute(request, timeout=CALL_SECONDS))


async def found_dispute(channel: grpc.aio.Channel, dispute_id: str) -> api.Dispute:
    """A dispute by its id. Raises CommandFailedError where the caller has none of that id."""
    answered = await _Stub(channel).ListDisputes(api.ListDisputesRequest(), timeout=CALL_SECONDS)
    for found in answered.disputes:
        if found.dispute_id == dispute_id:
            return found
    raise CommandFailedError(
        f"there is no dispute {dispute_id}; `tidemark disputes list` shows those there are"
    )


def _tell(
    invocation: Invocation,
    answered: api.AnswerDisputeResponse
    | api.EscalateDisputeResponse
    | api.AcceptDisputeResponse
    | api.RejectDisputeResponse
    | api.WithdrawDisputeResponse,
) -> None:
    invocation.output.document(answered)
    show_dispute(invocation.output, answered.dispute)
