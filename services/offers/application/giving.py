"""Charging asked for what was accepted, until its answer is stored. Crashes in between are picked up."""

from __future__ import annotations

import asyncio

from services.common.kernel.clock import HOUR, SECOND, Clock, Instant
from services.offers.application.effect_ports import Answers, BudgetMirror, Charging
from services.offers.application.ports import ChargingUnreachableError
from services.offers.domain.acceptance import Answer, ChargingRefusal
from services.offers.domain.reasons import CHARGING_UNREACHABLE

LEFT_ALONE = 5 * SECOND
"""Whoever asked charging last may still be waiting for it."""
GIVEN_UP_AFTER = 20 * HOUR
"""Charging knows a request again for a day: beyond it, asking again could give twice."""
_BATCH = 50


class Giving:
    """One pending acceptance brought to its end."""

    def __init__(self, answers: Answers, charging: Charging, budgets: BudgetMirror, clock: Clock) -> None:
        self._answers = answers
        self._charging = charging
        self._budgets = budgets
        self._clock = clock

    async def __call__(self, answer: Answer) -> Answer:
        """Asks charging under the answer's own key and stores what it says: DONE or REFUSED.

        Raises ChargingUnreachableError; then it is pending as before.
        """
        said = await self._charging.give(answer)
        now = self._clock.now()
        if isinstance(said, ChargingRefusal):
            return await self.refuse(answer, said)
        settled = await self._answers.finish(answer, said, now)
        self._budgets.note(answer.offer_code, settled.use)
        return settled.answer

    async def refuse(self, answer: Answer, refusal: ChargingRefusal) -> Answer:
        """Stores that it took no effect."""
        settled = await self._answers.refuse(answer, refusal, self._clock.now())
        self._budgets.note(answer.offer_code, settled.use)
        return settled.answer


class PendingAcceptances:
    """Finds what a crash, or charging's absence, has left pending."""

    def __init__(self, answers: Answers, giving: Giving, clock: Clock) -> None:
        self._answers = answers
        self._giving = giving
        self._clock = clock

    async def settle_due(self) -> int:
        """Asks again for what nobody has asked for lately; tells how many came to their end.

        What was accepted too long ago is refused instead. Should charging have given it after all, its
        journal says so, and the acceptance is done nevertheless.
        """
        settled = 0
        for answer in await self._answers.pending(Instant(self._clock.now() - LEFT_ALONE), _BATCH):
            now = self._clock.now()
            await self._answers.tried(answer, now)
            if now - answer.at > GIVEN_UP_AFTER:
                words = f"charging has not answered for {GIVEN_UP_AFTER // HOUR} hours"
                await self._giving.refuse(answer, ChargingRefusal(CHARGING_UNREACHABLE.name, words))
            else:
                try:
                    await self._giving(answer)
                except ChargingUnreachableError:
                    # The rest would wait in vain too. This one goes to the end of the queue.
                    break
            settled += 1
        return settled

    async def run(self, every_seconds: float = 3) -> None:
        """At once, and then every few seconds until cancelled."""
        while True:
            await self.settle_due()
            await asyncio.sleep(every_seconds)
