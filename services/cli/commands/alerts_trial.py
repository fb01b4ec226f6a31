"""`tidemark alerts test`: what rules in a folder would say, before anybody is told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli import invocation as commands
from services.cli.failures import CommandFailedError
from services.cli.invocation import Invocation
from services.notification.domain.notifications import Draft


def register(group: typer.Typer) -> None:
    """Adds the command to the group `alerts`."""
    example = 'tidemark alerts test examples/notification balance-low --set balance="0.80 EUR" --language de'
    commands.register(group, "test", example, connects=False)(test)


def test(
    invocation: Invocation,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder of YAML files, with words in Fluent beside them.")
    ],
    kind: Annotated[str, typer.Argument(metavar="FACT", help="What happened: balance-low, offer, ...")],
    fields: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help='A field of the fact as field=value, as in examples: balance="0.80 EUR". Empty: none.',
        ),
    ] = None,
    customer: Annotated[
        list[str] | None, typer.Option(help="Something of the customer: segment=business, offerings=a,b.")
    ] = None,
    language: Annotated[str, typer.Option(help="BCP 47, such as de; otherwise the rules' first.")] = "",
) -> None:
    """Shows what is told of a fact, and to whom and how. Needs no running suite.

    Fields that are not set are those of a typical fact of the kind.
    """
    from services.cli.alert_folder import read_source, told  # noqa: PLC0415 - see there

    said = told(read_source(folder), kind, _pairs("--set", fields), _pairs("--customer", customer), language)
    drafts = [_document(draft) for draft in said]
    invocation.output.document({"told": drafts})
    if not drafts:
        invocation.output.line(f"nobody is told of {kind}: no alert is for it, or every condition says no")
    for draft in drafts:
        through = f"through {draft['through']}" if draft["through"] else "in the inbox alone"
        invocation.output.line(f"{draft['alert']} ({draft['category']}, {draft['severity']}), {through}")
        invocation.output.line(f"  {draft['title']}\n  {draft['body']}\n  text: {draft['text']}\n")


def _document(draft: Draft) -> dict[str, str]:
    joined = " and " if draft.everywhere else ", else "
    return {
        "alert": draft.alert_code,
        "recipient": draft.fact.recipient.key,
        "category": draft.category.value,
        "severity": draft.severity.value,
        "language": draft.language,
        "title": draft.title,
        "body": draft.body,
        "text": draft.text,
        "through": joined.join(channel.value for channel in draft.chain),
        "collapse_key": draft.collapse_key,
    }


def _pairs(option: str, written: list[str] | None) -> dict[str, str]:
    found = {}
    for pair in written or ():
        key, sign, value = pair.partition("=")
        if not sign or not key:
            raise CommandFailedError(f"{option} {pair!r} is not key=value")
        found[key] = value
    return found
