"""`tidemark event`: one-time events by hand (RFC 8506 section 6)."""

from __future__ import annotations

from typing import Annotated

import typer
from tidemark.charging.v1 import charging_api_pb2 as api
from tidemark.charging.v1 import charging_api_pb2_grpc

from services.cli.amounts import money_message
from services.cli.commands.arguments import At, reading
from services.cli.commands.charging_arguments import (
    NF_NAME,
    Ask,
    ChargingId,
    NfName,
    SequenceNumber,
    ServingPlmn,
    Subscriber,
    Under,
    Used,
    charging_data,
)
from services.cli.invocation import CALL_SECONDS, Invocation, command_group, fresh_id, register
from services.cli.rendering import show_charging_data
from services.cli.supervision.plan import CHARGING


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = command_group(
        app,
        "event",
        "Debit, refund, price or check one event by hand.",
        "tidemark event price msisdn-491700000001 --ask 110=100MB",
        "Try the API by hand",
    )
    register(group, "debit", "tidemark event debit msisdn-491700000001 --used 300=1events")(debit)
    register(group, "refund", "tidemark event refund msisdn-491700000001 CHARGE --amount 0.05")(refund)
    register(group, "price", "tidemark event price msisdn-491700000001 --ask 110=100MB")(price)
    register(group, "check", "tidemark event check msisdn-491700000001 --ask 200=10min")(check)


async def debit(
    invocation: Invocation,
    subscriber: Subscriber,
    used: Used = None,
    charging_id: ChargingId = "",
    sequence: SequenceNumber = 0,
    nf_name: NfName = NF_NAME,
    serving_plmn: ServingPlmn = "",
    under: Under = None,
    at: At = "",
) -> None:
    """Charges units at once, whole or not at all."""
    request = api.ChargeOneTimeEventRequest(
        requested_action=api.REQUESTED_ACTION_DIRECT_DEBITING,
        charging_data=charging_data(
            subscriber=subscriber,
            charging_id=fresh_id(charging_id),
            sequence=sequence,
            nf_name=nf_name,
            at=at,
            used=used,
            serving_plmn=serving_plmn,
            under=under,
        ),
    )
    await _charge(invocation, request)


async def refund(
    invocation: Invocation,
    subscriber: Subscriber,
    charge_id: Annotated[
        str, typer.Argument(metavar="CHARGE", help="Charge to give back, as `debit` names it.")
    ],
    amount: Annotated[
        str, typer.Option(help="How much, such as 0.05. Default: all that is left of it.")
    ] = "",
    currency: Annotated[str, typer.Option(help="ISO 4217 code of --amount.")] = "EUR",
    charging_id: ChargingId = "",
    sequence: SequenceNumber = 0,
    nf_name: NfName = NF_NAME,
    at: At = "",
) -> None:
    """Gives a charge back, never more than was charged."""
    request = api.ChargeOneTimeEventRequest(
        requested_action=api.REQUESTED_ACTION_REFUND_ACCOUNT,
        refund_charge_id=charge_id,
        charging_data=charging_data(
            subscriber=subscriber,
            charging_id=fresh_id(charging_id),
            sequence=sequence,
            nf_name=nf_name,
            at=at,
        ),
    )
    if amount:
        request.refund_amount.CopyFrom(reading("--amount", money_message, amount, currency))
    await _charge(invocation, request)


async def price(
    invocation: Invocation,
    subscriber: Subscriber,
    ask: Ask = None,
    nf_name: NfName = NF_NAME,
    serving_plmn: ServingPlmn = "",
    under: Under = None,
    at: At = "",
) -> None:
    """Says what units would cost. Charges nothing."""
    await _enquire(
        invocation, api.REQUESTED_ACTION_PRICE_ENQUIRY, subscriber, ask, nf_name, serving_plmn, under, at
    )


async def check(
    invocation: Invocation,
    subscriber: Subscriber,
    ask: Ask = None,
    nf_name: NfName = NF_NAME,
    serving_plmn: ServingPlmn = "",
    under: Under = None,
    at: At = "",
) -> None:
    """Says whether the balance covers units. Reserves nothing."""
    await _enquire(
        invocation, api.REQUESTED_ACTION_CHECK_BALANCE, subscriber, ask, nf_name, serving_plmn, under, at
    )


async def _enquire(
    invocation: Invocation,
    action: api.RequestedAction.ValueType,
    subscriber: str,
    ask: list[str] | None,
    nf_name: str,
    serving_plmn: str,
    under: list[str] | None,
    at: str,
) -> None:
    request = api.ChargeOneTimeEventRequest(
        requested_action=action,
        charging_data=charging_data(
            subscriber=subscriber,
            charging_id=fresh_id(),
            sequence=0,
            nf_name=nf_name,
            at=at,
            ask=ask,
            serving_plmn=serving_plmn,
            under=under,
        ),
    )
    await _charge(invocation, request)


async def _charge(invocation: Invocation, request: api.ChargeOneTimeEventRequest) -> None:
    async with invocation.channel(CHARGING) as channel:
        answer = await charging_api_pb2_grpc.ChargingServiceStub(channel).ChargeOneTimeEvent(
            request, timeout=CALL_SECONDS
        )
    invocation.output.document(answer)
    show_charging_data(invocation.output, answer.charging_data)
