"""Processes that end at any step, and charging whose answers get lost: before or after the effect."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from enum import Enum
from typing import TypeVar

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import RefusedError
from services.offers.application.effect_ports import Answers, Found, RequestMark, Settled
from services.offers.application.ports import ChargingUnreachableError
from services.offers.domain.acceptance import Answer, ChargingRefusal, Given
from services.offers.domain.decisions import Outcome
from services.offers.domain.policies import Budget
from tests.support.offers_effects import ChargingStandIn

T = TypeVar("T")


class CrashedError(Exception):
    """The process ended here."""


class Fault(Enum):
    """What happens to one step."""

    NONE = "it goes well"
    ENDS_BEFORE = "the process ends before it"
    ENDS_AFTER = "the process ends after it"
    LOST_BEFORE = "charging is not reached"
    LOST_AFTER = "charging's answer is lost"
    DELAYED = "the request reaches charging after its sender has given up"


class Faults:
    """A script of what happens to one step after the other; afterwards everything goes well."""

    def __init__(self, script: Iterable[Fault] = ()) -> None:
        self._script: Iterator[Fault] = iter(script)

    def next(self) -> Fault:
        """Of the next step."""
        return next(self._script, Fault.NONE)

    def end(self) -> None:
        """From now on everything goes well."""
        self._script = iter(())

    async def through(self, step: Callable[[], Awaitable[T]]) -> T:
        """One step of the process. Others run in between."""
        fault = self.next()
        await asyncio.sleep(0)
        if fault is Fault.ENDS_BEFORE:
            raise CrashedError
        result = await step()
        await asyncio.sleep(0)
        if fault is Fault.ENDS_AFTER:
            raise CrashedError
        return result


class CrashingCharging:
    """Charging as it is reached by a process that may end, over a link that may break."""

    def __init__(self, charging: ChargingStandIn, faults: Faults) -> None:
        self._charging = charging
        self._faults = faults
        self._delayed: list[Answer] = []

    async def give(self, answer: Answer) -> Given | ChargingRefusal:
        """One step, two ways to fail."""
        return await self._faults.through(lambda: self._over_the_link(answer))

    async def deliver(self) -> None:
        """What was delayed arrives."""
        delayed, self._delayed = self._delayed, []
        for answer in delayed:
            await self._charging.give(answer)

    async def _over_the_link(self, answer: Answer) -> Given | ChargingRefusal:
        fault = self._faults.next()
        if fault is Fault.DELAYED:
            self._delayed.append(answer)
        if fault in (Fault.LOST_BEFORE, Fault.DELAYED):
            raise ChargingUnreachableError("not reached")
        said = await self._charging.give(answer)
        if fault is Fault.LOST_AFTER:
            raise ChargingUnreachableError("the answer is lost")
        return said


class CrashingAnswers:
    """The Answers port of a process that may end before or after any transaction."""

    def __init__(self, answers: Answers, faults: Faults) -> None:
        self._answers = answers
        self._faults = faults

    async def find(self, decision_id: str, offer_code: str, mark: RequestMark) -> Found:
        """One step."""
        return await self._faults.through(lambda: self._answers.find(decision_id, offer_code, mark))

    async def begin(self, wanted: Answer, mark: RequestMark, bound: Budget) -> Settled:
        """One step."""
        return await self._faults.through(lambda: self._answers.begin(wanted, mark, bound))

    async def finish(self, answer: Answer, given: Given, at: Instant) -> Settled:
        """One step."""
        return await self._faults.through(lambda: self._answers.finish(answer, given, at))

    async def refuse(self, answer: Answer, refusal: ChargingRefusal, at: Instant) -> Settled:
        """One step."""
        return await self._faults.through(lambda: self._answers.refuse(answer, refusal, at))

    async def decline(self, wanted: Answer, mark: RequestMark) -> Answer:
        """One step."""
        return await self._faults.through(lambda: self._answers.decline(wanted, mark))

    async def feedback(self, outcome: Outcome, mark: RequestMark) -> None:
        """One step."""
        await self._faults.through(lambda: self._answers.feedback(outcome, mark))

    async def pending(self, tried_before: Instant, limit: int) -> Sequence[Answer]:
        """One step."""
        return await self._faults.through(lambda: self._answers.pending(tried_before, limit))

    async def tried(self, answer: Answer, at: Instant) -> None:
        """One step."""
        await self._faults.through(lambda: self._answers.tried(answer, at))


async def tolerated(call: Awaitable[object]) -> None:
    """Makes a call that may be refused, or end with its process."""
    try:
        await call
    except (RefusedError, CrashedError):
        return
