"""`tidemark alerts`: what is told to whom, when and in which words, as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from tidemark.notification.v1 import rules_api_pb2 as api
from tidemark.notification.v1 import rules_api_pb2_grpc

from services.cli import invocation as commands
from services.cli.commands import alerts_trial
from services.cli.invocation import CALL_SECONDS, Invocation, RequestId, command_group, fresh_id
from services.cli.rendering import show_time
from services.cli.source_folders import finding_line, refuse_errors, write_folder
from services.cli.supervision.plan import NOTIFICATION

# Every worked example is told.
_SECONDS = 120.0
_CHANGE_COLUMNS = ("what", "before", "after")
_VERSION_COLUMNS = (">version", "published at", "by", ">alerts", "sha256", "comment")

Source = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="Folder of YAML files, with words in Fluent beside them.")
]


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = command_group(
        app,
        "alerts",
        "Alert rules: what is told to whom, when and in which words.",
        "tidemark alerts publish examples/notification",
        "Tell customers, answer them",
    )
    commands.register(group, "lint", "tidemark alerts lint examples/notification", connects=False)(lint)
    alerts_trial.register(group)
    commands.register(group, "diff", "tidemark alerts diff examples/notification")(diff)
    commands.register(group, "publish", "tidemark alerts publish examples/notification")(publish)
    commands.register(group, "export", "tidemark alerts export --output live")(export)
    commands.register(group, "versions", "tidemark alerts versions")(versions)


def lint(invocation: Invocation, folder: Source) -> None:
    """Checks rules and words, their worked examples included. Needs no running suite.

    Exit code 1 where there are errors; warnings alone are 0.
    """
    from services.cli.alert_folder import lint_offline  # noqa: PLC0415 - see there

    answer = lint_offline(_source(folder))
    invocation.output.document(answer)
    _show(invocation, answer.findings)
    refuse_errors(answer.findings, f"{folder}; rules with errors are not published")
    invocation.output.line(f"no errors: {answer.alerts} alerts, sha256 {answer.content_sha256[:12]}")


async def diff(invocation: Invocation, folder: Source) -> None:
    """Compares rules and words with the version in force."""
    request = api.DiffRulesRequest(source=_source(folder))
    async with invocation.channel(NOTIFICATION) as channel:
        stub = rules_api_pb2_grpc.NotificationRuleServiceStub(channel)
        answer: api.DiffRulesResponse = await stub.DiffRules(request, timeout=_SECONDS)
    invocation.output.document(answer)
    _show(invocation, answer.findings)
    if answer.changes:
        rows = ((change.path, change.before, change.after) for change in answer.changes)
        invocation.output.table("", _CHANGE_COLUMNS, rows)
    refuse_errors(answer.findings, str(folder))
    if not answer.changes:
        invocation.output.line(f"no change against version {answer.in_force_version}, which is in force")


async def publish(
    invocation: Invocation,
    folder: Source,
    comment: Annotated[str, typer.Option(help="What is new, for whoever looks at the versions.")] = "",
    request_id: RequestId = "",
) -> None:
    """Publishes the rules as the next version, in force at once."""
    request = api.PublishRulesRequest(
        request_id=fresh_id(request_id), source=_source(folder), comment=comment
    )
    async with invocation.channel(NOTIFICATION) as channel:
        stub = rules_api_pb2_grpc.NotificationRuleServiceStub(channel)
        answer: api.PublishRulesResponse = await stub.PublishRules(request, timeout=_SECONDS)
    invocation.output.document(answer)
    _show(invocation, answer.findings)
    if answer.published:
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
    async with invocation.channel(NOTIFICATION) as channel:
        stub = rules_api_pb2_grpc.NotificationRuleServiceStub(channel)
        request = api.ExportRulesRequest(version=version)
        answer: api.ExportRulesResponse = await stub.ExportRules(request, timeout=_SECONDS)
    invocation.output.document(answer)
    if output is not None:
        write_folder(output, answer.source.files)
        invocation.output.line(f"version {answer.version.version} is in {output}")
    elif not invocation.output.as_json:
        for file in answer.source.files:
            typer.echo(file.content.encode(), nl=False)


async def versions(invocation: Invocation) -> None:
    """Lists every version, oldest first."""
    async with invocation.channel(NOTIFICATION) as channel:
        stub = rules_api_pb2_grpc.NotificationRuleServiceStub(channel)
        answer: api.ListRulesVersionsResponse = await stub.ListRulesVersions(
            api.ListRulesVersionsRequest(), timeout=CALL_SECONDS
        )
    invocation.output.document(answer)
    if answer.versions:
        invocation.output.table("", _VERSION_COLUMNS, map(_version_row, answer.versions))
    else:
        invocation.output.line("no rules are published; `tidemark alerts publish FOLDER` publishes them")


def _show(invocation: Invocation, findings: Sequence[api.RulesFinding]) -> None:
    for finding in findings:
        invocation.output.line(finding_line(finding))


def _version_row(version: api.RulesVersion) -> tuple[str, ...]:
    return (
        str(version.version),
        show_time(version.published_at),
        version.actor,
        str(version.alerts),
        version.content_sha256[:12],
        version.comment,
    )


def _source(folder: Path) -> api.RulesSource:
    from services.cli.alert_folder import read_source  # noqa: PLC0415 - see there

    return read_source(folder)
