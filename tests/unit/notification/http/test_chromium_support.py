"""The tests' own browser: found, installed once, or a skip that says why."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.support import chromium


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """A machine with apt-get that cannot install anything; what was tried."""
    tried: list[list[str]] = []

    def run(command: list[str], **_more: Any) -> subprocess.CompletedProcess[str]:
        tried.append(command)
        return subprocess.CompletedProcess(command, 100, "", "E: Unable to locate package chromium\n")

    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tried


def test_a_failed_installation_is_not_tried_again_by_every_worker(nowhere: list[list[str]]) -> None:
    for _ in range(3):
        with pytest.raises(chromium.NoChromiumError, match="Unable to locate package"):
            chromium.ensure_chromium()
    assert [next(word for word in command if word in ("install", "update")) for command in nowhere] == [
        "install",
        "update",
    ]


def test_only_root_installs(nowhere: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1_000)
    with pytest.raises(pytest.skip.Exception, match="only root can install"):
        chromium.chromium()
    assert not nowhere


def test_what_another_worker_installed_is_found(
    nowhere: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = iter([None, "/usr/bin/chromium"])
    monkeypatch.setattr(chromium, "_found", lambda: next(found))
    assert chromium.ensure_chromium() == "/usr/bin/chromium"
    assert not nowhere
