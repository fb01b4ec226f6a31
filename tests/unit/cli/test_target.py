"""Where a command goes: an address that was given, else the suite of the folder, else the usual port."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.main import app
from services.cli.supervision.state import (
    STATE_FILE,
    ProcessId,
    StateUnreadableError,
    SuiteState,
    read_state,
    remove_state,
    write_state,
)
from services.cli.target import Target

PORTS = {"nats": 1, "charging": 2, "catalog": 3, "partner_settlement": 4, "offers": 5}
STATE = SuiteState(
    suite_id="s-1",
    phase="running",
    ports=PORTS,
    processes={"nats": ProcessId(10, 1.5), "charging": ProcessId(11, 2.5)},
    supervisor=ProcessId(9, 0.5),
    commands={"charging": ("python", "-m", "x")},
)


def test_an_address_that_was_given_wins(tmp_path: Path) -> None:
    write_state(tmp_path, STATE)
    target = Target(tmp_path, {"charging": "10.0.0.1:7610", "catalog": ""})
    assert target.address("charging") == "10.0.0.1:7610"
    assert target.address("catalog") == "127.0.0.1:3"


def test_without_a_suite_it_is_the_usual_port(tmp_path: Path) -> None:
    assert Target(tmp_path).address("charging") == "127.0.0.1:7610"
    assert Target(tmp_path).address("catalog") == "127.0.0.1:7620"
    assert Target(tmp_path).address("partner_settlement") == "127.0.0.1:7630"
    assert Target(tmp_path).address("offers") == "127.0.0.1:7640"


def test_state_is_read_as_it_was_written_until_it_is_removed(tmp_path: Path) -> None:
    write_state(tmp_path, STATE)
    assert read_state(tmp_path) == STATE
    assert [path.name for path in tmp_path.iterdir()] == [STATE_FILE]
    remove_state(tmp_path)
    assert read_state(tmp_path) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 3}', '{"format": 4, "phase": "running"}'])
def test_a_file_that_is_no_state_is_said(tmp_path: Path, content: str) -> None:
    (tmp_path / STATE_FILE).write_text(content)
    with pytest.raises(StateUnreadableError, match="not a state file"):
        read_state(tmp_path)
    result = CliRunner().invoke(app, ["account", "get", "acme", "--data-dir", str(tmp_path)])
    assert result.exit_code == 1
    assert "not a state file" in result.stderr


def test_a_folder_that_can_not_be_one_is_said_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = CliRunner().invoke(app, ["up", "--detach", "--data-dir", str(tmp_path / "file" / "suite")])
    assert result.exit_code == 1
    assert result.stderr.endswith(": Not a directory\n")
    assert result.stderr.startswith("tidemark: ")
    assert result.stderr.count("\n") == 1
