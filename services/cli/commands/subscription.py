"""`tidemark account subscribe`, `cancel`, `profile`, `bar`: what one subscriber has, is and may."""

from __future__ import annotations

from typing import Annotated

import typer
from tidemark.charging.v1 import account_api_pb2, subscription_api_pb2_grpc
from tidemark.charging.v1 import subscription_api_pb2 as api

from services.cli.account_view import show_account
from services.cli.amounts import show_money
from services.cli.commands.arguments import At, reading
from services.cli.instants import moment
from services.cli.invocation import CALL_SECONDS, Invocation, RequestId, fresh_id, register
from services.cli.subscriber_form import parse_subscription
from services.cli.supervision.plan import CHARGING

Identifier = Annotated[
    str,
    typer.Argument(
        metavar="SUBSCRIBER", help="An identifier, such as msisdn-491700000001, or `subscriber-` and the id."
    ),
]


def add_to(group: typer.Typer) -> None:
    """Registers the commands with those of accounts."""
    register(group, "subscribe", "tidemark account subscribe msisdn-491700000001 video-pass")(subscribe)
    register(group, "cancel", "tidemark account cancel msisdn-491700000001 video-pass --at-period-end")(
        cancel
    )
    register(
        group, "profile", "tidemark account profile msisdn-491700000001 --segment gold --customer-value 800"
    )(profile)
    register(
        group, "bar", "tidemark account bar msisdn-491700000001 --reason 'SIM stolen' --actor fraud-desk"
    )(bar)


async def subscribe(
    invocation: Invocation,
    subscriber: Identifier,
    offering: Annotated[
        str,
        typer.Argument(
            metavar="OFFERING", help="Offering; members of a bundle with a choice: `plan=member+member`."
        ),
    ],
    effective_from: At = "",
    reference: Annotated[str, typer.Option(help="Number of the order elsewhere, for the audit trail.")] = "",
    request_id: RequestId = "",
) -> None:
    """Takes an offering: its first fees are charged and its allowances filled."""
    request = api.SubscribeOfferingRequest(
        request_id=fresh_id(request_id),
        subscriber_identifier=subscriber,
        subscription=reading("OFFERING", parse_subscription, offering),
        reference=reference,
    )
    if effective_from:
        request.effective_from.CopyFrom(reading("--effective-from", moment, effective_from))
    async with invocation.channel(CHARGING) as channel:
        stub = subscription_api_pb2_grpc.SubscriptionServiceStub(channel)
        answer = await stub.SubscribeOffering(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    show_account(invocation.output, answer.account)
    if answer.charge_ids:
        invocation.output.line(f"fees: {show_money(answer.amount)} ({', '.join(answer.charge_ids)})")
    if answer.reauthorised_sessions:
        invocation.output.line(f"{answer.reauthorised_sessions} session(s) were told to come back")


async def cancel(
    invocation: Invocation,
    subscriber: Identifier,
    offering: Annotated[str, typer.Argument(metavar="OFFERING", help="What is given up.")],
    at_period_end: Annotated[
        bool, typer.Option("--at-period-end", help="With the running period; otherwise at once.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why, for the audit trail.")] = "",
    request_id: RequestId = "",
) -> None:
    """Ends a subscription, and its allowances with it. Nothing is paid back."""
    request = api.CancelSubscriptionRequest(
        request_id=fresh_id(request_id),
        subscriber_identifier=subscriber,
        offering_code=offering,
        at_period_end=at_period_end,
        reason=reason,
    )
    async with invocation.channel(CHARGING) as channel:
        stub = subscription_api_pb2_grpc.SubscriptionServiceStub(channel)
        answer = await stub.CancelSubscription(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    show_account(invocation.output, answer.account)


async def profile(
    invocation: Invocation,
    subscriber: Identifier,
    segment: Annotated[str, typer.Option(help="Segment of the catalog; none without it.")] = "",
    customer_value: Annotated[int, typer.Option(min=0, max=1_000, help="As the operator scores it.")] = 0,
    device_class: Annotated[str, typer.Option(help="Device class of the catalog; none without it.")] = "",
    request_id: RequestId = "",
) -> None:
    """Sets who a subscriber is to the catalog: all three at once."""
    request = api.SetSubscriberProfileRequest(
        request_id=fresh_id(request_id),
        subscriber_identifier=subscriber,
        profile=account_api_pb2.SubscriberProfile(
            segment=segment, customer_value=customer_value, device_class=device_class
        ),
    )
    async with invocation.channel(CHARGING) as channel:
        stub = subscription_api_pb2_grpc.SubscriptionServiceStub(channel)
        answer = await stub.SetSubscriberProfile(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    show_account(invocation.output, answer.account)


async def bar(
    invocation: Invocation,
    subscriber: Identifier,
    reason: Annotated[str, typer.Option(help="Why, for the audit trail.")],
    actor: Annotated[str, typer.Option(help="Who decided it: a name or a role.")],
    lift: Annotated[bool, typer.Option("--lift", help="Takes the subscriber off the list again.")] = False,
    request_id: RequestId = "",
) -> None:
    """Puts a subscriber on the stop list: running sessions are told to end, nothing new is let through."""
    request = api.BarSubscriberRequest(
        request_id=fresh_id(request_id),
        subscriber_identifier=subscriber,
        barred=not lift,
        reason=reason,
        actor=actor,
    )
    async with invocation.channel(CHARGING) as channel:
        stub = subscription_api_pb2_grpc.SubscriptionServiceStub(channel)
        answer = await stub.BarSubscriber(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    show_account(invocation.output, answer.account)
    if answer.aborted_sessions:
        invocation.output.line(f"{answer.aborted_sessions} session(s) were told to end")
