"""`tidemark offers locate` and `fences`: where subscribers are, and the places that policies know."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer
from tidemark.offers.v1 import policy_api_pb2 as policy_api
from tidemark.offers.v1 import policy_api_pb2_grpc, profile_api_pb2_grpc
from tidemark.offers.v1 import profile_api_pb2 as api

from services.cli import invocation as commands
from services.cli.commands.arguments import reading
from services.cli.failures import CommandFailedError
from services.cli.invocation import CALL_SECONDS, Invocation
from services.cli.output import Output
from services.cli.supervision.plan import OFFERS
from services.common.kernel.identifiers import is_subscriber_identifier

_MICRODEGREES = 1_000_000
_MOST_DEGREES = (90, 180)


def register(app: typer.Typer) -> None:
    """Adds the commands to the group `offers`."""
    commands.register(app, "locate", "tidemark offers locate msisdn-491700000001 --at 52.514,13.239")(locate)
    commands.register(app, "fences", "tidemark offers fences")(fences)


async def locate(
    invocation: Invocation,
    subscriber: Annotated[
        str, typer.Argument(metavar="SUBSCRIBER", help="Subscriber id, or one of its identifiers.")
    ],
    at: Annotated[str, typer.Option(help="Latitude and longitude in degrees: 52.514,13.239.")] = "",
    accuracy: Annotated[int, typer.Option(min=0, help="How far off it may be, in metres. 0: not said.")] = 0,
    cell: Annotated[str, typer.Option(help="A cell of the policies instead: 26201-0000a1b20.")] = "",
) -> None:
    """Says where a subscriber is now. Without consent to location it is forgotten at once.

    A fence is entered within its line, and left after two reports farther out than a tenth of its radius.
    """
    if bool(at) == bool(cell):
        raise typer.BadParameter("say either --at or --cell", param_hint="--at")
    report = api.LocationReport(subscriber=_subscriber(subscriber), cell_id=cell)
    if at:
        latitude, longitude = reading("--at", _degrees, at)
        report.position.CopyFrom(
            api.Position(latitude_e6=latitude, longitude_e6=longitude, accuracy_metres=accuracy)
        )
    async with invocation.channel(OFFERS) as channel:
        stub = profile_api_pb2_grpc.OfferProfileServiceStub(channel)
        request = api.ReportLocationsRequest(reports=[report])
        answer: api.ReportLocationsResponse = await stub.ReportLocations(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    _tell(invocation.output, answer)


async def fences(
    invocation: Invocation,
    version: Annotated[int, typer.Option(min=0, help="Version of the policies; 0: the newest.")] = 0,
) -> None:
    """Lists the fences of the policies. The radius of a polygon is that of a circle of equal area."""
    from services.cli.fence_rows import (  # noqa: PLC0415 - see there
        FENCE_COLUMNS,
        fence_documents,
        fence_rows,
        places_in,
    )

    async with invocation.channel(OFFERS) as channel:
        stub = policy_api_pb2_grpc.OfferPolicyServiceStub(channel)
        request = policy_api.ExportPoliciesRequest(version=version)
        answer: policy_api.ExportPoliciesResponse = await stub.ExportPolicies(request, timeout=CALL_SECONDS)
    places, number = places_in(answer.files), answer.version.version
    invocation.output.document(
        {"version": number, "fences": fence_documents(places), "cells": len(places.cells)}
    )
    if places.fences:
        invocation.output.table("", FENCE_COLUMNS, fence_rows(places))
    invocation.output.line(f"version {number}: {len(places.fences):,} fences, {len(places.cells):,} cells")


def _subscriber(text: str) -> api.SubscriberRef:
    if is_subscriber_identifier(text):
        return api.SubscriberRef(subscriber_identifier=text)
    return api.SubscriberRef(subscriber_id=text)


def _degrees(text: str) -> tuple[int, int]:
    """Latitude and longitude in millionths of a degree. Raises ValueError."""
    try:
        places = [Decimal(part.strip()) for part in text.split(",")]
    except InvalidOperation:
        places = []
    if len(places) != len(_MOST_DEGREES) or not all(place.is_finite() for place in places):
        raise ValueError(f"{text!r} is no place; write latitude,longitude in degrees: 52.514,13.239")
    if any(abs(place) > most for place, most in zip(places, _MOST_DEGREES, strict=True)):
        raise ValueError(f"{text!r} is not on earth; latitude comes first, then longitude")
    latitude, longitude = (round(place * _MICRODEGREES) for place in places)
    return latitude, longitude


def _tell(output: Output, answer: api.ReportLocationsResponse) -> None:
    if answer.refused:
        raise CommandFailedError(
            "the report was refused: nobody has that identifier or no profile, or no cell that id; "
            "`tidemark offers fences` shows the places there are"
        )
    if answer.without_consent:
        output.line("no consent to location: forgotten at once")
    elif answer.late:
        output.line("there is a newer report already: this one changes nothing")
    elif not answer.crossings:
        output.line("taken; no fence was entered or left")
    for crossing in answer.crossings:
        output.line(f"{'entered' if crossing.entered else 'left'} {crossing.fence_code}")
