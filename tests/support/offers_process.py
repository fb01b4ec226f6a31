"""Offers as a process of its own, to be killed, on the database and the clock of a story."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from services.offers.settings import OffersSettings
from tests.support.live_charging import open_channel
from tests.support.offers_clock import TurnedClock
from tests.support.waiting import eventually

START_SECONDS = 90.0
"""It loads scientific libraries, on a machine that may be busy."""


class OffersProcess:
    """Starts and ends it. `channel` leads to it while it runs."""

    def __init__(self, settings: OffersSettings, clock: TurnedClock, folder: Path) -> None:
        self._settings = settings
        self._clock = clock
        self._folder = folder
        self._starts = 0
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self, dies: str = "") -> None:
        """Returns when it has announced itself. `dies`: a step of `offers_dying` at which it will end."""
        self._starts += 1
        ready_file = self._folder / f"offers-{self._starts}.json"
        self._process = self._spawn(dies, self._environment(ready_file))
        await eventually(lambda: self._announced(ready_file), START_SECONDS, "offers announces itself")
        self.channel = open_channel(json.loads(ready_file.read_text())["address"])

    @property
    def log_file(self) -> Path:
        """What it wrote."""
        return self._folder / "offers.log"

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        assert self._process is not None
        return self._process.poll()

    async def ended(self) -> int:
        """Waits until it has ended. Returns its exit code."""
        await eventually(lambda: self.exit_code is not None, START_SECONDS, "offers ends")
        assert self.exit_code is not None
        await self.channel.close(None)
        return self.exit_code

    async def close(self) -> None:
        """Leaves no process behind."""
        if self._process is not None and self.exit_code is None:
            self._process.kill()
            self._process.wait()

    def _spawn(self, dies: str, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.support.offers_dying", str(self._clock.ahead), dies]
        with self.log_file.open("ab") as log:
            return subprocess.Popen(command, env={**os.environ, **environment}, stdout=log, stderr=log)

    def _announced(self, ready_file: Path) -> bool:
        assert self.exit_code is None, self.log_file.read_text()
        try:
            return bool(json.loads(ready_file.read_text())["address"])
        except (OSError, ValueError):
            return False

    def _environment(self, ready_file: Path) -> dict[str, str]:
        names = (
            *("database_url", "nats_url", "charging_address", "catalog_address", "model_dir"),
            *("drain_seconds", "learn_seconds", "decision_deadline_milliseconds"),
        )
        return {
            **{f"TIDEMARK_OFFERS_{name.upper()}": str(getattr(self._settings, name)) for name in names},
            "TIDEMARK_OFFERS_READY_FILE": str(ready_file),
        }
