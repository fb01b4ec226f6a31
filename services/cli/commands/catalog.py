"""`tidemark catalog`: lint, diff, simulate, publish, export, list."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer
from tidemark.catalog.v1 import catalog_api_pb2 as api
from tidemark.catalog.v1 import catalog_api_pb2_grpc

from services.cli.catalog_tables import (
    CHANGE_COLUMNS,
    SIMULATION_COLUMNS,
    VERSION_COLUMNS,
    change_row,
    simulation_rows,
    version_row,
)
from services.cli.commands.arguments import At, reading
from services.cli.failures import CommandFailedError
from services.cli.instants import moment
from services.cli.invocation import Invocation, RequestId, command_group, fresh_id, register
from services.cli.rendering import show_time
from services.cli.replay.flows import UsageTableError
from services.cli.source_folders import finding_line, refuse_errors
from services.cli.supervision.plan import CATALOG
from services.cli.usage_table import read_usage

# Linting and simulating price every worked example and every line of a file.
_SECONDS = 120.0

Source = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of YAML files, or one file.")]
Version = Annotated[int, typer.Option(min=0, help="Version; 0: the newest.")]


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = command_group(
        app,
        "catalog",
        "Check, compare, price and publish what is sold.",
        "tidemark catalog publish examples/catalog",
        "Work with it",
    )
    register(group, "lint", "tidemark catalog lint examples/catalog", connects=False)(lint)
    register(group, "diff", "tidemark catalog diff examples/catalog")(diff)
    register(
        group,
        "simulate",
        "tidemark catalog simulate examples/catalog examples/usage/data_flows.csv --offering prepaid-data",
    )(simulate)
    register(group, "publish", "tidemark catalog publish examples/catalog --actor pricing-desk")(publish)
    register(group, "export", "tidemark catalog export --version 1 --output live.yaml")(export)
    register(group, "list", "tidemark catalog list")(list_versions)


def lint(invocation: Invocation, folder: Source) -> None:
    """Checks a catalog, its worked examples included. Needs no running suite.

    Exit code 1 where there are errors; warnings alone are 0.
    """
    from services.cli.catalog_folder import lint_offline  # noqa: PLC0415 - see there

    answer = lint_offline(_source(folder))
    invocation.output.document(answer)
    for finding in answer.findings:
        invocation.output.line(finding_line(finding))
    refuse_errors(answer.findings, f"{folder}; a catalog with errors is not published")
    invocation.output.line(
        f"no errors: {answer.offerings} offerings, {answer.prices} prices, {answer.examples} worked examples"
    )


async def diff(invocation: Invocation, folder: Source) -> None:
    """Compares a catalog with the newest version: what changes, and how many it touches."""
    request = api.DiffCatalogRequest(source=_source(folder))
    async with invocation.channel(CATALOG) as channel:
        stub = catalog_api_pb2_grpc.CatalogServiceStub(channel)
        answer = await stub.DiffCatalog(request, timeout=_SECONDS)
    invocation.output.document(answer)
    against = f"version {answer.live_version}" if answer.live_version else "nothing: none is live"
    if not answer.changes:
        invocation.output.line(f"no change against {against}")
        return
    invocation.output.table(f"against {against}", CHANGE_COLUMNS, map(change_row, answer.changes))


async def simulate(
    invocation: Invocation,
    folder: Source,
    usage: Annotated[
        Path,
        typer.Argument(
            metavar="USAGE",
            help="CSV: key,rating_group,units,used_at, and where it was used; or a table of flows.",
        ),
    ],
    offering: Annotated[list[str], typer.Option(help="Offering the simulated subscriber has. Repeatable.")],
    start_at: Annotated[
        str, typer.Option(help="ISO 8601 instant at which the times of a table of flows begin.")
    ] = "2026-03-02T08:00:00Z",
    currency: Annotated[str, typer.Option(help="Currency of the account; the catalog's first.")] = "",
    segment: Annotated[str, typer.Option(help="Segment of the simulated subscriber.")] = "",
    customer_value: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Value of the customer.")] = 0,
) -> None:
    """Prices usage under the live version and under a proposed catalog, side by side.

    Charging's own rating code does it, for one subscriber with full allowances. The table of usage
    may have the columns serving_plmn, called, cell, tracking_area, sst, sd, five_qi, load_percent,
    device_class and at_a_time.
    """
    from services.cli.catalog_folder import catalog_in  # noqa: PLC0415 - see there

    source = _source(folder)
    try:
        lines = read_usage(usage, catalog_in(source), reading("--start-at", moment, start_at))
    except UsageTableError as error:
        raise CommandFailedError(str(error)) from error
    request = api.SimulateCatalogRequest(
        source=source,
        usage=lines,
        offering_codes=offering,
        currency_code=currency,
        segment=segment,
        customer_value=customer_value,
    )
    async with invocation.channel(CATALOG) as channel:
        stub = catalog_api_pb2_grpc.CatalogServiceStub(channel)
        answer = await stub.SimulateCatalog(request, timeout=_SECONDS)
    invocation.output.document(answer)
    against = f"version {answer.live_version}" if answer.live_version else "none is live"
    invocation.output.table(
        f"{len(lines)} lines of usage; old: {against}", SIMULATION_COLUMNS, simulation_rows(answer)
    )


async def publish(
    invocation: Invocation,
    folder: Source,
    effective_from: At = "",
    actor: Annotated[str, typer.Option(help="Who publishes: a name or role for the audit trail.")] = "cli",
    request_id: RequestId = "",
) -> None:
    """Publishes a catalog as a new, immutable version.

    Charging takes it up without a restart; running sessions keep the version they started with.
    """
    request = api.PublishCatalogRequest(request_id=fresh_id(request_id), source=_source(folder), actor=actor)
    if effective_from:
        request.effective_from.CopyFrom(reading("--effective-from", moment, effective_from))
    async with invocation.channel(CATALOG) as channel:
        stub = catalog_api_pb2_grpc.CatalogServiceStub(channel)
        answer = await stub.PublishCatalog(request, timeout=_SECONDS)
    invocation.output.document(answer)
    for finding in answer.warnings:
        invocation.output.line(finding_line(finding))
    what = "nothing new: it equals" if answer.unchanged else "published as"
    invocation.output.line(
        f"{what} version {answer.version}, in force from {show_time(answer.effective_from)}, "
        f"sha256 {answer.content_sha256}"
    )


async def export(
    invocation: Invocation,
    version: Version = 0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; otherwise standard output.")
    ] = None,
) -> None:
    """Gives back the canonical YAML of a version, byte for byte the same each time."""
    async with invocation.channel(CATALOG) as channel:
        stub = catalog_api_pb2_grpc.CatalogServiceStub(channel)
        answer = await stub.ExportCatalog(api.ExportCatalogRequest(version=version), timeout=_SECONDS)
    invocation.output.document(answer)
    content = answer.file.content.encode("utf-8")
    if output is not None:
        _write(output, content)
        digest = hashlib.sha256(content).hexdigest()
        invocation.output.line(f"version {answer.version} is in {output} (sha256 of the file {digest})")
    elif not invocation.output.as_json:
        typer.echo(content, nl=False)


async def list_versions(
    invocation: Invocation,
    after: Annotated[int, typer.Option(min=0, help="Only versions after this one.")] = 0,
) -> None:
    """Lists every version, oldest first."""
    async with invocation.channel(CATALOG) as channel:
        stub = catalog_api_pb2_grpc.CatalogServiceStub(channel)
        answer = await stub.ListCatalogVersions(
            api.ListCatalogVersionsRequest(after_version=after), timeout=_SECONDS
        )
    invocation.output.document(answer)
    if answer.versions:
        invocation.output.table("", VERSION_COLUMNS, map(version_row, answer.versions))
    else:
        invocation.output.line("no version is published; `tidemark catalog publish FOLDER` publishes one")


def _source(folder: Path) -> api.CatalogSource:
    from services.cli.catalog_folder import read_source  # noqa: PLC0415 - see there

    return read_source(folder)


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise CommandFailedError(f"{path} can't be written: {error.strerror or error}") from error
