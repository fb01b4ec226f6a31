"""`tidemark session`: charging sessions by hand, as a network element would drive them."""

from __future__ import annotations

from typing import Annotated

import typer
from tidemark.charging.v1 import charging_api_pb2 as api
from tidemark.charging.v1 import charging_api_pb2_grpc

from services.cli.commands.arguments import At
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

Ref = Annotated[str, typer.Argument(metavar="REF", help="charging_data_ref that `create` answered.")]


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = command_group(
        app,
        "session",
        "Drive a charging session by hand.",
        "tidemark session create msisdn-491700000001 --ask 110",
        "Try the API by hand",
    )
    register(group, "create", "tidemark session create msisdn-491700000001 --ask 110 --ask 200=60s")(create)
    register(group, "update", "tidemark session update REF --sequence 1 --used 110=3MB --ask 110")(update)
    register(group, "release", "tidemark session release REF --sequence 2 --used 110=500kB")(release)


async def create(
    invocation: Invocation,
    subscriber: Subscriber,
    ask: Ask = None,
    used: Used = None,
    sequence: SequenceNumber = 0,
    charging_id: ChargingId = "",
    nf_name: NfName = NF_NAME,
    serving_plmn: ServingPlmn = "",
    under: Under = None,
    at: At = "",
) -> None:
    """Opens a session and asks for units."""
    request = charging_data(
        subscriber=subscriber,
        charging_id=fresh_id(charging_id),
        sequence=sequence,
        nf_name=nf_name,
        at=at,
        ask=ask,
        used=used,
        serving_plmn=serving_plmn,
        under=under,
    )
    async with invocation.channel(CHARGING) as channel:
        answer = await charging_api_pb2_grpc.ChargingServiceStub(channel).CreateChargingSession(
            api.CreateChargingSessionRequest(charging_data=request), timeout=CALL_SECONDS
        )
    invocation.output.document(answer)
    invocation.output.line(f"session {answer.charging_data_ref}; the next --sequence is {sequence + 1}")
    show_charging_data(invocation.output, answer.charging_data)


async def update(
    invocation: Invocation,
    ref: Ref,
    sequence: SequenceNumber,
    ask: Ask = None,
    used: Used = None,
    nf_name: NfName = NF_NAME,
    serving_plmn: ServingPlmn = "",
    under: Under = None,
    at: At = "",
) -> None:
    """Reports usage and asks for more."""
    request = charging_data(
        sequence=sequence,
        nf_name=nf_name,
        at=at,
        ask=ask,
        used=used,
        serving_plmn=serving_plmn,
        under=under,
    )
    async with invocation.channel(CHARGING) as channel:
        answer = await charging_api_pb2_grpc.ChargingServiceStub(channel).UpdateChargingSession(
            api.UpdateChargingSessionRequest(charging_data_ref=ref, charging_data=request),
            timeout=CALL_SECONDS,
        )
    invocation.output.document(answer)
    show_charging_data(invocation.output, answer.charging_data)


async def release(
    invocation: Invocation,
    ref: Ref,
    sequence: SequenceNumber,
    used: Used = None,
    nf_name: NfName = NF_NAME,
    at: At = "",
) -> None:
    """Reports the last usage and closes the session; reservations go back."""
    request = charging_data(sequence=sequence, nf_name=nf_name, at=at, used=used)
    async with invocation.channel(CHARGING) as channel:
        answer = await charging_api_pb2_grpc.ChargingServiceStub(channel).ReleaseChargingSession(
            api.ReleaseChargingSessionRequest(charging_data_ref=ref, charging_data=request),
            timeout=CALL_SECONDS,
        )
    invocation.output.document(answer)
    invocation.output.line(f"session {ref} is closed")
    show_charging_data(invocation.output, answer.charging_data)
