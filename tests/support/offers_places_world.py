"""Location reports on a real database, as one process has them."""

from __future__ import annotations

from sqlmodel import Session, select

from services.common.kernel.clock import SECOND, Instant
from services.common.runtime.database import Database
from services.offers.adapters.places.fence_index import FenceIndex
from services.offers.adapters.places.sql_presences import SqlPresences
from services.offers.adapters.tables.locations import FenceEntryTable, LastFixTable, PresenceTable
from services.offers.application.locating import Located, LocationReport, Locator
from services.offers.application.place_ports import FenceCrossed
from services.offers.domain.places import Crossing
from services.offers.domain.policies import Purpose
from tests.support.charging_world import ManualClock
from tests.support.offers_places import ConsentsInMemory, FixedFences, circle, fix_at

LOCATION = frozenset({Purpose.LOCATION})
SUBSCRIBERS = [f"s-{number}" for number in range(40)]
ENTERED = FenceCrossed("stadium", Crossing.ENTERED)
LEFT = FenceCrossed("stadium", Crossing.LEFT)


class PlacesWorld:
    """A locator on a database, as one process has it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = ManualClock()
        self.presences = SqlPresences(database, self.clock)
        self.consents = ConsentsInMemory(dict.fromkeys(SUBSCRIBERS, LOCATION))
        fences = FixedFences(FenceIndex([circle(), circle("mall", radius=5_000, dwell=600)]))
        self.locator = Locator(fences, self.presences, self.consents, self.clock, lambda: None)

    def at(self, seconds: int) -> Instant:
        return Instant(self.clock.now() + seconds * SECOND)

    async def report(self, *fixes: tuple[str, int, float]) -> Located:
        """Subscriber, seconds from now, metres from the middle of the stadium."""
        return await self.locator.report(
            [LocationReport(who, self.at(seconds), fix_at(metres)) for who, seconds, metres in fixes]
        )

    async def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        return await self.database.run(_rows)


def _rows(session: Session) -> dict[str, int]:
    return {
        "last": len(session.exec(select(LastFixTable)).all()),
        "presence": len(session.exec(select(PresenceTable)).all()),
        "entry": len(session.exec(select(FenceEntryTable)).all()),
    }
