"""Re-rating in the small world: charges of its entries priced anew, an account corrected by a command."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tidemark.catalog.v1 import pricing_pb2

from services.charging.adapters.tariff_messages import compile_tariff
from services.charging.domain.corrections.commands import (
    CorrectCharges,
    CorrectionAnswer,
    RepricedCharge,
)
from services.charging.domain.corrections.rerating import NotRepriced, rerate
from services.charging.domain.events import ChargeCorrected, UsageCharged
from services.charging.domain.rating.tariff import Tariff
from tests.support.charging_catalog import (
    DATA,
    TEXT,
    allowance,
    catalog,
    flat,
    offering,
    per,
    price,
    tariff,
)
from tests.support.charging_models import Model
from tests.support.charging_world import NOON, PlayedSession, World, eur, later, report


def version(number: int, data: Model, *, step: int = 1, small: int = 0) -> Tariff:
    """Offering `basic` with a data price, texts at 0.07, and an allowance if wanted."""
    included = [allowance("small", small)] if small else []
    prices = (price("data", DATA, data, first=step, then=step), price("text", TEXT, flat("0.07")))
    return tariff(offering("basic", *prices, allowances=included), version=number)


def taxed(number: int, percent: str, inclusive: bool = True) -> Tariff:
    """A cent for an octet, with a tax."""
    tax = pricing_pb2.Tax(code="vat", name="VAT", percent=percent, inclusive=inclusive)
    made = catalog(offering("basic", price("data", DATA, per("0.01"), tax="vat")))
    made.taxes.append(tax)
    return compile_tariff(made, number)


def world_of(*versions: Tariff, money: str = "10.00") -> World:
    """An account on the first version; the others come later."""
    world = World(versions[0])
    world.open_account(money=eur(money))
    for one in versions[1:]:
        world.adopt(one)
    return world


def repriced(
    world: World, version: int, charges: Iterable[UsageCharged] | None = None
) -> list[RepricedCharge | NotRepriced]:
    """The world's charges, all or some, by a version."""
    zones = {name: subscriber.time_zone for name, subscriber in world.state.subscribers.items()}
    seen = world.charges() if charges is None else charges
    return list(rerate(seen, world.tariffs, version, zones.__getitem__))


def correct(
    world: World,
    version: int,
    account_id: str = "acme",
    run_id: str = "run-1",
    charges: Iterable[UsageCharged] | None = None,
) -> CorrectionAnswer:
    """Re-rates an account by a version and writes the corrections."""
    found = [item for item in repriced(world, version, charges) if isinstance(item, RepricedCharge)]
    answer = world.do(CorrectCharges(account_id, run_id, tuple(found), "wrong price", "pricing-desk"))
    assert isinstance(answer, CorrectionAnswer)
    return answer


def corrections(world: World) -> list[ChargeCorrected]:
    """Every correction so far."""
    return [event for entry in world.entries for event in entry.events if isinstance(event, ChargeCorrected)]


@dataclass(frozen=True, slots=True)
class Use:
    """Some units in one of a few sessions, or as an event, so many minutes after the use before."""

    session: int
    rating_group: int
    units: int
    minutes: int
    plmn: str


EVENT = 0
"""In place of a session's number."""


def play(world: World, uses: Iterable[Use]) -> None:
    """Plays uses in order; a session is opened with its first."""
    sessions: dict[int, PlayedSession] = {}
    now = NOON
    for use in uses:
        now = later(now, use.minutes * 60)
        world.clock.time = now
        if use.session == EVENT:
            said = report(use.rating_group, use.units, want=None)
            world.do(world.event(said, when=now, plmn=use.plmn, after_the_service=True))
            continue
        if use.session not in sessions:
            sessions[use.session] = world.session(report(DATA), report(TEXT), when=now, plmn=use.plmn)
        sessions[use.session].update(report(use.rating_group, use.units, want=None), when=now, plmn=use.plmn)
