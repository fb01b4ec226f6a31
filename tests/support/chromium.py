"""A real Chromium for tests of pages: found, else Debian's package is installed where that is possible.

Tests say `chromium()`, which skips where there is none. Set-up runs
`python -m tests.support.install_chromium` first, so that no test waits for a package.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_PACKAGE = "chromium"
_SECONDS = 240
_FAILED_FOR_SECONDS = 900


class NoChromiumError(Exception):
    """There is none, and why none could be installed."""


def chromium() -> str:
    """Path of the browser. Skips the test where it cannot be had."""
    try:
        return ensure_chromium()
    except NoChromiumError as error:
        pytest.skip(f"no Chromium: {error}")


def ensure_chromium() -> str:
    """Path of the browser, installed if need be; once for all test workers. Raises NoChromiumError."""
    if found := _found():
        return found
    lock = Path(tempfile.gettempdir()) / f"tidemark-chromium-{os.getuid()}.lock"
    with lock.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if found := _found():
            return found
        file.seek(0)
        failed_before = file.read()
        if failed_before and time.time() - lock.stat().st_mtime < _FAILED_FOR_SECONDS:
            raise NoChromiumError(failed_before)
        why = _install()
        found = _found()
        file.truncate(0)
        if found is None:
            why = why or "the package brought no browser"
            file.write(why)
            raise NoChromiumError(why)
        return found


def _found() -> str | None:
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def _install() -> str:
    """Installs Debian's package; returns why not, or nothing."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return "none is installed, and only root can install Debian's package `chromium` (apt-get)"
    deadline = time.monotonic() + _SECONDS
    why = _apt(deadline, "install", "--yes", "--no-install-recommends", _PACKAGE)
    if why:
        # The package lists may be old, or there may be none.
        why = _apt(deadline, "update") or _apt(
            deadline, "install", "--yes", "--no-install-recommends", _PACKAGE
        )
    return why


def _apt(deadline: float, *arguments: str) -> str:
    left = deadline - time.monotonic()
    if left <= 0:
        return f"Debian's package `{_PACKAGE}` could not be installed within {_SECONDS} s"
    try:
        done = subprocess.run(
            ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=60", *arguments],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True,
            text=True,
            timeout=left,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"Debian's package `{_PACKAGE}` could not be installed within {_SECONDS} s"
    lines = (done.stderr or done.stdout).strip().splitlines()
    return "" if done.returncode == 0 else f"apt-get {arguments[0]}: {lines[-1] if lines else 'failed'}"
