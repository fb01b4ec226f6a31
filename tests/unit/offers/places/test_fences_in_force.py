"""One index for each version of the policies, made once, while other work goes on."""

from __future__ import annotations

import asyncio

import pytest

from services.offers.adapters.places import fences_in_force
from services.offers.adapters.places.fence_index import FenceIndex
from services.offers.adapters.places.fences_in_force import IndexedFences
from services.offers.domain.compiled import CompiledPolicies
from services.offers.domain.policies import Fence
from tests.support.offers_places import circle
from tests.support.offers_triggers import PoliciesByHand, policies_with


class Counting(FenceIndex):
    """Counts how many are made."""

    made = 0

    def __init__(self, *arguments: object) -> None:
        type(self).made += 1
        super().__init__(*arguments)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def counting(monkeypatch: pytest.MonkeyPatch) -> None:
    Counting.made = 0
    monkeypatch.setattr(fences_in_force, "FenceIndex", Counting)


def version(number: int, *fences: Fence) -> CompiledPolicies:
    return policies_with(fences=fences, version=number)


async def test_before_the_first_version_there_are_no_fences() -> None:
    policies = PoliciesByHand(None)
    fences = IndexedFences(policies)
    assert await fences.current() is None
    policies.in_force = version(1, circle())
    index = await fences.current()
    assert index is not None
    assert index.figures("stadium") is not None


async def test_an_index_is_made_once_for_each_version() -> None:
    policies = PoliciesByHand(version(1, circle()))
    fences = IndexedFences(policies)
    made = Counting.made
    first = await fences.current()
    assert await fences.current() is first
    assert Counting.made == made + 1
    policies.in_force = version(2, circle("arena"))
    second = await fences.current()
    assert second is not None
    assert second.figures("arena") is not None
    assert second.figures("stadium") is None
    assert Counting.made == made + 2


async def test_everybody_who_asks_meanwhile_waits_for_the_same_index() -> None:
    fences = IndexedFences(PoliciesByHand(version(1, circle())))
    made = Counting.made
    found = await asyncio.gather(*(fences.current() for _ in range(20)))
    assert len({id(index) for index in found}) == 1
    assert Counting.made == made + 1


async def test_one_who_gives_up_waiting_takes_the_index_from_nobody() -> None:
    fences = IndexedFences(PoliciesByHand(version(1, circle())))
    hasty = asyncio.create_task(fences.current())
    patient = asyncio.create_task(fences.current())
    await asyncio.sleep(0)
    hasty.cancel()
    index = await patient
    assert index is not None
    assert index.figures("stadium") is not None


async def test_fences_that_cannot_be_drawn_leave_those_of_before() -> None:
    policies = PoliciesByHand(version(1, circle()))
    fences = IndexedFences(policies)
    before = await fences.current()
    made = Counting.made
    policies.in_force = version(2, Fence("wrong", "wrong", geometry="{}"))
    assert await fences.current() is before
    assert await fences.current() is before
    assert Counting.made == made + 1
