"""Commands are imported when they are called: help says of each what it says itself, and imports none."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from services.cli.contents import PARTS
from services.cli.lazy_group import LazyGroup, Part, commands_of
from services.cli.main import app
from tests.support.loaded import Ran, run

_NOT_FOR_HELP = (
    "grpc",
    "google.protobuf",
    "nats",
    "numpy",
    "services.cli.commands",
    "services.common.runtime",
)
_NOT_FOR_STATUS = (
    "aiohttp",
    "alembic",
    "matplotlib",
    "nats",
    "numpy",
    "pyarrow",
    "sklearn",
    "sqlalchemy",
    "yaml",
)
_ROOT: Any = get_command(app)


def tidemark(folder: Path, argument: str, modules: Sequence[str]) -> Ran:
    """`tidemark ARGUMENT` in a process of its own, and what it loaded of some modules."""
    program = f"import sys\nfrom services.cli.main import main\nsys.argv[1:] = [{argument!r}]\nmain()"
    return run(program, modules, {"TIDEMARK_DATA_DIR": str(folder), "COLUMNS": "120"})


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_help_says_what_the_command_says_of_itself(part: Part) -> None:
    command = _ROOT.commands[part.name]
    assert command.help.split("\n\n")[0] == part.says
    assert command.rich_help_panel == part.panel


def test_every_command_of_every_module_is_in_the_contents() -> None:
    there = {name for module in {part.module for part in PARTS} for name in commands_of(module)}
    assert there == {part.name for part in PARTS}


def test_help_keeps_its_tour_and_its_panels_and_imports_no_command(tmp_path: Path) -> None:
    done = tidemark(tmp_path, "--help", _NOT_FOR_HELP)
    assert done.exit_code == 0, done.errors
    assert not done.loaded
    assert "A first tour" in done.output
    for part in PARTS:
        assert f" {part.name} " in done.output
        assert part.panel in done.output


def test_a_command_imports_what_it_needs_and_no_more(tmp_path: Path) -> None:
    done = tidemark(tmp_path, "status", _NOT_FOR_STATUS)
    assert done.exit_code == 1
    assert "no suite runs" in done.errors
    assert not done.loaded


def test_a_module_is_imported_when_its_command_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "part_of_test.py").write_text(
        "def add_to(app):\n"
        "    app.command('one')(lambda: print('this is one'))\n"
        "    app.command('two')(print)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    class Group(LazyGroup):
        parts = (
            Part("one", "part_of_test", "Is one.", "Numbers"),
            Part("two", "part_of_test", "", "Numbers"),
        )

    lazy = typer.Typer(cls=Group, callback=lambda: None)
    listed = CliRunner().invoke(lazy, ["--help"])
    assert "Is one." in listed.stdout
    assert "part_of_test" not in sys.modules
    assert CliRunner().invoke(lazy, ["one"]).stdout == "this is one\n"
    assert CliRunner().invoke(lazy, ["three"]).exit_code == 2
    sys.modules.pop("part_of_test")
