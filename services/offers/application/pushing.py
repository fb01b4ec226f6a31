"""Offers that nobody asked for: what happened to customers is looked at, and decisions are raised.

What happened waits in the database, written in the transaction of its cause, and is forgotten only after
it was looked at: a crash in between looks again, and the decision's request id says whether it was made.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.common.kernel.clock import HOUR, Clock, Instant
from services.common.kernel.outcome import Category, RefusedError
from services.offers.application.ports import Customers, PoliciesInForce
from services.offers.application.waking import Waking
from services.offers.domain.compiled import CompiledPolicies
from services.offers.domain.customer import CustomerView
from services.offers.domain.decisions import Asked, Decision
from services.offers.domain.policies import TriggerKind
from services.offers.domain.triggers import Happened, raised_by

REFRACTORY = 1 * HOUR
"""What goes on (a heavy hour, a low allowance) raises offers again after so long, not at each event."""

LOOKS = 8
"""What fails so often while others succeed is given up: it would stand in everybody's way for ever."""

_BATCH = 200
_AT_ONCE = 8
_REMEMBERED = 200_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that happened to a subscriber and waits for a look.

    `mark` names it, for ever. `position`: what its source forgets it by, a sequence or an instant.
    """

    subscriber_id: str
    happened: tuple[Happened, ...]
    mark: str
    position: int


class Happenings(Protocol):
    """What waits for a look. Survives a crash."""

    async def take(self, limit: int) -> Sequence[Waiting]:
        """The oldest that wait; they stay until forgotten."""

    async def forget(self, looked_at: Sequence[Waiting]) -> None:
        """They were looked at. What happened meanwhile stays."""


class Decider(Protocol):
    """The use case that decides; see `recommending`."""

    async def recommend(self, subscriber_id: str, asked: Asked, request_id: str = "") -> Decision:
        """Decides, durably. The same request id again gives the first decision."""


class Pusher:
    """Looks at what happened, soon after it did. `wake` it when there is something."""

    def __init__(
        self,
        happenings: Sequence[Happenings],
        policies: PoliciesInForce,
        customers: Customers,
        decider: Decider,
        clock: Clock,
        on_failure: Callable[[str, Exception], None],
        poll_seconds: float = 1.0,
    ) -> None:
        self._happenings = tuple(happenings)
        self._policies = policies
        self._customers = customers
        self._decider = decider
        self._clock = clock
        self._on_failure = on_failure
        self._poll_seconds = poll_seconds
        self._waking = Waking()
        self._raised = _RaisedLately()
        self._failures: dict[Happenings, Mapping[str, int]] = {}

    def wake(self) -> None:
        """Something happened: it need not wait for the next poll."""
        self._waking.wake()

    async def run(self) -> None:
        """Looks until cancelled."""
        while True:
            for happenings in self._happenings:
                await self._drain(happenings)
            await self._waking.wait(self._poll_seconds)

    async def look(self, happenings: Happenings) -> int:
        """Looks at one batch of what waits; returns how much of it is done. Nothing without policies.

        What fails stays, and keeps nothing else from being looked at.
        """
        policies = self._policies.current()
        waiting = await happenings.take(_BATCH) if policies is not None else ()
        if policies is None or not waiting:
            return 0
        turns = asyncio.Semaphore(_AT_ONCE)
        failures = await asyncio.gather(*(self._tried(policies, one, turns) for one in waiting))
        done = self._done(happenings, waiting, failures)
        if done:
            await happenings.forget(done)
        return len(done)

    async def _drain(self, happenings: Happenings) -> None:
        try:
            # A batch of which something failed ends it; the next poll looks again.
            while await self.look(happenings) == _BATCH:
                pass
        except Exception as error:
            self._on_failure("what happened could not be looked at", error)

    async def _tried(
        self, policies: CompiledPolicies, waiting: Waiting, turns: asyncio.Semaphore
    ) -> Exception | None:
        async with turns:
            try:
                await self._look_at(policies, waiting)
            except Exception as error:
                return error
        return None

    def _done(
        self, happenings: Happenings, waiting: Sequence[Waiting], failures: Sequence[Exception | None]
    ) -> list[Waiting]:
        """What need not be looked at again. Where everything fails the fault is not of one: all stay."""
        before, is_one_of_many = self._failures.get(happenings, {}), None in failures
        failed: dict[str, int] = {}
        done = []
        for one, failure in zip(waiting, failures, strict=True):
            if failure is None:
                done.append(one)
                continue
            self._on_failure(f"what happened could not be looked at ({one.mark})", failure)
            failed[one.mark] = before.get(one.mark, 0) + is_one_of_many
            if failed[one.mark] >= LOOKS:
                done.append(one)
        self._failures[happenings] = failed
        return done

    async def _look_at(self, policies: CompiledPolicies, waiting: Waiting) -> None:
        view = await self._customers.view(waiting.subscriber_id, policies, self._clock.now())
        if view is None:
            return
        for happened in waiting.happened:
            await self._raise(policies, view, waiting, happened)

    async def _raise(
        self, policies: CompiledPolicies, view: CustomerView, waiting: Waiting, happened: Happened
    ) -> None:
        """Makes the decisions that are due; what goes on raises again only after a while."""
        now = self._clock.now()
        lasting = happened.kind is not TriggerKind.FENCE_ENTERED
        for asked in raised_by(policies, view, happened, now):
            if lasting and not self._raised.is_due(view.subscriber_id, asked, now):
                continue
            try:
                await self._decider.recommend(view.subscriber_id, asked, _request_id(waiting, asked))
            except RefusedError as error:
                if error.refused.reason.category is Category.UNAVAILABLE:
                    raise
                # Trying again cannot help, as where policies have changed meanwhile.
                self._on_failure(f"an offer could not be raised ({waiting.mark})", error)
            if lasting:
                self._raised.remember(view.subscriber_id, asked, now)


class _RaisedLately:
    """Which offers were raised for whom, by what, and when; the newest so many, in memory only.

    A restart forgets it: the contact policy is what is binding.
    """

    def __init__(self) -> None:
        self._raised_at: OrderedDict[tuple[str, str, frozenset[str] | None], Instant] = OrderedDict()

    def is_due(self, subscriber_id: str, asked: Asked, now: Instant) -> bool:
        last = self._raised_at.get((subscriber_id, asked.raised_by, asked.offer_codes))
        return last is None or now - last >= REFRACTORY

    def remember(self, subscriber_id: str, asked: Asked, now: Instant) -> None:
        key = (subscriber_id, asked.raised_by, asked.offer_codes)
        self._raised_at[key] = now
        self._raised_at.move_to_end(key)
        if len(self._raised_at) > _REMEMBERED:
            self._raised_at.popitem(last=False)


def _request_id(waiting: Waiting, asked: Asked) -> str:
    """One decision for each thing that happened, placement and channel.

    A digest: whatever the codes are it is short enough, and the log need not say whose it is.
    """
    parts = (waiting.mark, asked.raised_by, asked.fence_code, asked.placement, asked.channel)
    return f"pushed:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()}"
