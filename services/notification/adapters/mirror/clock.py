"""What is told because time has passed, and what is forgotten because it has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from sqlmodel import Session

from services.common.kernel.clock import Clock
from services.common.runtime.database import Database
from services.notification.adapters.mirror.bills import close_months
from services.notification.adapters.mirror.expiring import expiring
from services.notification.adapters.mirror.journal import OnTold
from services.notification.adapters.mirror.pruning import forget
from services.notification.adapters.mirror.rows import Rows
from services.notification.adapters.repeating import repeating
from services.notification.adapters.within import IntakeWithin
from services.notification.application.ports import RulesInForce
from services.notification.domain.facts import Fact
from services.notification.domain.notifications import Notification

_Part = Callable[[Rows], tuple[list[Fact], bool]]
"""Does a part of what is due: what is to be told, and whether there is more."""


class MirrorClock:
    """Every `pace_seconds`: buckets that end soon, months that are over, lines that nobody needs any more.

    While `is_behind` nothing is told: what the journal says of that time has not come yet.
    """

    def __init__(
        self,
        database: Database,
        rules: RulesInForce,
        intake: IntakeWithin,
        on_told: OnTold,
        clock: Clock,
        is_behind: Callable[[], bool],
        pace_seconds: float = 30.0,
    ) -> None:
        self._database = database
        self._rules = rules
        self._intake = intake
        self._on_told = on_told
        self._clock = clock
        self._is_behind = is_behind
        self._pace_seconds = pace_seconds

    async def run(self) -> None:
        """Steps until cancelled, first after one pace: the journal may catch up. Faults are logged."""
        await asyncio.sleep(self._pace_seconds)
        await repeating("what is due by the clock", self.step, self._pace_seconds)

    async def step(self) -> None:
        """Does all that is due, in transactions of bounded size."""
        now = self._clock.now()
        if not self._is_behind():
            compiled = self._rules.current()
            marks = compiled.rules.expiry_hours if compiled else ()
            for hours in sorted(set(marks)):
                await self._whole(partial(expiring, hours=hours, marks=marks, now=now))
            # Months close without rules too; nobody is told of them then.
            await self._whole(partial(close_months, now=now))
        await self._whole(lambda rows: ([], forget(rows, now)))

    async def _whole(self, part: _Part) -> None:
        """Repeats a part, each time in a transaction with its notifications, until nothing is left."""
        is_more = True
        while is_more:
            told, is_more = await self._database.run(lambda session: self._one(session, part))
            if told:
                self._on_told(told)

    def _one(self, session: Session, part: _Part) -> tuple[Sequence[Notification], bool]:
        facts, is_more = part(Rows(session))
        return self._intake.take(session, facts) if facts else (), is_more
