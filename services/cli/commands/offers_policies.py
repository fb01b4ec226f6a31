"""`tidemark offers lint`, `diff`, `publish`, `export`, `versions`: what may be offered, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from tidemark.offers.v1 import policy_api_pb2 as api
from tidemark.offers.v1 import policy_api_pb2_grpc

from services.cli import invocation as commands
from services.cli.invocation import CALL_SECONDS, Invocation, RequestId, fresh_id
from services.cli.rendering import show_time
from services.cli.source_folders import finding_line, refuse_errors, write_folder
from services.cli.supervision.plan import OFFERS

# Every worked example is decided.
_SECONDS = 120.0
_CHANGE_COLUMNS = ("", "what", "old", "new")
_VERSION_COLUMNS = (">version", "published at", "by", "sha256")

Source = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="Folder of YAML and GeoJSON files, or one YAML file.")
]


def register(app: typer.Typer) -> None:
    """Adds the commands to the group `offers`."""
    commands.register(
        app, "lint", "tidemark offers lint examples/offers --catalog examples/catalog", connects=False
    )(lint)
    commands.register(app, "diff", "tidemark offers diff examples/offers")(diff)
    commands.register(app, "publish", "tidemark offers publish examples/offers --actor campaign-desk")(
        publish
    )
    commands.register(app, "export", "tidemark offers export --output live")(export)
    commands.register(app, "versions", "tidemark offers versions")(versions)


def lint(
    invocation: Invocation,
    folder: Source,
    catalog: Annotated[
        Path | None,
        typer.Option(help="Folder of a catalog, to look up offerings in and to work the examples with."),
    ] = None,
) -> None:
    """Checks policies, their worked examples included. Needs no running suite.

    Exit code 1 where there are errors; warnings alone are 0.
    """
    from services.cli.offer_folder import lint_offline  # noqa: PLC0415 - see there

    answer = lint_offline(_source(folder), catalog)
    invocation.output.document(answer)
    for finding in answer.findings:
        invocation.output.line(finding_line(finding))
    refuse_errors(answer.findings, f"{folder}; policies with errors are not published")
    invocation.output.line(
        f"no errors: {answer.offers} offers with {answer.rules} rules and texts, {answer.fences} fences, "
        f"{answer.experiments} experiments, {answer.examples} worked examples"
    )


async def diff(invocation: Invocation, folder: Source) -> None:
    """Compares policies with the version in force."""
    request = api.DiffPoliciesRequest(source=_source(folder))
    async with invocation.channel(OFFERS) as channel:
        stub = policy_api_pb2_grpc.OfferPolicyServiceStub(channel)
        answer: api.DiffPoliciesResponse = await stub.DiffPolicies(request, timeout=_SECONDS)
    invocation.output.document(answer)
    if answer.changes:
        invocation.output.table("", _CHANGE_COLUMNS, map(_change_row, answer.changes))
    else:
        invocation.output.line("no change against the version in force")


async def publish(
    invocation: Invocation,
    folder: Source,
    actor: Annotated[str, typer.Option(help="Who publishes: a name or role for the audit trail.")] = "cli",
    request_id: RequestId = "",
) -> None:
    """Publishes the policies as the next version, in force at once."""
    request = api.PublishPoliciesRequest(request_id=fresh_id(request_id), source=_source(folder), actor=actor)
    async with invocation.channel(OFFERS) as channel:
        stub = policy_api_pb2_grpc.OfferPolicyServiceStub(channel)
        answer: api.PublishPoliciesResponse = await stub.PublishPolicies(request, timeout=_SECONDS)
    invocation.output.document(answer)
    for finding in answer.warnings:
        invocation.output.line(finding_line(finding))
    if answer.changed:
        invocation.output.table("published", _VERSION_COLUMNS, [_version_row(answer.version)])
    else:
        invocation.output.line(f"nothing new: it equals version {answer.version.version}")


async def export(
    invocation: Invocation,
    version: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Version; 0: the newest.")] = 0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write to; otherwise standard output.")
    ] = None,
) -> None:
    """Gives back the canonical files of a version, byte for byte the same each time."""
    async with invocation.channel(OFFERS) as channel:
        stub = policy_api_pb2_grpc.OfferPolicyServiceStub(channel)
        request = api.ExportPoliciesRequest(version=version)
        answer: api.ExportPoliciesResponse = await stub.ExportPolicies(request, timeout=_SECONDS)
    invocation.output.document(answer)
    if output is not None:
        write_folder(output, answer.files)
        invocation.output.line(f"version {answer.version.version} is in {output}")
    elif not invocation.output.as_json:
        for file in answer.files:
            typer.echo(file.content.encode(), nl=False)


async def versions(invocation: Invocation) -> None:
    """Lists every version, oldest first."""
    async with invocation.channel(OFFERS) as channel:
        stub = policy_api_pb2_grpc.OfferPolicyServiceStub(channel)
        answer: api.ListPolicyVersionsResponse = await stub.ListPolicyVersions(
            api.ListPolicyVersionsRequest(), timeout=CALL_SECONDS
        )
    invocation.output.document(answer)
    if answer.versions:
        invocation.output.table("", _VERSION_COLUMNS, map(_version_row, answer.versions))
    else:
        invocation.output.line("no policies are published; `tidemark offers publish FOLDER` publishes them")


def _change_row(change: api.PolicyChange) -> tuple[str, ...]:
    kind = api.PolicyChangeKind.Name(change.kind).removeprefix("POLICY_CHANGE_KIND_").lower()
    return (kind, change.field, change.old_value, change.new_value)


def _version_row(version: api.PolicyVersion) -> tuple[str, ...]:
    return (
        str(version.version),
        show_time(version.published_at),
        version.published_by,
        version.content_sha256[:12],
    )


def _source(folder: Path) -> api.PolicySource:
    from services.cli.offer_folder import read_source  # noqa: PLC0415 - see there

    return read_source(folder)
