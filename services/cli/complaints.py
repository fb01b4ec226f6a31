"""How a command ends that can't go on: one line on standard error, and why."""

from __future__ import annotations

import typer


class CommandFailedError(Exception):
    """A command can't go on. The message is the line its user reads; the exit code is 1."""


def complain(line: str) -> None:
    """One line on standard error."""
    typer.echo(f"tidemark: {line}", err=True)
