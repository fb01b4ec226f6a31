"""`tidemark offers recommend`, `why`, `decisions`, `watch`: decisions, and what they were made from."""

from __future__ import annotations

from typing import Annotated

import typer
from tidemark.offers.v1 import offer_api_pb2 as api
from tidemark.offers.v1 import offer_api_pb2_grpc

from services.cli import invocation as commands
from services.cli.decision_view import (
    DECISION_COLUMNS,
    decision_row,
    offer_price,
    show_why,
)
from services.cli.failures import CommandFailedError
from services.cli.invocation import CALL_SECONDS, Invocation, RequestId
from services.cli.rendering import show_time
from services.cli.supervision.plan import OFFERS
from services.common.kernel.identifiers import is_subscriber_identifier

_Stub = offer_api_pb2_grpc.OfferServiceStub
_OFFER_COLUMNS = (">rank", "offer", "name", ">price", "expires", ">probability", "because")

Subscriber = Annotated[
    str, typer.Argument(metavar="SUBSCRIBER", help="Subscriber id, or one of its identifiers.")
]


def register(app: typer.Typer) -> None:
    """Adds the commands to the group `offers`."""
    recommending = "tidemark offers recommend msisdn-491700000001 --placement app-home --channel app"
    commands.register(app, "recommend", recommending)(recommend)
    commands.register(app, "why", "tidemark offers why DECISION")(why)
    commands.register(app, "decisions", "tidemark offers decisions msisdn-491700000001")(decisions)
    commands.register(app, "watch", "tidemark offers watch --json")(watch)


async def recommend(
    invocation: Invocation,
    subscriber: Subscriber,
    placement: Annotated[str, typer.Option(help="Where it is shown: a code of the policies.")],
    channel: Annotated[str, typer.Option(help="How it gets there: a code of the policies.")],
    limit: Annotated[int, typer.Option(min=1, max=10, help="Offers wanted at most.")] = 1,
    context: Annotated[
        list[str] | None, typer.Option(help="What is known of the moment, as key=value; may be repeated.")
    ] = None,
    language: Annotated[str, typer.Option(help="BCP 47, such as de; otherwise the policies' first.")] = "",
    request_id: RequestId = "",
) -> None:
    """Decides now which offers a subscriber is shown, and logs why.

    Nothing is a normal answer: `tidemark offers why DECISION` says how it came.
    """
    request = api.RecommendRequest(
        placement=placement,
        channel=channel,
        limit=limit,
        context=_context(context or []),
        language=language,
        request_id=request_id,
    )
    _name(request, subscriber)
    async with invocation.channel(OFFERS) as connection:
        answer = await _Stub(connection).Recommend(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    if answer.offers:
        invocation.output.table("", _OFFER_COLUMNS, map(_offer_row, answer.offers))
    else:
        invocation.output.line(f"nothing to offer {answer.reason}".rstrip())
    invocation.output.line(
        f"decision {answer.decision_id}, usage seen up to journal record {answer.feature_seq}"
    )


async def why(
    invocation: Invocation,
    decision: Annotated[str, typer.Argument(metavar="DECISION", help="A decision id.")],
) -> None:
    """Shows what a decision was made from: candidates with factors and chances, and all that was left out."""
    request = api.GetDecisionRequest(decision_id=decision)
    async with invocation.channel(OFFERS) as connection:
        answer = await _Stub(connection).GetDecision(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    show_why(invocation.output, answer)


async def decisions(
    invocation: Invocation,
    subscriber: Annotated[
        str,
        typer.Argument(metavar="[SUBSCRIBER]", help="Subscriber id or identifier; otherwise of everybody."),
    ] = "",
    presented: Annotated[bool, typer.Option(help="Only those that presented something.")] = False,
    number: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 20,
    page: Annotated[str, typer.Option(help="Where the last list ended, as it told.")] = "",
) -> None:
    """Lists decisions, newest first."""
    request = api.ListDecisionsRequest(presented_only=presented, page_size=number, page_token=page)
    if subscriber:
        _name(request, subscriber)
    async with invocation.channel(OFFERS) as connection:
        answer = await _Stub(connection).ListDecisions(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    invocation.output.table("", DECISION_COLUMNS, map(decision_row, answer.decisions))
    if answer.next_page_token:
        invocation.output.line(f"older ones: --page {answer.next_page_token}")


async def watch(
    invocation: Invocation,
    subscriber_id: Annotated[
        str, typer.Argument(metavar="[SUBSCRIBER_ID]", help="Only offers to this one.")
    ] = "",
    after: Annotated[int, typer.Option(min=0, help="Those since that sequence first.")] = 0,
) -> None:
    """Prints offers as the service itself presents them, until Ctrl-C. With --json one line each."""
    request = api.WatchOffersRequest(subscriber_id=subscriber_id, after_sequence=after)
    async with invocation.channel(OFFERS) as connection:
        async for pushed in _Stub(connection).WatchOffers(request):
            invocation.output.json_line(pushed)
            decision = pushed.decision
            invocation.output.line(
                f"{pushed.sequence} {show_time(decision.decided_at)} {decision.subscriber_id} "
                f"{', '.join(decision.presented_offer_codes)} through {decision.channel} "
                f"({decision.raised_by}, decision {decision.decision_id})"
            )


def _offer_row(offer: api.RecommendedOffer) -> tuple[str, ...]:
    return (
        str(offer.rank),
        offer.offer_code,
        offer.name,
        offer_price(offer.price),
        show_time(offer.expires_at),
        f"{offer.probability:.2%}",
        " ".join(offer.reasons),
    )


def _name(request: api.RecommendRequest | api.ListDecisionsRequest, subscriber: str) -> None:
    if is_subscriber_identifier(subscriber):
        request.subscriber_identifier = subscriber
    else:
        request.subscriber_id = subscriber


def _context(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key:
            raise CommandFailedError(f"--context {pair!r} is not key=value")
        found[key] = value
    return found
