"""Arguments of the hand tools `session` and `event`, and the request they make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from tidemark.charging.v1 import charging_data_pb2 as data

from services.cli.circumstances_form import set_circumstances
from services.cli.commands.arguments import reading
from services.cli.instants import moment_or_now
from services.cli.usage_form import parse_usage

Subscriber = Annotated[
    str, typer.Argument(metavar="SUBSCRIBER", help="imsi-, msisdn-, iccid- or device- identifier.")
]
Ask = Annotated[
    list[str] | None,
    typer.Option(help="Units wanted: `110=5MB`, `200=60s`; `110` leaves the size to charging. Repeatable."),
]
Used = Annotated[
    list[str] | None,
    typer.Option(
        help="Units used since the last report: `110=5MB`, `200=60s`, `300=1events`; with partners "
        "`108=5MB,sponsor=shoes-ag,application=clip-world`. Repeatable."
    ),
]
SequenceNumber = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Invocation sequence number.")]
NfName = Annotated[str, typer.Option(help="Name of the network element.")]
ServingPlmn = Annotated[str, typer.Option(help="MCC and MNC of the serving network. Default: home.")]
Under = Annotated[
    list[str] | None,
    typer.Option(
        help="Where and how: `called=+4930123`, `cell=26201-0000a1b20`, `tracking-area=26201-00a1f3`, "
        "`slice=1-0000a1`, `five-qi=82`, `load=90`, `device-class=truck`. Repeatable."
    ),
]
ChargingId = Annotated[
    str,
    typer.Option(
        help="The element's id of what is charged; repeat it to repeat a request. Fresh by default."
    ),
]
NF_NAME = "tidemark-cli"


def charging_data(
    *,
    sequence: int,
    nf_name: str,
    at: str,
    subscriber: str = "",
    charging_id: str = "",
    ask: Sequence[str] | None = None,
    used: Sequence[str] | None = None,
    serving_plmn: str = "",
    under: Sequence[str] | None = None,
) -> data.ChargingDataRequest:
    """The request an element would send. A malformed argument is a usage error."""
    request = data.ChargingDataRequest(
        subscriber_identifier=subscriber,
        charging_id=charging_id,
        nf_consumer_identification=data.NfConsumerIdentification(nf_name=nf_name),
        invocation_time_stamp=reading("--at", moment_or_now, at),
        invocation_sequence_number=sequence,
        multiple_unit_usage=reading("--ask / --used", parse_usage, ask or [], used or []),
    )
    reading("--under", set_circumstances, request, serving_plmn, under or [])
    return request
