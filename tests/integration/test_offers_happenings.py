"""What waits for the pusher, on both databases: in order, under a name of its own, until looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlmodel import Session

from services.common.runtime.database import Database, open_database
from services.offers.adapters.places.happenings import ChargedUsage, FenceEntries
from services.offers.adapters.profiles.inbox import WaitingTrigger, add_triggers
from services.offers.adapters.profiles.rows import Rows
from services.offers.application.pushing import Pusher, Waiting
from services.offers.domain.policies import TriggerKind
from services.offers.domain.profiles.fold import Stirred
from services.offers.domain.triggers import Happened
from services.offers.main import MIGRATIONS
from tests.support.offers_places_world import PlacesWorld
from tests.support.offers_triggers import (
    CustomersByHand,
    NotedDecisions,
    PoliciesByHand,
    customer,
    on,
    policies_with,
    triggered,
)
from tests.support.postgres import new_postgres_database


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path}/offers.sqlite" if request.param == "sqlite" else new_postgres_database()
    opened = open_database(url, MIGRATIONS)
    yield opened
    await opened.close()


async def test_entries_wait_in_their_order_until_they_are_forgotten(database: Database) -> None:
    world = PlacesWorld(database)
    await world.report(("s-3", -10, 0), ("s-1", -30, 0), ("s-2", -20, 0))
    happenings = FenceEntries(world.presences)
    first = await happenings.take(2)
    assert [one.subscriber_id for one in first] == ["s-1", "s-2"]
    assert first[0].happened == (Happened(TriggerKind.FENCE_ENTERED, "stadium"),)
    assert first[0].mark == f"fence-s-1-stadium-{world.at(-30)}"
    assert await happenings.take(2) == first
    await happenings.forget(first)
    (last,) = await happenings.take(10)
    assert last.subscriber_id == "s-3"


async def test_an_entry_after_an_erasure_is_another_one(database: Database) -> None:
    world = PlacesWorld(database)
    happenings = FenceEntries(world.presences)
    await world.report(("s-1", -30, 0))
    (erased,) = await happenings.take(10)
    await world.presences.forget("s-1")
    await world.report(("s-1", -20, 0))
    await happenings.forget([erased])
    (new,) = await happenings.take(10)
    assert new.mark != erased.mark


async def test_charged_usage_waits_by_kind_and_what_came_meanwhile_stays(database: Database) -> None:
    happenings = ChargedUsage(database)
    everything = Stirred.USAGE | Stirred.ALLOWANCE | Stirred.ZONE
    await _stir(database, WaitingTrigger("s-1", Stirred.USAGE, 7, 1), WaitingTrigger("s-2", everything, 9, 2))
    first = await happenings.take(10)
    kinds = [[happened.kind for happened in one.happened] for one in first]
    assert kinds == [
        [TriggerKind.USAGE],
        [TriggerKind.USAGE, TriggerKind.ALLOWANCE_LOW, TriggerKind.ROAMING],
    ]
    assert [one.mark for one in first] == ["usage-s-1-7", "usage-s-2-9"]
    await _stir(database, WaitingTrigger("s-1", Stirred.ZONE, 12, 3))
    await happenings.forget(first)
    (newer,) = await happenings.take(10)
    assert (newer.subscriber_id, newer.mark) == ("s-1", "usage-s-1-12")
    assert Happened(TriggerKind.ROAMING) in newer.happened


async def _stir(database: Database, *triggers: WaitingTrigger) -> None:
    def add(session: Session, triggers: Sequence[WaitingTrigger] = triggers) -> None:
        add_triggers(Rows(session), triggers)

    await database.run(add)


async def test_entering_raises_one_decision_whatever_crashes_in_between(database: Database) -> None:
    world, decider, customers = PlacesWorld(database), NotedDecisions(), CustomersByHand()
    offer = triggered("local", on(TriggerKind.FENCE_ENTERED, fence="stadium"))
    await world.report(("s-1", -10, 0), ("s-2", -10, 0))
    for who in ("s-1", "s-2"):
        customers.views[who] = customer(who, fences=await world.presences.inside(who))

    def pusher() -> Pusher:
        policies = PoliciesByHand(policies_with(offer))
        return Pusher((), policies, customers, decider, world.clock, lambda what, error: None)

    crashing = Forgetful(world.presences)
    with pytest.raises(OSError, match="crash"):
        await pusher().look(crashing)
    happenings = FenceEntries(world.presences)
    assert await pusher().look(happenings) == 2
    assert await pusher().look(happenings) == 0
    assert (decider.asked, sorted(decider.of)) == (4, ["s-1", "s-2"])


class Forgetful(FenceEntries):
    """The process dies before anything is forgotten."""

    async def forget(self, looked_at: Sequence[Waiting]) -> None:
        """Nothing is."""
        raise OSError("crash")
