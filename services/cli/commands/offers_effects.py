"""`tidemark offers accept`, `decline`, `feedback`: what a customer says to an offer of a decision."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from tidemark.offers.v1 import offer_api_pb2 as api
from tidemark.offers.v1 import offer_api_pb2_grpc

from services.cli import invocation as commands
from services.cli.amounts import show_money
from services.cli.invocation import CALL_SECONDS, Invocation, RequestId, fresh_id
from services.cli.rendering import show_time
from services.cli.supervision.plan import OFFERS

_BEST_RATING = 5

DecisionId = Annotated[
    str, typer.Argument(metavar="DECISION", help="Decision id, as `tidemark offers recommend` tells it.")
]
OfferCode = Annotated[str, typer.Argument(metavar="OFFER", help="Code of an offer that it presented.")]
Channel = Annotated[
    str, typer.Option(help="Where it was said: a channel of the policies; otherwise where it was shown.")
]


class Said(StrEnum):
    """What a customer did with an offer, short of answering."""

    SEEN = "seen"
    OPENED = "opened"
    COMPLAINED = "complained"


_KINDS = {
    Said.SEEN: api.FEEDBACK_KIND_SEEN,
    Said.OPENED: api.FEEDBACK_KIND_OPENED,
    Said.COMPLAINED: api.FEEDBACK_KIND_COMPLAINED,
}


def register(app: typer.Typer) -> None:
    """Adds the commands to the group `offers`."""
    commands.register(app, "accept", "tidemark offers accept DECISION video-pass")(accept)
    commands.register(app, "decline", "tidemark offers decline DECISION video-pass --reason too-expensive")(
        decline
    )
    commands.register(app, "feedback", "tidemark offers feedback DECISION video-pass --rating 5")(feedback)


async def accept(
    invocation: Invocation,
    decision: DecisionId,
    offer: OfferCode,
    channel: Channel = "",
    request_id: RequestId = "",
) -> None:
    """Accepts an offer: it takes effect on the account, once however often it is accepted."""
    request = api.AcceptOfferRequest(
        request_id=fresh_id(request_id), decision_id=decision, offer_code=offer, channel=channel
    )
    async with invocation.channel(OFFERS) as connection:
        stub = offer_api_pb2_grpc.OfferServiceStub(connection)
        answer: api.AcceptOfferResponse = await stub.AcceptOffer(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    invocation.output.line(f"accepted {offer} at {show_time(answer.accepted_at)}")
    if answer.charge_ids:
        charges = ", ".join(answer.charge_ids)
        invocation.output.line(f"charged: {show_money(answer.charged)} ({charges})")
    if answer.HasField("trial_end"):
        invocation.output.line(f"the trial ends at {show_time(answer.trial_end)}")


async def decline(
    invocation: Invocation,
    decision: DecisionId,
    offer: OfferCode,
    reason: Annotated[str, typer.Option(help="A code: too-expensive, not-interested, ...")] = "",
    never_again: Annotated[
        bool, typer.Option("--never-again", help="Nothing unasked for either, until consent is renewed.")
    ] = False,
    channel: Channel = "",
    request_id: RequestId = "",
) -> None:
    """Declines an offer: it keeps quiet for as long as the policies say."""
    request = api.DeclineOfferRequest(
        request_id=fresh_id(request_id),
        decision_id=decision,
        offer_code=offer,
        channel=channel,
        reason=reason,
        never_again=never_again,
    )
    async with invocation.channel(OFFERS) as connection:
        stub = offer_api_pb2_grpc.OfferServiceStub(connection)
        answer: api.DeclineOfferResponse = await stub.DeclineOffer(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    invocation.output.line(f"{offer} keeps quiet until {show_time(answer.quiet_until)}")
    if never_again:
        invocation.output.line("consent to offers that nobody asked for is withdrawn")


async def feedback(
    invocation: Invocation,
    decision: DecisionId,
    offer: OfferCode,
    rating: Annotated[
        int, typer.Option(min=0, max=_BEST_RATING, help="1 to 5, how good it was.", show_default=False)
    ] = 0,
    said: Annotated[
        Said | None, typer.Option("--as", help="What happened to it instead.", show_default=False)
    ] = None,
    reason: Annotated[str, typer.Option(help="A code, with a complaint: misleading, too-often, ...")] = "",
    request_id: RequestId = "",
) -> None:
    """Says what a customer thought of an offer, or did with it; of each kind the first one counts."""
    if bool(rating) == (said is not None):
        raise typer.BadParameter("say either --rating or --as", param_hint="--rating")
    kind = api.FEEDBACK_KIND_RATED if said is None else _KINDS[said]
    request = api.GiveFeedbackRequest(
        request_id=fresh_id(request_id),
        decision_id=decision,
        offer_code=offer,
        kind=kind,
        rating=rating,
        reason=reason,
    )
    async with invocation.channel(OFFERS) as connection:
        stub = offer_api_pb2_grpc.OfferServiceStub(connection)
        answer: api.GiveFeedbackResponse = await stub.GiveFeedback(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    invocation.output.line("noted")
