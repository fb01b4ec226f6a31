"""The real decision log over a database, with a recommender before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from services.common.runtime.database import Database, Statements, open_database
from services.offers.adapters.decisions.log import SqlDecisionLog
from services.offers.adapters.decisions.reader import DecisionReader
from services.offers.adapters.decisions.watching import OfferWatch
from services.offers.domain.compiled import CompiledPolicies
from services.offers.main import MIGRATIONS
from tests.support.offers_recommending import SetClock, SetPolicies, World

T = TypeVar("T")


class FailingDatabase(Database):
    """Fails while it is told to: before anything is written, or after everything was committed."""

    failure: Exception | None = None
    commits_first: bool = False

    async def run_statements(self, work: Callable[[Statements], T]) -> T:
        """As the real one, or fails."""
        if self.failure is None:
            return await super().run_statements(work)
        if self.commits_first:
            await super().run_statements(work)
        raise self.failure


def open_failing(url: str) -> FailingDatabase:
    """A database that can be made to fail."""
    return FailingDatabase(open_database(url, MIGRATIONS).engine, 1)


@dataclass
class Stored:
    """A recommender that stores for real. `wakes` counts commits."""

    database: Database
    policies: CompiledPolicies
    wakes: int = 0
    watch: OfferWatch = field(default_factory=OfferWatch)
    world: World = field(init=False)
    reader: DecisionReader = field(init=False)
    log: SqlDecisionLog = field(init=False)

    def __post_init__(self) -> None:
        """Builds everything."""
        in_force, clock = SetPolicies(self.policies), SetClock()
        self.reader = DecisionReader(self.database, in_force)
        self.log = SqlDecisionLog(self.database, in_force, clock, self.watch, self.woken)
        self.world = World(self.database, in_force, self.log, clock=clock)

    def woken(self) -> None:
        """A transaction was committed."""
        self.wakes += 1
