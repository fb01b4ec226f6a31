"""`tidemark agreements`: lint, diff, simulate, publish, export, list, show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from tidemark.partner_settlement.v1 import agreement_api_pb2 as api
from tidemark.partner_settlement.v1 import agreement_api_pb2_grpc

from services.cli.agreement_tables import (
    CHANGE_COLUMNS,
    SIMULATION_COLUMNS,
    VERSION_COLUMNS,
    change_row,
    simulation_row,
    version_row,
)
from services.cli.invocation import CALL_SECONDS, Invocation, RequestId, command_group, fresh_id, register
from services.cli.source_folders import finding_line, refuse_errors
from services.cli.supervision.plan import PARTNER_SETTLEMENT

# Every worked example is settled, and a simulation settles a period.
_SECONDS = 120.0

Source = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of YAML files, or one file.")]
Code = Annotated[str, typer.Argument(metavar="AGREEMENT", help="Code of the agreement.")]


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = command_group(
        app,
        "agreements",
        "Check, compare, try out and publish what partners get.",
        "tidemark agreements publish examples/agreements",
        "Settle with partners",
    )
    register(group, "lint", "tidemark agreements lint examples/agreements", connects=False)(lint)
    register(group, "diff", "tidemark agreements diff examples/agreements")(diff)
    register(group, "simulate", "tidemark agreements simulate examples/agreements --period 2026-W48")(
        simulate
    )
    register(group, "publish", "tidemark agreements publish examples/agreements --actor partner-desk")(
        publish
    )
    register(group, "export", "tidemark agreements export --output live.yaml")(export)
    register(group, "list", "tidemark agreements list")(list_versions)
    register(group, "show", "tidemark agreements show music-streaming-2026")(show)


def lint(
    invocation: Invocation,
    folder: Source,
    catalog: Annotated[
        Path | None, typer.Option(help="Folder of a catalog, to look up offerings, prices and units in.")
    ] = None,
) -> None:
    """Checks agreements, their worked examples included. Needs no running suite.

    Exit code 1 where there are errors; warnings alone are 0.
    """
    from services.cli.agreement_folder import lint_offline  # noqa: PLC0415 - see there

    answer = lint_offline(_source(folder), catalog)
    invocation.output.document(answer)
    for finding in answer.findings:
        invocation.output.line(finding_line(finding))
    refuse_errors(answer.findings, f"{folder}; agreements with errors are not published")
    invocation.output.line(
        f"no errors: {answer.agreements} agreements with {answer.terms} terms, {answer.parties} parties, "
        f"{answer.examples} worked examples"
    )


async def diff(invocation: Invocation, folder: Source) -> None:
    """Compares agreements with the newest versions. What the folder does not hold stays as it is."""
    request = api.DiffAgreementsRequest(source=_source(folder))
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        stub = agreement_api_pb2_grpc.AgreementServiceStub(channel)
        answer = await stub.DiffAgreements(request, timeout=_SECONDS)
    invocation.output.document(answer)
    if answer.changes:
        invocation.output.table("", CHANGE_COLUMNS, map(change_row, answer.changes))
    else:
        invocation.output.line("no change against the newest versions")


async def simulate(
    invocation: Invocation,
    folder: Source,
    period: Annotated[str, typer.Option(help="2026-W48, 2026-11, ...; the last one that is over.")] = "",
) -> None:
    """Settles a period under proposed agreements, beside what the ones in force give. Keeps nothing."""
    request = api.SimulateAgreementsRequest(source=_source(folder), period=period)
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        stub = agreement_api_pb2_grpc.AgreementServiceStub(channel)
        answer = await stub.SimulateAgreements(request, timeout=_SECONDS)
    invocation.output.document(answer)
    if answer.shares:
        invocation.output.table(
            f"{answer.records} records", SIMULATION_COLUMNS, map(simulation_row, answer.shares)
        )
    else:
        invocation.output.line("nobody gets anything, now or then")


async def publish(
    invocation: Invocation,
    folder: Source,
    actor: Annotated[str, typer.Option(help="Who publishes: a name or role for the audit trail.")] = "cli",
    request_id: RequestId = "",
) -> None:
    """Publishes what differs as new, immutable versions, in force from their first day on."""
    request = api.PublishAgreementsRequest(
        request_id=fresh_id(request_id), source=_source(folder), actor=actor
    )
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        stub = agreement_api_pb2_grpc.AgreementServiceStub(channel)
        answer = await stub.PublishAgreements(request, timeout=_SECONDS)
    invocation.output.document(answer)
    for finding in answer.warnings:
        invocation.output.line(finding_line(finding))
    if answer.published:
        invocation.output.table("published", VERSION_COLUMNS, map(version_row, answer.published))
    if answer.party_codes:
        invocation.output.line(f"parties new or changed: {', '.join(answer.party_codes)}")
    if not answer.published and not answer.party_codes:
        invocation.output.line("nothing new: all of it equals the newest versions")


async def export(
    invocation: Invocation,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; otherwise standard output.")
    ] = None,
) -> None:
    """Gives back the canonical YAML of all newest versions, byte for byte the same each time."""
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        stub = agreement_api_pb2_grpc.AgreementServiceStub(channel)
        answer = await stub.ExportAgreements(api.ExportAgreementsRequest(), timeout=_SECONDS)
    invocation.output.document(answer)
    content = answer.file.content.encode("utf-8")
    if output is not None:
        output.write_bytes(content)
        invocation.output.line(f"the newest versions are in {output}")
    elif not invocation.output.as_json:
        typer.echo(content, nl=False)


async def list_versions(invocation: Invocation) -> None:
    """Lists every version of every agreement, oldest first."""
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        stub = agreement_api_pb2_grpc.AgreementServiceStub(channel)
        answer = await stub.ListAgreements(api.ListAgreementsRequest(), timeout=CALL_SECONDS)
    invocation.output.document(answer)
    if answer.agreements:
        invocation.output.table("", VERSION_COLUMNS, map(version_row, answer.agreements))
    else:
        invocation.output.line(
            "no agreement is published; `tidemark agreements publish FOLDER` publishes them"
        )


async def show(
    invocation: Invocation,
    agreement: Code,
    version: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Version; 0: the newest.")] = 0,
) -> None:
    """Shows a version of an agreement as it is written, with the parties that it names."""
    from services.cli.agreement_folder import written  # noqa: PLC0415 - see there

    request = api.GetAgreementRequest(agreement_code=agreement, version=version)
    async with invocation.channel(PARTNER_SETTLEMENT) as channel:
        stub = agreement_api_pb2_grpc.AgreementServiceStub(channel)
        answer = await stub.GetAgreement(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    invocation.output.table("", VERSION_COLUMNS, [version_row(answer.published)])
    if not invocation.output.as_json:
        typer.echo(written(answer), nl=False)


def _source(folder: Path) -> api.AgreementSource:
    from services.cli.agreement_folder import read_source  # noqa: PLC0415 - see there

    return read_source(folder)
