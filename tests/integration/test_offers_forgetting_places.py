"""Erased, withdrawn or too old: nothing is left of where somebody was, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from services.common.kernel.clock import SECOND
from services.common.runtime.database import Database, open_database
from services.offers.adapters.places.fence_index import FenceIndex
from services.offers.adapters.places.forgetting import StalePlaces
from services.offers.adapters.places.known_consents import KnownConsents
from services.offers.adapters.places.sql_presences import erase_places
from services.offers.adapters.places.withdrawing import ForgettingPlaces
from services.offers.adapters.profiles.customers import StoredCustomers
from services.offers.adapters.profiles.hand import AtHand
from services.offers.adapters.profiles.sql_consents import SqlConsents
from services.offers.adapters.tables.locations import FenceEntryTable, LastFixTable, PresenceTable
from services.offers.application.consents import ConsentKeeper
from services.offers.application.locating import Located, LocationReport, Locator
from services.offers.application.profile_ports import ConsentsAsked
from services.offers.domain.places import STALE_AFTER
from services.offers.domain.policies import Purpose
from services.offers.main import MIGRATIONS
from tests.support.offers_places import FixedFences, circle, fix_at
from tests.support.offers_places_world import ENTERED, PlacesWorld
from tests.support.postgres import new_postgres_database


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path}/offers.sqlite" if request.param == "sqlite" else new_postgres_database()
    opened = open_database(url, MIGRATIONS)
    yield opened
    await opened.close()


async def test_erasing_forgets_everything_of_one_and_nothing_of_others(database: Database) -> None:
    world = PlacesWorld(database)
    await world.report(("s-1", -30, 0), ("s-2", -30, 0))
    assert await world.presences.inside("s-1") == {"stadium"}
    erased = await database.run(lambda session: erase_places(session, "s-1"))
    world.presences.forgotten(["s-1"])
    # The last fix, two presences, and an entry.
    assert erased == 4
    assert await world.presences.states("s-1") == {}
    assert await world.presences.inside("s-2") == {"stadium"}
    whose = await database.run(_whose)
    assert whose == {"s-2"}


async def test_twelve_hours_after_the_last_report_nothing_is_kept(database: Database) -> None:
    world = PlacesWorld(database)
    stale = StalePlaces(database, world.presences, world.clock)
    await world.report(*((f"s-{number}", 0, 0) for number in range(40)))
    world.clock.advance(60)
    await world.report(("s-1", 0, 0))
    world.clock.advance(STALE_AFTER // SECOND - 60)
    assert await stale.forget() == 0
    world.clock.advance(1)
    assert await stale.forget() == 39
    # The entries are the pusher's, which forgets them when it has looked.
    assert await world.rows() == {"last": 1, "presence": 2, "entry": 40}
    assert await world.presences.states("s-2") == {}
    assert await world.presences.inside("s-1") == {"stadium"}


async def test_withdrawing_the_consent_to_location_forgets_places_before_it_answers(
    database: Database,
) -> None:
    hand, world = AtHand(100), PlacesWorld(database)
    book = SqlConsents(database, hand)
    keeper = ConsentKeeper(ForgettingPlaces(book, world.presences), world.clock)
    known = KnownConsents(StoredCustomers(database, hand, world.presences))
    fences = FixedFences(FenceIndex([circle()]))
    locator = Locator(fences, world.presences, known, world.clock, lambda: None)

    async def change(request_id: str, **changes: bool) -> None:
        named = {Purpose[name.upper()]: given for name, given in changes.items()}
        await keeper.set(ConsentsAsked(request_id, "s-1", "acme", named, "tests"))

    async def report() -> Located:
        world.clock.advance(10)
        return await locator.report([LocationReport("s-1", world.at(0), fix_at(0))])

    assert (await report()).refused == 1
    await change("r-1", outbound=True)
    assert (await report()).without_consent == 1
    await change("r-2", location=True)
    assert (await report()).crossings == ((0, ENTERED),)
    await change("r-3", outbound=False)
    assert await world.presences.inside("s-1") == {"stadium"}
    await change("r-4", location=False)
    assert await world.presences.inside("s-1") == frozenset()
    assert await world.rows() == {"last": 0, "presence": 0, "entry": 0}
    assert (await report()).without_consent == 1
    await change("r-5", location=True)
    assert (await report()).crossings == ((0, ENTERED),)
    # The old request once more, whose answer was lost: it withdraws nothing that was given since.
    await change("r-4", location=False)
    assert await world.presences.inside("s-1") == {"stadium"}


def _whose(session: Session) -> set[str]:
    tables = (LastFixTable, PresenceTable, FenceEntryTable)
    return {who for table in tables for who in session.exec(select(col(table.subscriber_id)))}
