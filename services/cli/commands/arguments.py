"""Arguments that several commands read the same way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

Value = TypeVar("Value")

At = Annotated[str, typer.Option(help="ISO 8601 instant, such as 2026-03-02T08:00:00Z. Default: now.")]
AccountOrIdentifier = Annotated[
    str,
    typer.Argument(
        metavar="ACCOUNT",
        help="Account number, an identifier of one of its subscribers, or `subscriber-` and the id of one.",
    ),
]
Subscriber = Annotated[
    str, typer.Argument(metavar="SUBSCRIBER", help="Subscriber id, or one of its identifiers.")
]
Partition = Annotated[int, typer.Option(min=0, help="Partition of the journal.")]


def reading(name: str, parse: Callable[..., Value], *arguments: object) -> Value:
    """Parses an argument; a ValueError becomes a usage error (exit code 2) that names it."""
    try:
        return parse(*arguments)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=name) from error
