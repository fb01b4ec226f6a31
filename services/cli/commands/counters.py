"""`tidemark account counters` and `cap`: what is counted for a subscriber, and where it stops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

import typer
from tidemark.charging.v1 import subscription_api_pb2 as api
from tidemark.charging.v1 import subscription_api_pb2_grpc

from services.cli.amounts import money_message, parse_units, show_amount, show_money, show_quantity
from services.cli.commands.arguments import reading
from services.cli.commands.subscription import Identifier
from services.cli.failures import CommandFailedError
from services.cli.invocation import CALL_SECONDS, Invocation, RequestId, fresh_id, register
from services.cli.rendering import show_time
from services.cli.supervision.plan import CHARGING

_COLUMNS = ("counter", "period", ">counted", ">cap", "status", "until")


def add_to(group: typer.Typer) -> None:
    """Registers the commands with those of accounts."""
    register(group, "counters", "tidemark account counters msisdn-491700000001")(counters)
    register(
        group, "cap", "tidemark account cap msisdn-491700000001 roaming-data-cap --lift --actor care-desk"
    )(cap)


async def counters(invocation: Invocation, subscriber: Identifier) -> None:
    """Shows every counter in its running period, its cap, and the policy status a PCF would be told."""
    async with invocation.channel(CHARGING) as channel:
        stub = subscription_api_pb2_grpc.SubscriptionServiceStub(channel)
        answer = await stub.GetCounters(
            api.GetCountersRequest(subscriber_identifier=subscriber), timeout=CALL_SECONDS
        )
    invocation.output.document(answer)
    if not answer.counters:
        invocation.output.line("the catalog counts nothing for this subscriber")
    else:
        invocation.output.table("", _COLUMNS, _rows(answer.counters))


async def cap(
    invocation: Invocation,
    subscriber: Identifier,
    counter: Annotated[str, typer.Argument(metavar="COUNTER", help="Code of a liftable counter.")],
    actor: Annotated[str, typer.Option(help="Who decided it: a name or a role.")],
    to: Annotated[
        str, typer.Option(help="A cap of the subscriber's own: 30.00, or 5GB where units are counted.")
    ] = "",
    lift: Annotated[bool, typer.Option("--lift", help="No cap at all.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="What the catalog says, again.")] = False,
    request_id: RequestId = "",
) -> None:
    """Sets, lifts or resets the cap of one counter; sessions that it had stopped are called back."""
    if sum((bool(to), lift, reset)) != 1:
        raise typer.BadParameter("say one of --to, --lift and --reset")
    request = api.SetSpendCapRequest(
        request_id=fresh_id(request_id),
        subscriber_identifier=subscriber,
        counter_code=counter,
        reset=reset,
        actor=actor,
    )
    async with invocation.channel(CHARGING) as channel:
        stub = subscription_api_pb2_grpc.SubscriptionServiceStub(channel)
        if to:
            asked = api.GetCountersRequest(subscriber_identifier=subscriber, counter_codes=[counter])
            found = (await stub.GetCounters(asked, timeout=CALL_SECONDS)).counters
            if not found:
                raise CommandFailedError(f"the catalog has no counter {counter} for this subscriber")
            request.cap = reading("--to", _mark, to, found[0])
        answer = await stub.SetSpendCap(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    invocation.output.table("", _COLUMNS, _rows([answer.counter]))
    if answer.reauthorised_sessions:
        invocation.output.line(f"{answer.reauthorised_sessions} session(s) were told to come back")


def _mark(text: str, counter: api.CounterStatus) -> int:
    """A cap in the counter's measure. Raises ValueError where it is written in another."""
    if counter.HasField("money"):
        return money_message(text, counter.money.currency_code).minor_micros
    units, unit = parse_units(text)
    if unit != counter.quantity.unit:
        raise ValueError(f"the counter counts {counter.quantity.unit}, not {unit}")
    return units


def _rows(found: Iterable[api.CounterStatus]) -> Iterator[tuple[str, ...]]:
    for counter in found:
        in_money = counter.HasField("money")
        unit = counter.money.currency_code if in_money else counter.quantity.unit
        yield (
            f"{counter.counter_code} ({counter.name})" if counter.name else counter.counter_code,
            counter.period,
            show_money(counter.money) if in_money else show_quantity(counter.quantity),
            show_amount(counter.cap, unit) if counter.HasField("cap") else "none",
            "capped" if counter.capped else counter.status,
            show_time(counter.period_end),
        )
