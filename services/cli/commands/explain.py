"""`tidemark explain`: why a charge is what it is."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.panel import Panel
from tidemark.charging.v1 import charge_api_pb2 as api
from tidemark.charging.v1 import charge_api_pb2_grpc

from services.cli.amounts import show_money, show_quantity
from services.cli.invocation import CALL_SECONDS, Invocation, register
from services.cli.supervision.plan import CHARGING

_COLUMNS = ("step", "what", ">units", ">amount")


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    register(app, "explain", "tidemark explain c-0-42-1-1", panel="Work with it")(explain)


async def explain(
    invocation: Invocation,
    charge_id: Annotated[
        str,
        typer.Argument(
            metavar="CHARGE", help="Charge, fee, refund or correction, as answers and records name it."
        ),
    ],
) -> None:
    """Tells in plain words why a charge is what it is: price, version, allowances and the arithmetic.

    Also what was refunded or corrected since.
    """
    async with invocation.channel(CHARGING) as channel:
        answer = await charge_api_pb2_grpc.ChargeServiceStub(channel).ExplainCharge(
            api.ExplainChargeRequest(charge_id=charge_id), timeout=CALL_SECONDS
        )
    invocation.output.document(answer)
    if invocation.output.as_json:
        return
    panel = Panel(escape("\n".join(answer.sentences)), title=escape(charge_id), title_align="left")
    invocation.output.console().print(panel)
    invocation.output.table("", _COLUMNS, map(_row, answer.steps))


def _row(step: api.ExplanationStep) -> tuple[str, str, str, str]:
    return (
        step.kind,
        step.text,
        show_quantity(step.units) if step.HasField("units") else "",
        show_money(step.amount) if step.HasField("amount") else "",
    )
