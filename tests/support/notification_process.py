"""Notification as a process of its own, to be killed, on the database and the clock of a story."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from services.notification.settings import NotificationSettings
from tests.support.offers_clock import TurnedClock
from tests.support.waiting import eventually

START_SECONDS = 60.0


class NotificationProcess:
    """Starts and ends it. `address` leads to it while it runs."""

    def __init__(self, settings: NotificationSettings, clock: TurnedClock, folder: Path) -> None:
        self._settings = settings
        self._clock = clock
        self._folder = folder
        self._starts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.address = ""

    async def start(self) -> None:
        """Returns when it has announced itself. It goes by the story's clock as that is now."""
        self._starts += 1
        ready_file = self._folder / f"notification-{self._starts}.json"
        self._process = self._spawn(self._environment(ready_file))
        await eventually(lambda: self._announced(ready_file), START_SECONDS, "notification announces itself")

    @property
    def log_file(self) -> Path:
        """What it wrote."""
        return self._folder / "notification.log"

    async def kill(self) -> None:
        """Ends it as a power cut would (SIGKILL). Harmless when repeated."""
        if self._process is not None:
            process, self._process = self._process, None
            process.kill()
            await eventually(lambda: process.poll() is not None, START_SECONDS, "notification ends")

    def _spawn(self, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.support.notification_dying", str(self._clock.ahead)]
        with self.log_file.open("ab") as log:
            return subprocess.Popen(command, env={**os.environ, **environment}, stdout=log, stderr=log)

    def _announced(self, ready_file: Path) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log_file.read_text()
        try:
            self.address = json.loads(ready_file.read_text())["address"]
        except (OSError, ValueError):
            return False
        return True

    def _environment(self, ready_file: Path) -> dict[str, str]:
        names = (
            *("database_url", "nats_url", "charging_address", "catalog_address", "offers_address"),
            *("drain_seconds", "token_key_file", "intent_dir", "allow_private_addresses"),
        )
        return {
            **{f"TIDEMARK_NOTIFICATION_{name.upper()}": str(getattr(self._settings, name)) for name in names},
            "TIDEMARK_NOTIFICATION_READY_FILE": str(ready_file),
        }
