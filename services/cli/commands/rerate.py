"""`tidemark rerate`: a period's usage at the prices of another catalog version."""

from __future__ import annotations

from typing import Annotated

import grpc
import typer
from rich.console import Console
from tidemark.charging.v1 import charge_api_pb2 as api
from tidemark.charging.v1 import charge_api_pb2_grpc

from services.cli.amounts import show_money
from services.cli.commands.arguments import reading
from services.cli.instants import moment
from services.cli.invocation import Invocation, RequestId, fresh_id, register
from services.cli.output import Output
from services.cli.supervision.plan import CHARGING

# A run walks over the whole journal.
_WALK_SECONDS = 3_600.0
_EXAMPLE = """tidemark rerate --version 4 --from 2026-03-01T00:00:00Z --to 2026-04-01T00:00:00Z \\
  --reason 'wrong price published' --actor pricing-desk --preview"""
_COLUMNS = ("account", ">charges", ">corrected", ">by", "not corrected")


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    register(app, "rerate", _EXAMPLE, panel="Work with it")(rerate)


async def rerate(
    invocation: Invocation,
    version: Annotated[int, typer.Option(min=1, help="Catalog version whose prices count.")],
    since: Annotated[str, typer.Option("--from", help="First instant of the period, ISO 8601.")],
    until: Annotated[str, typer.Option("--to", help="End of the period, not included.")],
    account: Annotated[
        list[str] | None, typer.Option(help="Only this account. Repeatable. [default: all]")
    ] = None,
    offering: Annotated[
        list[str] | None, typer.Option(help="Only this offering. Repeatable. [default: all]")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, for the audit trail.")] = "",
    actor: Annotated[str, typer.Option(help="Who decided it: a name or a role.")] = "",
    preview: Annotated[bool, typer.Option("--preview", help="Show it, write nothing.")] = False,
    request_id: RequestId = "",
) -> None:
    """Prices the usage of a period anew and writes the differences as signed corrections.

    A charge is never edited. Run again, nothing is left to correct. Without --preview a --reason
    and an --actor are needed.
    """
    if not preview:
        for name, value in (("--reason", reason), ("--actor", actor)):
            if not value:
                raise typer.BadParameter("corrections are signed and explained", param_hint=name)
    request = api.RerateChargesRequest(
        request_id=fresh_id(request_id),
        catalog_version=version,
        used_from=reading("--from", moment, since),
        used_until=reading("--to", moment, until),
        account_ids=account or [],
        offering_codes=offering or [],
        reason=reason,
        actor=actor,
        preview=preview,
    )
    async with invocation.channel(CHARGING) as channel:
        rows = await _rows(invocation.output, channel, request)
    invocation.output.table("preview: nothing was written" if preview else "", _COLUMNS, rows)
    if not preview:
        again = "the same --request-id again shows this and corrects nothing twice"
        invocation.output.line(f"run {request.request_id}; {again}")


async def _rows(
    output: Output, channel: grpc.aio.Channel, request: api.RerateChargesRequest
) -> list[tuple[str, ...]]:
    """A row for each account and one for the sum; with --json a line each instead."""
    stub = charge_api_pb2_grpc.ChargeServiceStub(channel)
    rows: list[tuple[str, ...]] = []
    progress = Console(stderr=True)
    with progress.status("reading the journal") as status:
        async for answer in stub.RerateCharges(request, timeout=_WALK_SECONDS):
            output.json_line(answer)
            rows.append(_row(answer))
            status.update(f"{len(rows)} account(s) done")
    return rows


def _row(answer: api.RerateChargesResponse) -> tuple[str, ...]:
    return (
        answer.account_id or "in all",
        str(answer.charges_seen),
        str(answer.charges_corrected),
        ", ".join(map(show_money, answer.corrected)),
        "; ".join(_uncorrected(answer)),
    )


def _uncorrected(answer: api.RerateChargesResponse) -> list[str]:
    """Reasons with the charge they are about; many charges of one reason are counted."""
    by_reason: dict[str, list[str]] = {}
    for item in answer.uncorrected:
        by_reason.setdefault(item.detail, []).append(item.charge_id)
    return [
        f"{charges[0] if len(charges) == 1 else f'{len(charges)} charges'}: {detail}"
        for detail, charges in by_reason.items()
    ]
