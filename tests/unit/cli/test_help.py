"""Help is a tour: every command has an example that parses, and --json."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from services.cli.failures import RpcFailure, describe
from services.cli.main import app
from services.common.kernel.outcome import Reason
from services.partner_settlement.domain import reasons

ROOT: Any = get_command(app)


def leaves(command: Any = ROOT, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, child in command.commands.items():
        if hasattr(child, "commands"):
            yield from leaves(child, (*path, name))
        else:
            yield (*path, name)


def groups() -> list[str]:
    return [name for name, child in ROOT.commands.items() if hasattr(child, "commands")]


def examples_in(help_text: str) -> list[list[str]]:
    """The command lines of a help text, without the leading `tidemark`."""
    joined = help_text.replace("\\\n", " ")
    lines = (line.strip() for line in joined.splitlines())
    return [shlex.split(line)[1:] for line in lines if line.startswith("tidemark ")]


def parse(arguments: list[str]) -> str:
    """Parses a command line down to its command without running it; returns the command's name."""
    command, context = ROOT, None
    while hasattr(command, "commands"):
        name, *arguments = arguments
        command = command.commands[name]
        context = (
            command.make_context(name, list(arguments), parent=context)
            if not hasattr(command, "commands")
            else None
        )
    assert command.name is not None
    return str(command.name)


@pytest.mark.parametrize("path", sorted(leaves()), ids=" ".join)
def test_a_command_has_an_example_that_parses_and_json(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*path, "--help"])
    assert result.exit_code == 0
    assert "Example:" in result.stdout
    assert "--json" in result.stdout
    command = ROOT
    for name in path:
        command = command.commands[name]
    (example,) = examples_in(command.help)
    assert tuple(example[: len(path)]) == path
    assert parse(example) == path[-1]


def test_the_tour_names_every_group_and_each_of_its_lines_parses() -> None:
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    for name in groups():
        assert name in result.stdout
        assert "Example:" in CliRunner().invoke(app, [name, "--help"]).stdout
    tour = examples_in(ROOT.help)
    assert len(tour) >= 8
    for line in tour:
        parse(line)


def test_an_unknown_command_is_wrong_usage() -> None:
    result = CliRunner().invoke(app, ["acount", "get"])
    assert result.exit_code == 2
    assert "account" in result.stderr


def test_advice_on_settlements_refusals_names_commands_that_there_are() -> None:
    found = [reason for reason in vars(reasons).values() if isinstance(reason, Reason)]
    failures = [RpcFailure(grpc.StatusCode.FAILED_PRECONDITION, "so", str(reason)) for reason in found]
    lines = [describe(failure, "partner_settlement", "") for failure in failures]
    named = [match[1].split() for line in lines for match in re.finditer("`tidemark ([^`]+)`", line)]
    assert len(named) >= 10
    for group, command, *_ in named:
        assert command in ROOT.commands[group].commands, (group, command)
