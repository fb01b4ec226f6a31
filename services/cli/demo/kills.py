"""kill -9 of charging at random moments of a play, and its restart: what the journal is for."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.cli.demo.in_thread import in_thread
from services.cli.suite import CHARGING

_KILLED_AGAIN_WHILE_STARTING = 0.25


class Killable(Protocol):
    """The part of a suite that is needed here; see `services.cli.suite.Suite`."""

    def kill(self, member: str) -> None:
        """kill -9; returns once it is gone."""

    def launch(self, member: str) -> None:
        """Starts a member without waiting for it."""

    def restart(self, member: str) -> None:
        """Starts a member and waits until it is healthy."""


@dataclass(frozen=True, slots=True)
class Delays:
    """Longest pauses before a kill: after the answer it waits for, and after a start that is cut short."""

    after_answer_seconds: float = 0.05
    after_launch_seconds: float = 1.5


class Killer:
    """Kills charging `kills` times, each after a random number of answers and a random moment more.

    One time in four it is killed again while it starts. The same seed draws
    the same numbers; what they hit depends on the machine.
    """

    def __init__(
        self, suite: Killable, kills: int, within_answers: int, seed: int, delays: Delays | None = None
    ) -> None:
        self.done = 0
        self._delays = delays or Delays()
        self._suite = suite
        self._random = random.Random(seed)  # noqa: S311  chaos, not secrets
        self._moments = sorted(self._random.randrange(max(1, within_answers)) for _ in range(kills))
        self._answers = 0
        self._progress = asyncio.Event()

    def answered(self) -> None:
        """Charging has answered one more request."""
        self._answers += 1
        self._progress.set()

    async def run(self, on_kill: Callable[[], None]) -> None:
        """Returns when all kills are done and charging serves again. Raises MemberFailedError."""
        for moment in self._moments:
            await self._until(moment)
            await asyncio.sleep(self._random.uniform(0, self._delays.after_answer_seconds))
            await in_thread(self._suite.kill, CHARGING)
            self.done += 1
            on_kill()
            if self._random.random() < _KILLED_AGAIN_WHILE_STARTING:
                await self._kill_while_it_starts()
            await in_thread(self._suite.restart, CHARGING)

    async def _until(self, answers: int) -> None:
        while self._answers < answers:
            self._progress.clear()
            await self._progress.wait()

    async def _kill_while_it_starts(self) -> None:
        await in_thread(self._suite.launch, CHARGING)
        await asyncio.sleep(self._random.uniform(0, self._delays.after_launch_seconds))
        await in_thread(self._suite.kill, CHARGING)
