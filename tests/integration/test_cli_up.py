"""`tidemark up` in the foreground and in the background, as a process of its own, with real signals."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.cli.suite import MEMBER_NAMES, STOP_GRACE_SECONDS, Suite
from services.cli.supervision import ports
from tests.support.suite import runs, started_processes

TIDEMARK = (sys.executable, "-m", "tests.support.stand_in_tidemark")
HINT = "Ctrl-C stops it."
SECONDS = 60


def tidemark(data_dir: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TIDEMARK, *arguments, "--data-dir", str(data_dir)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={**os.environ, **environment},
        check=False,
    )


@contextmanager
def foreground(data_dir: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`tidemark up` in the foreground, healthy; killed at the end if it is still there."""
    command = [*TIDEMARK, "up", "--port-base", "0", "--data-dir", str(data_dir), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if HINT in line:
                    break
            else:
                assert process.stderr is not None
                pytest.fail(f"it ended: {process.stderr.read()}")
            yield process
        finally:
            process.kill()


@pytest.fixture
def background(tmp_path: Path) -> Iterator[Path]:
    """The folder of a suite that runs in the background."""
    started = tidemark(tmp_path, "up", "--detach", "--port-base", "0")
    assert started.returncode == 0, started.stderr
    yield tmp_path
    tidemark(tmp_path, "down")


def test_ctrl_c_stops_everything_and_leaves_no_process_behind(tmp_path: Path) -> None:
    with foreground(tmp_path) as process:
        started = started_processes(tmp_path)
        assert len(started) == len(MEMBER_NAMES)
        assert all(map(runs, started.values()))
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert not any(map(runs, started.values()))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_supervisors_signal_stops_everything_too(tmp_path: Path, number: signal.Signals) -> None:
    with foreground(tmp_path) as process:
        started = started_processes(tmp_path)
        process.send_signal(number)
        _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert errors == ""
    assert not any(map(runs, started.values()))


def test_a_service_that_dies_is_reported_and_the_others_come_down(tmp_path: Path) -> None:
    with foreground(tmp_path) as process:
        started = started_processes(tmp_path)
        os.kill(started["charging"], signal.SIGKILL)
        _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert errors.startswith("tidemark: charging died; the others were taken down; its log is ")
    assert "charging | charging serves at" in errors
    assert not any(map(runs, started.values()))


def test_down_from_elsewhere_ends_the_foreground_in_good_order(tmp_path: Path) -> None:
    with foreground(tmp_path) as process:
        started = started_processes(tmp_path)
        down = tidemark(tmp_path, "down")
        output, errors = process.communicate(timeout=SECONDS)
    assert (down.returncode, process.returncode) == (0, 0)
    assert "taken down by `tidemark down`" in output
    assert errors == ""
    assert not any(map(runs, started.values()))


def test_ctrl_c_during_the_start_leaves_no_process_behind(tmp_path: Path) -> None:
    command = [*TIDEMARK, "up", "--port-base", "0", "--data-dir", str(tmp_path)]
    environment = {**os.environ, "STAND_IN_CHARGING": "never-healthy", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "waiting for charging" in line:
                break
        started = started_processes(tmp_path)
        assert len(started) == len(MEMBER_NAMES)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert not any(map(runs, started.values()))


def test_a_second_ctrl_c_does_not_wait_for_a_service_that_does_not_listen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN_CHARGING", "ignores-sigterm")
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    with foreground(tmp_path) as process:
        started = started_processes(tmp_path)
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        for line in process.stdout:
            if "stopping charging" in line:
                break
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=STOP_GRACE_SECONDS / 2)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert not any(map(runs, started.values()))


def test_a_suite_in_the_background_outlives_its_command_until_down(background: Path) -> None:
    started = started_processes(background)
    assert all(map(runs, started.values()))
    assert tidemark(background, "status").returncode == 0
    down = tidemark(background, "down")
    assert down.returncode == 0
    assert "the suite is down" in down.stdout
    assert not any(map(runs, started.values()))
    again = tidemark(background, "down")
    assert again.returncode == 0
    assert "nothing to stop" in again.stdout


def test_up_twice_says_that_it_runs_already(background: Path) -> None:
    again = tidemark(background, "up", "--detach")
    assert again.returncode == 1
    assert "is running already" in again.stderr
    assert tidemark(background, "status").returncode == 0


def test_status_as_json_names_each_process(background: Path) -> None:
    document = json.loads(tidemark(background, "status", "--json").stdout)
    assert {member["name"]: member["pid"] for member in document["members"]} == started_processes(background)
    assert {member["state"] for member in document["members"]} == {"healthy"}
    assert document["nats_url"] == Suite.attach(background).addresses.nats_url


def test_status_is_exit_code_1_where_a_member_is_down(background: Path) -> None:
    Suite.attach(background).kill("catalog")
    status = tidemark(background, "status")
    assert status.returncode == 1
    assert "stopped" in status.stdout


def test_status_without_a_suite_says_how_to_start_one(tmp_path: Path) -> None:
    status = tidemark(tmp_path, "status")
    assert status.returncode == 1
    assert "start one with `tidemark up`" in status.stderr


def test_a_busy_port_is_replaced_and_said(tmp_path: Path) -> None:
    base = ports.choose({"base": 0}, ports.is_free, ports.random_candidates()).by_name["base"]
    with socket.create_server(("127.0.0.1", base)):
        up = tidemark(tmp_path, "up", "--detach", "--port-base", str(base))
    try:
        assert up.returncode == 0, up.stderr
        assert f"port {base} is busy: nats takes" in up.stdout
    finally:
        tidemark(tmp_path, "down")


def test_a_service_that_fails_at_its_start_shows_its_last_words(tmp_path: Path) -> None:
    up = tidemark(tmp_path, "up", "--detach", "--port-base", "0", STAND_IN_CHARGING="dies-at-once")
    assert up.returncode == 1
    assert "tidemark: charging ended at its start (exit code 1)" in up.stderr
    assert "charging | the price of everything is unknown" in up.stderr
    assert "Traceback" not in up.stderr
