"""Offers and statements from the bus: told once, remembered when answered, over a real nats-server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from google.protobuf.message import DecodeError, Message
from tidemark.offers.v1 import offer_events_pb2
from tidemark.partner_settlement.v1 import agreement_pb2, settlement_events_pb2
from tidemark.type.v1 import money_pb2

from services.common.kernel.clock import HOUR, MINUTE, Instant
from services.common.kernel.money import Money, currency
from services.common.runtime.bus import Bus, StreamSpec
from services.common.runtime.bus_consumer import Delivery
from services.notification.domain.facts import FACT_FIELDS, FactKind, Recipient
from tests.support import notification_mirror as journal
from tests.support.journal_book import stamp
from tests.support.nats import nats_server
from tests.support.notification_mirror import BEGIN, EURO, euro
from tests.support.notification_mirror_world import MirrorWorld, open_mirror_database
from tests.support.postgres import new_postgres_database
from tests.support.waiting import ended, eventually

ANNA = Recipient(subscriber_id="anna", account_id="home")
STREAMS = (
    StreamSpec("OFFERS", ("tidemark.offers.v1.>",)),
    StreamSpec("PARTNER_SETTLEMENT", ("tidemark.partner_settlement.v1.>",)),
)


@pytest.fixture(params=["sqlite", "postgresql"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[MirrorWorld]:
    """Anna is known. It is an hour after BEGIN."""
    database = open_mirror_database("sqlite://" if request.param == "sqlite" else new_postgres_database())
    opened = MirrorWorld(database)
    opened.book.record(journal.account(), journal.joined())
    await opened.follow()
    yield opened
    await database.close()


def presented(decision_id: str = "d", outbound: bool = True, ends: int = BEGIN + 2 * HOUR) -> Message:
    return offer_events_pb2.OfferPresented(
        decision_id=decision_id,
        offer_code="pass",
        subscriber_id="anna",
        account_id="home",
        outbound=outbound,
        at=stamp(BEGIN + HOUR),
        expires_at=stamp(ends),
        name="Video pass",
        reasons=["You watch a lot.", "It is cheap."],
        price=money_pb2.Money(currency_code="EUR", minor_micros=5 * EURO),
    )


def declined(decision_id: str = "d") -> Message:
    return offer_events_pb2.OfferDeclined(
        decision_id=decision_id, offer_code="pass", subscriber_id="anna", at=stamp(BEGIN)
    )


def accepted(decision_id: str = "d") -> Message:
    return offer_events_pb2.OfferAccepted(
        decision_id=decision_id, offer_code="pass", subscriber_id="anna", at=stamp(BEGIN)
    )


def statement(revision: int = 1, *payable: tuple[str, int]) -> Message:
    return settlement_events_pb2.StatementClosed(
        statement_id="st-7",
        party_code="studio",
        period="2026-11",
        revision=revision,
        closed_at=stamp(BEGIN),
        payable=[
            agreement_pb2.CurrencyAmount(currency_code=code, amount_minor=minor) for code, minor in payable
        ],
        parked=True,
    )


def delivery(message: Message) -> Delivery:
    payload = message.SerializeToString()
    return Delivery(message.DESCRIPTOR.full_name, payload, {}, "OFFERS", 1, 1)


async def hear(world: MirrorWorld, *messages: Message) -> None:
    await world.events.hear([delivery(message) for message in messages])


async def test_only_an_offer_that_nobody_had_asked_for_is_told(world: MirrorWorld) -> None:
    await hear(world, presented(), presented("asked", outbound=False))
    (fact,) = world.intake.facts
    assert fact.values == {
        "name": "Video pass",
        "reason": "You watch a lot.",
        "price": euro(5 * EURO),
        "expires_at": BEGIN + 2 * HOUR,
        "decision_id": "d",
        "offer_code": "pass",
    }
    assert fact.values.keys() == FACT_FIELDS[FactKind.OFFER].keys()
    assert (fact.kind, fact.recipient, fact.about, fact.at) == (FactKind.OFFER, ANNA, "d/pass", BEGIN + HOUR)
    assert world.hub.keys == ["subscriber-anna"]
    await hear(world, presented())
    assert {each.cause_id for each in world.intake.facts} == {fact.cause_id}
    assert world.hub.keys == ["subscriber-anna"]


async def test_an_offer_that_is_over_or_answered_is_not_told(world: MirrorWorld) -> None:
    await hear(world, presented(ends=BEGIN + HOUR), accepted("b"))
    await hear(world, presented("b"), presented("c"), declined("c"), declined("c"))
    assert world.intake.facts == []
    await hear(world, accepted("b"))
    present = await world.directory.present(ANNA)
    assert present.answered_offers == {"b/pass", "c/pass"}
    assert (await world.directory.present(Recipient(subscriber_id="bert"))).answered_offers == set()


async def test_answers_are_forgotten_in_the_end(world: MirrorWorld) -> None:
    await hear(world, declined())
    world.clock.time = Instant(BEGIN + 90 * 24 * HOUR + MINUTE)
    await world.ticking.step()
    assert (await world.directory.present(ANNA)).answered_offers == set()


async def test_a_statement_is_told_once_a_revision_with_all_its_currencies(world: MirrorWorld) -> None:
    await hear(world, statement(1, ("EUR", 1_250), ("USD", -300)), statement(2), statement(2))
    first, second, again = world.intake.facts
    assert first.recipient == Recipient(party_code="studio")
    assert first.values == {
        "statement_id": "st-7",
        "period": "2026-11",
        "revision": 1,
        "payable": Money(1_250_000_000, currency("EUR")),
        "parked": True,
        "payables": "12.50 EUR, -3.00 USD",
    }
    assert first.values.keys() == FACT_FIELDS[FactKind.SETTLEMENT_CLOSED].keys()
    assert "payable" not in second.values
    assert first.cause_id != second.cause_id == again.cause_id


async def test_what_cannot_be_read_is_refused_and_nothing_of_it_stays(world: MirrorWorld) -> None:
    broken = Delivery(declined().DESCRIPTOR.full_name, b"\xff", {}, "OFFERS", 1, 1)
    with pytest.raises(DecodeError):
        await world.events.hear([delivery(presented()), broken])
    with pytest.raises(ValueError, match="not listened to"):
        await world.events.hear([Delivery("tidemark.offers.v1.Other", b"", {}, "OFFERS", 1, 1)])
    assert world.intake.facts == []


async def test_over_the_bus_each_comes_through_and_a_fault_is_tried_again(tmp_path: Path) -> None:
    database = open_mirror_database("sqlite://")
    world = MirrorWorld(database)
    world.book.record(journal.account(), journal.joined())
    await world.follow()
    async with nats_server(tmp_path) as server:
        bus = await Bus.open(server.url, "test", STREAMS)
        task = asyncio.create_task(world.events.run(bus))
        world.intake.fails = True
        await bus.wait_connected()
        for number, message in enumerate((presented(), statement(1, ("EUR", 5)), declined("z"))):
            await bus.publish(message.DESCRIPTOR.full_name, message.SerializeToString(), f"m-{number}")
        await eventually(lambda: world.intake.tried >= 2)
        world.intake.fails = False
        await eventually(lambda: len(world.intake.facts) == 2)
        kinds = {fact.kind for fact in world.intake.facts}
        assert kinds == {FactKind.OFFER, FactKind.SETTLEMENT_CLOSED}

        async def is_remembered() -> bool:
            return (await world.directory.present(ANNA)).answered_offers == {"z/pass"}

        await eventually(is_remembered)
        await ended(task)
        await bus.close()
    await database.close()
